"""Who may open what: every route of the site against every role.

A route that is not in the table fails the first test; whoever adds one decides here.
"""

import pytest
import time_machine
from flask import url_for

from app.core.access import Role
from tests.school import NOW
from tests.signing_in import sign_in

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
    "accounts.sign_in": PUBLIC,
    "accounts.sign_in_by_password": PUBLIC,
    "accounts.sign_out": EVERYBODY,
    "accounts.stay": EVERYBODY,
    "accounts.use_link": PUBLIC,
    "bookings.ask_cancel": FAMILY,
    "bookings.board": FAMILY,
    "bookings.book": FAMILY,
    "bookings.calendar_file": FAMILY,
    "bookings.cancel": FAMILY,
    "bookings.home": EVERYBODY,
    "bookings.log": FAMILY,
    "bookings.move": FAMILY,
    "bookings.overview": FAMILY,
    "bookings.remark": FAMILY,
    "bookings.teaching": {Role.TEACHER},
    "exports.make_pack": OFFICE,
    "exports.pack": OFFICE,
    "exports.pack_file": OFFICE,
    "exports.prints": OFFICE,
    "exports.talks_csv": OFFICE,
    "exports.talks_xlsx": OFFICE,
    "evenings.absent": OFFICE,
    "evenings.ask_absent": OFFICE,
    "evenings.change_own_times": {Role.TEACHER},
    "evenings.change_times": OFFICE,
    "evenings.choose_alternative": FAMILY,
    "evenings.confirm_times": {Role.TEACHER},
    "evenings.finish": OFFICE,
    "evenings.overview": OFFICE,
    "evenings.silent": OFFICE,
    "evenings.take_alternative": FAMILY,
    "evenings.talks": OFFICE,
    "evenings.unanswered": OFFICE,
    "families.access": {Role.ADMINISTRATOR},
    "families.addresses": {Role.ADMINISTRATOR},
    "families.apart": {Role.ADMINISTRATOR},
    "families.book": OFFICE,
    "families.cancel": OFFICE,
    "families.guardian": OFFICE,
    "families.join": {Role.ADMINISTRATOR},
    "families.merge": {Role.ADMINISTRATOR},
    "families.move": OFFICE,
    "families.number": {Role.ADMINISTRATOR},
    "families.part": {Role.ADMINISTRATOR},
    "families.people": OFFICE,
    "families.remove": {Role.ADMINISTRATOR},
    "families.split": {Role.ADMINISTRATOR},
    "families.student": OFFICE,
    "families.table": OFFICE,
    "families.teacher": OFFICE,
    "health.live": PUBLIC,
    "health.ready": PUBLIC,
    "log.entries": {Role.ADMINISTRATOR},
    "planning.copy": OFFICE,
    "planning.new": OFFICE,
    "planning.progress": OFFICE,
    "planning.remind": OFFICE,
    "planning.rounds": OFFICE,
    "planning.settings": OFFICE,
    "planning.step": OFFICE,
    "planning.times": OFFICE,
    "planning.week": OFFICE,
    "planning.timetable": OFFICE,
    "settings.accent_css": PUBLIC,
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
OWN_ID = {"booking_id", "session_id", "token"}

# Pages about something that is not so in the small school: no guardian is listed twice, and
# the teacher of the other pages is no parent.
NOT_SO = {"families.part", "families.split"}


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_route_is_in_the_table_and_the_table_has_no_other(app):
    # The demo's own pages exist only in a demo; they have tests of their own.
    endpoints = {r.endpoint for r in rules(app) if not r.endpoint.startswith("mail.")}
    assert endpoints == set(WHO_MAY)


@pytest.mark.parametrize("role", Role)
def test_a_page_for_other_roles_does_not_exist(app, client, school, role):
    for status, endpoint in visit(app, client, school, role, signed_in=True):
        may = WHO_MAY[endpoint]
        if may is not PUBLIC and role not in may:
            assert status == 404, f"{endpoint} answers a {role} with {status}"


@pytest.mark.parametrize("role", Role)
def test_a_page_for_a_role_opens(app, client, school, role):
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
        "token": "a-token-that-is-nobodys",
    }
    with app.test_request_context():
        url = url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
    for method in sorted(rule.methods & {"GET", "POST"}):
        with time_machine.travel(NOW, tick=False):
            if signed_in:  # each time anew: signing out is among the pages
                sign_in(client, school.people[PEOPLE[role]])
            yield client.open(url, method=method).status_code, rule.endpoint
