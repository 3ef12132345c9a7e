"""A plan that nobody has published is in no output: each is what it was before, byte for byte.

Only the plan's own pages show it, to the office. Once it is published it is in all of them, so that
these tests can fail.
"""

import html
import itertools
import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import g, url_for
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import feeds
from app.accounts.models import FeedKind
from app.bookings.models import Booking, BookingRequest, Claim
from app.core.access import Role
from app.core.memory import Memory
from app.exports import packs
from app.exports.queries import PrintKind
from app.extensions import db as _db
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.planner import runs
from app.planner.execution import carry_out
from app.planner.plan import Placement, TalkPlan
from app.planner.publishing import publish
from app.planner.snapshot import load_snapshot
from app.round_setup import steps
from tests.html import without_tokens
from tests.markers import marker_in
from tests.project.test_access import PUBLIC, WHO_MAY
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW

pytestmark = pytest.mark.only_on("sqlite")  # what is read is the same

GUARDIANS = ("Alice", "Adam", "Bob", "Bea", "Carol", "Bart")
STUDENTS = ("Noor", "Tim")
GUARDIAN = {Role.GUARDIAN}
ROLES = {
    **{name: {Role.STUDENT} for name in STUDENTS},
    "Vera": {Role.TEACHER},
    "Bart": {Role.TEACHER, Role.GUARDIAN},
    "Sofie": {Role.SCHEDULER},
    "Anna": {Role.ADMINISTRATOR},
}
PEOPLE = (*GUARDIANS, *STUDENTS, "Vera", "Sofie", "Anna", None)
SOME = ("Alice", "Bea", "Noor", "Vera", "Anna", None)
BOOKED = (("Alice", "Noor", "Kader", 0), ("Bea", "Tim", "Kader", 2), ("Carol", "Kim", "Bart", 1))
PLANNED = {  # who asks for whom at which teacher, and the number of the time
    ("Alice", "Noor", "Vera"): 7,
    ("Adam", "Sem", "Bart"): 8,
    ("Bob", "Tim", "Vera"): 9,
    ("Bea", "Tim", "Vera"): 10,
    ("Carol", "Kim", "Vera"): 11,
}
QUERIES = {
    "family.table": [{"view": "list"}, {"view": "table"}],
    "people.table": [{"view": "list"}, {"view": "table"}],
    "exports.prints": [{"kind": kind.value} for kind in PrintKind],
    "people.people": [{"q": "Jansen"}, {}],
}
ELSEWHERE = {"static", "accounts.link", "accounts.use_link"}
ELSEWHERE |= {"round_setup.progress"}  # says to the office that there is a plan, and no time
SHOWS = {  # what a published talk is in
    *("family.overview", "family.table", "family.log", "family.ask"),
    *("teaching.overview", "feeds.calendar", "feeds.board", "log.entries"),
    *("evenings.overview", "evenings.talks", "evenings.requests"),
    *("exports.talks_csv", "exports.talks_xlsx", "exports.prints", "exports.pack_file"),
    *("people.student", "people.table"),
}


@contextmanager
def undone():
    """Undo all that happens in the block, which may commit."""
    _db.session.remove()
    point = _db.engines[None].begin_nested()
    Memory.forget_all()
    try:
        yield
    finally:
        _db.session.remove()
        point.rollback()


@pytest.fixture
def talks(school, mode, ask, book_one):
    """Talks and requests of families who come together and apart, and of a student who comes alone."""
    mode("both", max_per_child=3)
    for it in BOOKED:
        book_one(*it)
    for actor, child, teacher in PLANNED:
        ask(actor, child, teacher)


@pytest.fixture
def secrets(school):
    """Secret addresses of calendars and boards."""
    made = {}
    for name, kind in (
        *((name, FeedKind.FAMILY) for name in ("Alice", "Bea", "Carol", "Noor")),
        *(("Vera", kind) for kind in (FeedKind.TEACHING, FeedKind.BOARD)),
    ):
        feeds.make_address(school.actors[name], kind, now=NOW)
        made[name, kind] = feeds.secret_of(school.actors[name], kind)
    return made


