"""How the tests of this package ask for talks, make a plan by hand, and look at what came of it."""

import pytest
from sqlalchemy import select, update

from app.bookings.models import Booking, BookingRequest
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.planner import runs
from app.planner.execution import carry_out
from app.planner.plan import Placement, TalkPlan, Unplaced
from app.planner.publishing import publish
from app.planner.snapshot import load_snapshot
from app.planner.withdrawing import withdraw
from app.requests import asking, wishes
from app.requests.asking import Asked, AskedFor
from app.requests.models import Preference
from app.requests.queries import load_asking
from app.rounds.models import Round
from tests.small_school import NOW


@pytest.fixture(autouse=True)
def mode(db, school):
    """Let the round take requests: mode("requests", max_per_child=1) changes it."""

    def mode_(mode, **more):
        db.execute(update(Round).values(mode=mode, **more))
        db.commit()

    mode_("both", long_talks=True)
    return mode_


@pytest.fixture
def ask(db, school):
    """Ask for talks about a child; return the ids of its open requests, dearest first."""

    def ask_(actor, student, *teachers, long=()):
        talks = [Asked(school.offers[student, name], name in long) for name in teachers]
        wanted = {school.students[student]: AskedFor(talks)}
        asking.ask(school.actors[actor], school.round_id, wanted, now=NOW)
        asked = select(BookingRequest.id).where(
            BookingRequest.student_id == school.students[student],
            BookingRequest.withdrawn_at.is_(None),
        )
        return db.scalars(asked.order_by(BookingRequest.position, BookingRequest.id)).all()

    return ask_


@pytest.fixture
def away(school):
    def away_(actor, *starts):
        wishes.set_wishes(
            school.actors[actor],
            school.round_id,
            away=[(school.evening_id, start) for start in starts],
            preference=Preference.NONE,
            remark="",
            now=NOW,
        )

    return away_


@pytest.fixture
def plan(school):
    """Keep a plan of a run: plan({request: slot}) places these, and nothing else."""

    def plan_(slots, now=NOW, round_id=None):
        run = runs.begin(round_id or school.round_id, now=now)
        snapshot = load_snapshot(run.round_id, now=now)
        (day,) = snapshot.problem.days
        wanted = {it.id for it in snapshot.problem.wanted}
        places = {f"q{id_}": (day.id, slot) for id_, slot in slots.items()}
        kept = TalkPlan(
            snapshot.problem.name,
            [Placement(id_, cell) for id_, cell in places.items()],
            [Unplaced(id_) for id_ in sorted(wanted - places.keys())],
            0,
        )
        assert runs.keep(run.id, snapshot, kept, {}, now=now)
        return run.id

    return plan_


@pytest.fixture
def standing(db, school):
    """Return the live talks: by child and teacher key, the slot and who made it."""

    def standing_():
        db.expire_all()
        names = {id_: name for name, id_ in school.students.items()}
        teachers = {str(id_): name for name, id_ in school.teachers.items()}
        snapshot = load_snapshot(school.round_id, now=NOW)
        return {
            (names[it.student_id], teachers[it.teacher_key]): (
                snapshot.grid.starts[it.starts_at][1],
                it.origin,
            )
            for it in db.scalars(select(Booking).where(Booking.cancelled_at.is_(None)))
        }

    return standing_


@pytest.fixture
def asked(school):
    """Return whom somebody's page says is asked for: asked("Alice")."""

    def asked_(actor):
        page = load_asking(school.actors[actor], school.round_id, now=NOW)
        return [its.teacher for it in page.children for its in it.asked.values()]

    return asked_


@pytest.fixture
def publish_(school):
    def publish__(run_id, actor="Sofie", **how):
        return publish(school.actors[actor], run_id, now=NOW, **how)

    return publish__


@pytest.fixture
def mails(monkeypatch):
    """Deliver what is due; return the mails since the last time, by address."""
    sent = []
    monkeypatch.setattr(letters, "send", sent.append)

    def deliver(now=NOW):
        sent.clear()
        for _time in range(3):
            deliver_due(HANDLERS, now=now)
        return {mail["To"].split("@")[0]: mail for mail in sent}

    return deliver


@pytest.fixture
def withdraw_(school):
    def withdraw__(run_id, actor="Sofie"):
        return withdraw(school.actors[actor], run_id, now=NOW)

    return withdraw__


@pytest.fixture
def night(school, publish_):
    """Let the solver plan the round, and publish what it found; return the run's id."""

    def night_(now=NOW, **how):
        begun = runs.begin(school.round_id, now=now)
        carry_out(begun, clock=lambda: now, moves=500)
        publish_(begun.id, **how)
        return begun.id

    return night_
