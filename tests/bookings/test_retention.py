"""What is purged of talks."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.bookings import remarks, retention, service
from app.bookings.models import Booking, Claim, Submission, Unavailability
from tests.small_school import FIRST, NOW
from tests.talks import block

LAST_DAY = datetime(2027, 10, 31, 12, 0, tzinfo=UTC)  # of the three months after the school year


def count(db, table):
    return db.scalar(select(func.count()).select_from(table))


def test_a_remark_is_gone_thirty_days_after_the_evening_and_not_before(db, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    remarks.set_remark(school.actors["Alice"], talk, "leest graag", now=NOW)

    retention.purge(now=FIRST + timedelta(days=29))
    assert db.get(Booking, talk).remark == "leest graag"
    assert retention.purge(now=FIRST + timedelta(days=31))["remarks"] == 1
    assert db.get(Booking, talk).remark == ""


def test_the_answers_of_old_forms_are_gone_after_two_days(db, choose):
    choose("Alice", "Noor", ("Vera", 0))
    assert retention.purge(now=NOW + timedelta(days=1))["forms"] == 0
    assert retention.purge(now=NOW + timedelta(days=3))["forms"] == 1
    assert count(db, Submission) == 0


NOTHING = {"requests": 0, "talks": 0, "absences": 0}


def test_talks_and_absences_are_gone_three_months_after_the_school_year(db, school, choose):
    (talk, _) = choose("Alice", "Noor", ("Vera", 0), ("Bart", 3)).booked
    choose("Bob", "Tim", ("Vera", 5))
    service.cancel(school.actors["Alice"], talk, now=NOW)
    block(school.actors["Vera"], school.teachers["Vera"], school.evening_id, *_hour(), now=NOW)

    assert retention.purge_year(now=LAST_DAY) == NOTHING
    talks = NOTHING | {"talks": 3, "absences": 1}
    assert retention.purge_year(now=LAST_DAY + timedelta(days=1)) == talks
    assert [count(db, table) for table in (Booking, Unavailability, Claim)] == [0, 0, 0]
    assert retention.purge_year(now=LAST_DAY + timedelta(days=1)) == NOTHING


def test_the_log_keeps_how_many_talks_a_round_had(db, school, choose):
    choose("Alice", "Noor", ("Vera", 0), ("Bart", 3))
    choose("Bob", "Tim", ("Vera", 5))
    retention.purge_year(now=LAST_DAY + timedelta(days=1))
    entry = db.scalar(select(AuditEntry).where(AuditEntry.action == "round.purged"))

    assert entry.round_id == school.round_id
    assert entry.details == {"talks": 3, "students": 2}


def test_talks_of_the_present_school_year_stay(db, school, choose):
    choose("Alice", "Noor", ("Vera", 0))
    retention.purge_year(now=datetime(2027, 7, 1, tzinfo=UTC))
    assert count(db, Booking) == 1


def _hour():
    return FIRST + timedelta(minutes=80), FIRST + timedelta(minutes=120)