class Client(FlaskClient):
    """A client that parses no page: others do that, and it takes longer than making one."""

    def open(self, *args, **kwargs):
        g.__dict__.clear()  # shared with the test's context; a request must start empty
        return super().open(*args, **kwargs)


@pytest.fixture
def clients(app, school):
    app.test_client_class = Client
    made = {}
    for name in PEOPLE:
        made[name] = app.test_client()
        made[name].environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        if name:
            sign_in(made[name], school.people[name], now=NOW)
    return made


@pytest.fixture
def addresses(app, db, school, talks, secrets):
    """Each endpoint and address that can be asked for, and whether it is about the first of all ids."""
    its = {
        "round_id": [school.round_id],
        "evening_id": [school.evening_id],
        "student_id": [school.students[name] for name in ("Noor", "Sem", "Tim", "Kim")],
        "guardian_id": [school.actors[name].guardian_id for name in ("Alice", "Bea")],
        "teacher_id": [school.teachers["Vera"]],
        "person_id": [school.people["Carol"]],
        "booking_id": db.scalars(select(Booking.id)).all(),
        "request_id": db.scalars(select(BookingRequest.id)).all(),
        "wishes_id": [1],
        "session_id": [1],
        "run_id": [1],
        "stop_id": [1],
        "secret": list(secrets.values()),
        "token": ["a-token-that-is-nobodys"],
    }
    found = {}
    for rule in app.url_map.iter_rules():
        package = rule.endpoint.partition(".")[0]
        if "GET" not in rule.methods or rule.endpoint in ELSEWHERE or package in {"plans", "mail"}:
            continue
        names = sorted(rule.arguments)
        with app.test_request_context():
            for values in itertools.product(*[its[name] for name in names]):
                for query in QUERIES.get(rule.endpoint, [{}]):
                    path = url_for(rule.endpoint, **dict(zip(names, values, strict=True)), **query)
                    found[rule.endpoint, path] = all(
                        value == its[name][0] for name, value in zip(names, values, strict=True)
                    )
    return found


def may_open(name, endpoint):
    may = WHO_MAY[endpoint]
    return name is None if may is PUBLIC else name and not may.isdisjoint(ROLES.get(name, GUARDIAN))


@pytest.fixture
def outputs(school, clients, addresses):
    """Return all that anybody can read, and of which pages those that are open are told something.

    ``before`` is what this returned before: only who had an answer then asks again.
    """

    def outputs_(before=None, people=SOME):
        seen, news = {}, set()
        with undone():
            packs.make_pack(school.round_id, school.evening_id, now=NOW)
            for endpoint, path, name in before or [
                (*address, name)
                for name in people
                for address, is_first in addresses.items()
                if may_open(name, address[0])
                # Of the office's pages of one person one is enough for every change.
                and (is_first or people is PEOPLE or not address[0].startswith("people."))
            ]:
                answer = clients[name].get(path)
                if before or answer.status_code == 200:
                    key = endpoint, path, name
                    seen[key] = _bytes(answer)
                    if before and (poll := _poll_of(before[key][1])):
                        answer = clients[name].get(poll, headers={"HX-Request": "true"})
                        news |= {endpoint} if answer.status_code != 204 else set()
        return seen, news

    return outputs_


@pytest.fixture
def mails(school, monkeypatch):
    """Return all mails that would be sent, with those of a reminder by the office."""

    def mails_():
        sent = []
        with undone(), monkeypatch.context() as patch:
            patch.setattr(letters, "send", sent.append)
            steps.remind_families(school.round_id, school.actors["Sofie"], now=NOW)
            for _time in range(3):
                deliver_due(HANDLERS, now=NOW)
        return sorted(_plain_mail(mail) for mail in sent)

    return mails_


def _poll_of(page):
    """Return the address at which an open page asks what is new, or None."""
    asked = re.search(rb'hx-get="([^"]+)"\s+(?:hx-include="#marker"\s+)?hx-trigger="every', page)
    if not asked:
        return None
    path = html.unescape(asked[1].decode())
    return path if "marker=" in path else f"{path}&marker={marker_in(page.decode())}"


