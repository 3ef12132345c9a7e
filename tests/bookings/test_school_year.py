"""The last day of a school year: what is purged with it, and what the log keeps."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.bookings import retention, service
from app.bookings.models import Booking, Claim
from app.core.purging import gone_by
from app.rounds.models import Evening
from tests.small_school import NOW

NOVEMBER = datetime(2027, 11, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def hold(db, school):
    """Put the evening on another day."""

    def hold_(day):
        db.execute(update(Evening).where(Evening.id == school.evening_id).values(day=day))
        db.commit()

    return hold_


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2027, 10, 31), date(2026, 7, 31)),
        (date(2027, 11, 1), date(2027, 7, 31)),
        (date(2027, 12, 31), date(2027, 7, 31)),
        (date(2028, 1, 1), date(2027, 7, 31)),
    ],
)
def test_names_go_on_the_first_of_november(today, last):
    assert gone_by(today) == last


def test_a_talk_of_the_last_day_of_a_school_year_goes_with_it(db, hold, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    hold(date(2027, 8, 1))
    assert retention.purge_year(now=NOVEMBER)["talks"] == 0
    assert db.scalars(retention.still_needed(now=NOVEMBER)).all() != []
    hold(date(2027, 7, 31))
    assert db.scalars(retention.still_needed(now=NOVEMBER)).all() == []
    assert retention.purge_year(now=NOVEMBER)["talks"] == 1
    assert db.scalar(select(Booking.id).where(Booking.id == talk)) is None


def test_the_log_counts_the_talks_that_were_held(db, school, book_one):
    book_one("Alice", "Noor", "Vera", 0)
    service.cancel(school.actors["Carol"], book_one("Carol", "Kim", "Vera", 1), now=NOW)
    retention.purge_year(now=NOVEMBER)
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "round.purged")).one()
    assert entry.details == {"talks": 1, "students": 1}


def test_what_somebody_who_is_forgotten_kept_busy_is_free_again(db, school, book_one):
    """A guardian at a talk that stays, because the child does."""
    talk = book_one("Alice", "Noor", "Vera", 0)
    retention.forget([school.people["Adam"]])
    sits = select(Claim.resource_id).where(Claim.booking_id == talk, Claim.kind == "person")
    assert set(db.scalars(sits)) == {school.people["Vera"], school.people["Alice"]}
