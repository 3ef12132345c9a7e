"""How long nobody else can book while a plan is published, for each talk of it.

Part of `make bench-plan`. Beside it stands what booking a talk by a click takes in the same run, on
the same school of 150 teachers; both without the page.
"""

import tempfile
import time
from statistics import median

from flask_migrate import upgrade
from sqlalchemy import insert, select, update

from app.bookings import service
from app.bookings.models import BookingRequest
from app.bookings.rules import Choice
from app.core import clock
from app.core.access import Actor, Role
from app.extensions import db
from app.planner import publishing, runs
from app.planner.execution import carry_out
from app.rounds.models import Offer, Round, Slot
from app.school.models import Guardian, HouseholdGuardian, HouseholdStudent
from tests.rush.school import build
from tests.sites import make_app

FAMILIES, ASKED, CLICKS = 1500, 2, 100
MOVES = 200_000  # a plan is found in a second; how good it is does not matter here


def measure():
    """Return the figures of one publication, by name."""
    with tempfile.TemporaryDirectory(prefix="tienminuten-plan-") as folder:
        app = make_app(f"sqlite:///{folder}/school.db")
        with app.app_context():
            upgrade()
            round_id = build(FAMILIES).round_id
            db.session.execute(update(Round).values(mode="both"))
            db.session.commit()
            clicks = _book(round_id)
            _ask(round_id)
            begun = runs.begin(round_id, now=clock.now())
            carry_out(begun, clock=clock.now, moves=MOVES)
            started = time.perf_counter()
            published = publishing.publish_by_itself(begun.id, now=clock.now())
            taken = time.perf_counter() - started
            db.session.remove()
            db.engine.dispose()
    click = median(clicks)
    return {
        "talks": published.made,
        "seconds": f"{taken:.2f}",
        "a talk, ms": f"{1000 * taken / published.made:.2f}",
        "by a click, ms": f"{1000 * click:.2f}",
        "a talk, by a click": f"{taken / published.made / click:.2f}",
    }


def _offers(round_id):
    """Return an offer of each child after another, with the household that may book it."""
    return db.session.execute(
        select(
            Offer.id,
            Offer.student_id,
            Offer.teacher_key,
            HouseholdStudent.household_id,
            Guardian.id.label("guardian_id"),
            Guardian.person_id,
        )
        .join(HouseholdStudent, HouseholdStudent.student_id == Offer.student_id)
        .join(HouseholdGuardian, HouseholdGuardian.household_id == HouseholdStudent.household_id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .where(Offer.round_id == round_id)
        .order_by(Offer.student_id, Offer.id, Guardian.id)
    ).all()


def _first(rows, count):
    """Return the first offers of each child."""
    found = {}
    for row in rows:
        of_child = found.setdefault(row.student_id, {})
        if len(of_child) < count:
            of_child.setdefault(row.id, row)
    return [row for of_child in found.values() for row in of_child.values()]


def _book(round_id):
    """Let parents book, each a talk at another teacher; return the seconds of each."""
    slots = db.session.scalars(select(Slot.id).order_by(Slot.starts_at)).all()
    taken = []
    for number, it in enumerate(_first(_offers(round_id), 1)[:CLICKS]):
        actor = Actor(
            None, it.person_id, "", frozenset({Role.GUARDIAN}), guardian_id=it.guardian_id
        )
        choice = Choice(slots[number % len(slots)], it.id)
        started = time.perf_counter()
        service.book(
            actor,
            round_id,
            it.student_id,
            [choice],
            together=False,
            submission=f"a-form-of-the-bench-{number}",
            now=clock.now(),
        )
        taken.append(time.perf_counter() - started)
    return taken


def _ask(round_id):
    """Let each child ask for further talks."""
    now = clock.now()
    asked = [
        {
            "round_id": round_id,
            "offer_id": it.id,
            "teacher_key": it.teacher_key,
            "student_id": it.student_id,
            "household_id": it.household_id,
            "asked_by_id": it.person_id,
            "asked_at": now,
            "changed_at": now,
        }
        for it in _first(_offers(round_id), ASKED + 1)
    ]
    by_child = {}
    for row in asked:
        by_child.setdefault(row["student_id"], []).append(row)
    db.session.execute(
        insert(BookingRequest), [row for rows in by_child.values() for row in rows[1:]]
    )
    db.session.commit()