def _bytes(answer):
    """Return an answer without what each copy of it has of its own."""
    headers = {name: value for name, value in answer.headers if name != "Set-Cookie"}
    if answer.mimetype == "text/html":
        return headers | {"Content-Length": ""}, without_tokens(answer.text).encode()
    return headers, answer.data


def _plain_mail(mail):
    boundary = re.compile(r"=+\d+==")
    return boundary.sub("", re.sub(r"(?m)^Message-ID: .*$", "", mail.as_string()))


@pytest.fixture
def planned(db, school, talks):
    """Keep a plan that puts each request at a time which nobody else has; return the run."""

    def planned_():
        begun = runs.begin(school.round_id, now=NOW)
        snapshot = load_snapshot(school.round_id, now=NOW)
        cells = [
            Placement(f"q{_request(db, school, *who).id}", snapshot.grid.starts[_at(number)])
            for who, number in PLANNED.items()
        ]
        kept = TalkPlan(snapshot.problem.name, cells, [], 0)
        assert runs.keep(begun.id, snapshot, kept, {}, now=NOW)
        return begun.id

    return planned_


def _at(number):
    """Return the start of a time of the evening: after the sixth there is a break."""
    return FIRST + timedelta(minutes=10 * (number + (number > 5)))


def _request(db, school, actor, child, teacher):
    return db.scalars(
        select(BookingRequest).where(
            BookingRequest.student_id == school.students[child],
            BookingRequest.household_id == school.households[actor],
            BookingRequest.teacher_key == str(school.teachers[teacher]),
        )
    ).one()


def _rows(db, *tables):
    db.expire_all()
    return [
        [tuple(getattr(row, column.key) for column in table.__table__.columns) for row in rows]
        for table in tables
        if (rows := db.scalars(select(table).order_by(table.id)).all()) is not None
    ]


@pytest.mark.parametrize("people", [SOME, pytest.param(PEOPLE, marks=pytest.mark.long)])
def test_a_plan_is_in_no_output_before_it_is_published_and_in_all_of_them_after(
    db, school, outputs, mails, planned, people
):
    tables = (Booking, Claim, BookingRequest, OutboxMessage)
    rows, posted, (before, _none) = _rows(db, *tables), mails(), outputs(people=people)
    run_id = planned()
    hidden, news = outputs(before)
    assert {key for key in before if hidden[key] != before[key]} == news == set()
    assert (_rows(db, *tables), mails()) == (rows, posted)
    publish(school.actors["Sofie"], run_id, now=NOW)
    shown, news = outputs(before)
    assert {key[0] for key in before if shown[key] != before[key]} >= SHOWS
    assert news == {"family.table", "evenings.overview"}
    assert len(mails()) == len(posted) + len({"Alice", "Adam", "Bob", "Bea", "Carol"})


@pytest.mark.parametrize(("who", "number"), PLANNED.items())
def test_a_family_that_clicks_on_a_planned_time_has_it(db, school, planned, book_one, who, number):
    planned()
    others = {("Alice", "Noor", "Vera"): ("Carol", "Kim", "Vera")}
    actor, child, teacher = others.get(who, ("Alice", "Noor", "Vera"))
    talk = db.get(Booking, book_one(actor, child, teacher, number))
    assert talk.starts_at == _at(number)


def test_the_log_says_that_a_plan_was_asked_for_and_no_time_of_it(db, act, school, talks):
    runs.ask(school.actors["Sofie"], school.round_id, now=NOW)
    kept = carry_out(runs.take_next(now=NOW), clock=lambda: NOW, moves=0)
    grid = load_snapshot(school.round_id, now=NOW).grid
    taken = set(db.scalars(select(Booking.starts_at)))
    own = {grid.slots[it.cell].starts_at for it in kept.placements} - taken
    page = act("Anna").get("/office/log").text
    assert own
    assert "asked for a plan" in page
    assert not [it for it in own if f"{it + timedelta(hours=1):%H.%M}" in page]
