"""The office and families at the same moment, on a real database: one of them has the time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from app.bookings import office, service
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice
from app.extensions import db
from tests.small_school import NOW, small_school

pytestmark = pytest.mark.race

ROUNDS = 6


@pytest.fixture
def app(own_app):
    return own_app


def at_once(app, *functions):
    """Call functions in threads of their own in one moment and return what they gave."""
    start = Barrier(len(functions))

    def call(function):
        start.wait()
        with app.app_context():
            return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(call, functions))


def test_a_call_and_clicks_for_one_time_give_one_talk(app):
    with app.app_context():
        school = small_school(db.session)

    def choice(student, slot):
        return [Choice(*school.choice(student, "Vera", slot))]

    def click(actor, student, slot):
        return service.book(
            school.actors[actor],
            school.round_id,
            school.students[student],
            choice(student, slot),
            together=False,
            submission=f"{actor}-at-the-slot-{slot}",
            now=NOW,
        )

    def call(student, household, slot):
        return office.book_for(
            school.actors["Sofie"],
            school.round_id,
            school.students[student],
            school.households[household],
            choice(student, slot),
            reason="",
            beyond_maximum=False,
            now=NOW,
        )

    for slot in range(ROUNDS):
        results = at_once(
            app,
            lambda slot=slot: click("Carol", "Kim", slot),
            lambda slot=slot: call("Noor", "Alice", slot),
            lambda slot=slot: call("Tim", "Bea", slot),
        )
        assert sorted((len(one.booked), len(one.lost)) for one in results) == [
            (0, 1),
            (0, 1),
            (1, 0),
        ]
        with app.app_context():
            (talk,) = db.session.scalars(
                select(Booking.id).where(Booking.cancelled_at.is_(None))
            ).all()
            claims = db.session.scalar(select(func.count()).select_from(Claim))
            assert claims == db.session.scalar(
                select(func.count()).select_from(Claim).where(Claim.booking_id == talk)
            )
            office.cancel_for(school.actors["Sofie"], talk, reason="next time", now=NOW)
            db.session.remove()
