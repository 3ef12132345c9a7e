"""Who may open what: every route of the site against every role.

A route that is not in the table fails the first test; whoever adds one decides here.
"""

import pytest
import time_machine
from flask import url_for
from sqlalchemy import func, select, update

from app.core.access import Role
from app.extensions import db as _db
from app.planner.models import PlanRun
from app.rounds.models import Round
from tests.signing_in import sign_in
from tests.small_school import NOW

PUBLIC = None
FAMILY = {Role.GUARDIAN, Role.STUDENT}
OFFICE = {Role.ADMINISTRATOR, Role.SCHEDULER}
EVERYBODY = set(Role)

WHO_MAY = {
    "accounts.account": EVERYBODY,
    "accounts.change_password": EVERYBODY,
    "accounts.choose_password": PUBLIC,
    "accounts.code": PUBLIC,
    "accounts.end_all_devices": EVERYBODY,
    "accounts.end_device": EVERYBODY,
    "accounts.language": PUBLIC,
    "accounts.link": PUBLIC,
    "accounts.office_code": PUBLIC,
    "accounts.send_again": PUBLIC,
    "accounts.sign_in": PUBLIC,
    "accounts.sign_in_by_password": PUBLIC,
    "accounts.sign_out": EVERYBODY,
    "accounts.stay": EVERYBODY,
    "accounts.use_link": PUBLIC,
    "family.let_parents_in": {Role.STUDENT},
    "family.ask": FAMILY,
    "family.ask_when": FAMILY,
    "family.ask_instead": FAMILY,
    "family.asked": FAMILY,
    "family.ask_cancel": FAMILY,
    "family.table": FAMILY,
    "family.book": FAMILY,
    "family.calendar_file": FAMILY,
    "family.calendar": FAMILY,
    "family.cancel": FAMILY,
    "layout.home": EVERYBODY,
    "family.log": FAMILY,
    "family.move": FAMILY,
    "family.overview": FAMILY,
    "family.remark": FAMILY,
    "family.start": FAMILY,
    "family.switch": FAMILY,
    "teaching.overview": {Role.TEACHER},
    "exports.make_pack": OFFICE,
    "exports.pack": OFFICE,
    "exports.pack_file": OFFICE,
    "exports.prints": OFFICE,
    "exports.silent_csv": OFFICE,
    "exports.talks_csv": OFFICE,
    "exports.talks_xlsx": OFFICE,
    "evenings.absent": OFFICE,
    "evenings.ask_absent": OFFICE,
    "feeds.board": PUBLIC,
    "feeds.calendar": PUBLIC,
    "teaching.board": {Role.TEACHER},
    "teaching.calendar": {Role.TEACHER},
    "teaching.change_times": {Role.TEACHER},
    "teaching.change_link": {Role.TEACHER},
    "evenings.change_times": OFFICE,
    "family.choose_alternative": FAMILY,
    "teaching.confirm_times": {Role.TEACHER},
    "evenings.finish": OFFICE,
    "evenings.overview": OFFICE,
    "evenings.silent": OFFICE,
    "family.take_alternative": FAMILY,
    "evenings.talks": OFFICE,
    "evenings.unanswered": OFFICE,
    "evenings.handle": OFFICE,
    "evenings.requests": OFFICE,
    "evenings.withdraw": OFFICE,
    "people.access": {Role.ADMINISTRATOR},
    "people.addresses": {Role.ADMINISTRATOR},
    "people.apart": {Role.ADMINISTRATOR},
    "people.book": OFFICE,
    "people.cancel": OFFICE,
    "people.guardian": OFFICE,
    "people.join": {Role.ADMINISTRATOR},
    "people.merge": {Role.ADMINISTRATOR},
    "people.move": OFFICE,
    "people.code": {Role.ADMINISTRATOR},
    "people.number": {Role.ADMINISTRATOR},
    "people.part": {Role.ADMINISTRATOR},
    "people.people": OFFICE,
    "people.remove": {Role.ADMINISTRATOR},
    "people.split": {Role.ADMINISTRATOR},
    "people.student": OFFICE,
    "people.table": OFFICE,
    "people.ask": OFFICE,
    "family.take_time": FAMILY,
    "plans.make": OFFICE,
    "plans.plan": OFFICE,
    "plans.planning": OFFICE,
    "plans.plans": OFFICE,
    "plans.publish": OFFICE,
    "plans.stop": OFFICE,
    "plans.withdraw": OFFICE,
    "people.times": OFFICE,
    "people.teacher": OFFICE,
    "people.change_link": OFFICE,
    "people.switch": OFFICE,
    "connections.again": OFFICE,
    "connections.check": {Role.ADMINISTRATOR},
    "connections.overview": OFFICE,
    "connections.teacher": {Role.ADMINISTRATOR},
    "connections.usual": {Role.ADMINISTRATOR},
    "health.live": PUBLIC,
    "health.ready": PUBLIC,
    "health.worker": PUBLIC,
    "log.entries": {Role.ADMINISTRATOR},
    "review.agree": {Role.ADMINISTRATOR},
    "review.entries": OFFICE,
    "review.imports": OFFICE,
    "review.run": OFFICE,
    "review.settle": OFFICE,
    "round_setup.copy": OFFICE,
    "round_setup.new": OFFICE,
    "round_setup.progress": OFFICE,
    "round_setup.nudge": OFFICE,
    "round_setup.remind": OFFICE,
    "round_setup.rounds": OFFICE,
    "round_setup.settings": OFFICE,
    "round_setup.step": OFFICE,
    "round_setup.times": OFFICE,
    "round_setup.week": OFFICE,
    "round_setup.timetable": OFFICE,
    "settings.logo": PUBLIC,
}

