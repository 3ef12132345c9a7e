"""What is purged of talks."""

from datetime import timedelta

from sqlalchemy import func, select

from app.bookings import service, upkeep
from app.bookings.models import Booking, Submission
from tests.school import FIRST, NOW


def test_a_remark_is_gone_thirty_days_after_the_evening_and_not_before(db, school, book):
    (talk,) = book("Alice", "Noor", ("Vera", 0)).booked
    service.set_remark(school.actors["Alice"], talk, "leest graag", now=NOW)

    upkeep.purge(now=FIRST + timedelta(days=29))
    assert db.get(Booking, talk).remark == "leest graag"
    assert upkeep.purge(now=FIRST + timedelta(days=31)) == 1
    assert db.get(Booking, talk).remark == ""


def test_the_answers_of_old_forms_are_gone_after_two_days(db, book):
    book("Alice", "Noor", ("Vera", 0))
    assert upkeep.purge(now=NOW + timedelta(days=1)) == 0
    assert upkeep.purge(now=NOW + timedelta(days=3)) == 1
    assert db.scalar(select(func.count()).select_from(Submission)) == 0