PEOPLE = {
    Role.GUARDIAN: "Alice",
    Role.STUDENT: "Noor",
    Role.TEACHER: "Vera",
    Role.SCHEDULER: "Sofie",
    Role.ADMINISTRATOR: "Anna",
}

# Pages with an id that this role has nothing of: there is nothing to find.
OWN_ID = {"booking_id", "session_id", "token", "wishes_id", "request_id"}

# Pages about something that is not so in the small school: no guardian is listed twice, the teacher
# of the other pages is no parent, and nothing was imported.
NOT_SO = {"people.part", "people.split", "review.agree", "review.run"}


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_route_is_in_the_table_and_the_table_has_no_other(app):
    # The demo's own pages exist only in a demo; they have tests of their own.
    endpoints = {r.endpoint for r in rules(app) if not r.endpoint.startswith("mail.")}
    assert endpoints == set(WHO_MAY)


@pytest.mark.only_on("sqlite")  # refused before the page asks; those that open ask on both
@pytest.mark.parametrize("role", Role)
def test_a_page_for_other_roles_does_not_exist(app, client, school, role):
    for status, endpoint in visit(app, client, school, role, signed_in=True):
        may = WHO_MAY[endpoint]
        if may is not PUBLIC and role not in may:
            assert status == 404, f"{endpoint} answers a {role} with {status}"


@pytest.mark.parametrize("role", Role)
def test_a_page_for_a_role_opens(app, client, db, school, role):
    db.execute(update(Round).values(mode="both"))
    db.commit()
    for endpoint, may in WHO_MAY.items():
        rule = next(r for r in rules(app) if r.endpoint == endpoint)
        if may is PUBLIC or role not in may or OWN_ID & rule.arguments or endpoint in NOT_SO:
            continue
        answers = [status for status, _ in visit_one(app, client, school, role, rule, True)]
        assert all(status < 404 or status in {409, 422} for status in answers), (endpoint, answers)


def test_a_visitor_is_led_to_the_sign_in_page(app, client, school):
    for status, endpoint in visit(app, client, school, Role.GUARDIAN):
        if WHO_MAY[endpoint] is not PUBLIC:
            assert status in {302, 303}, f"{endpoint} answers a visitor with {status}"


def visit(app, client, school, role, *, signed_in=False):
    for rule in rules(app):
        if rule.endpoint in WHO_MAY:
            yield from visit_one(app, client, school, role, rule, signed_in)


def visit_one(app, client, school, role, rule, signed_in):
    round_id = school.student_round_id if role is Role.STUDENT else school.round_id
    values = {
        "round_id": round_id,
        "evening_id": school.evening_id,
        "student_id": school.students["Noor"],
        "guardian_id": school.actors["Alice"].guardian_id,
        "teacher_id": school.teachers["Vera"],
        "person_id": school.people["Carol"],
        "booking_id": 1,
        "session_id": 1,
        "run_id": _db.session.scalar(select(func.max(PlanRun.id))) or 1,
        "stop_id": 1,
        "wishes_id": 1,
        "request_id": 1,
        "secret": "a-secret-that-is-nobodys",
        "token": "a-token-that-is-nobodys",
    }
    with app.test_request_context():
        url = url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
    for method in sorted(rule.methods & {"GET", "POST"}):
        with time_machine.travel(NOW, tick=False):
            if signed_in:  # each time anew: signing out is among the pages
                sign_in(client, school.people[PEOPLE[role]])
            yield client.open(url, method=method).status_code, rule.endpoint
