from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from app.rounds.phases import (
    Phase,
    accepts_bookings,
    accepts_cancelling,
    phase_of,
    poll_seconds,
)

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

OPENS = datetime(2027, 1, 18, 18, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=14)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Plan:
    state: str = "published"
    opens_at: datetime = OPENS
    closes_at: datetime = CLOSES
    cancel_until: datetime = CLOSES + timedelta(days=2)


@pytest.mark.parametrize(
    ("state", "now", "phase", "books", "cancels"),
    [
        ("draft", OPENS, Phase.DRAFT, False, False),
        ("check", OPENS, Phase.CHECK, False, False),
        ("published", OPENS - SECOND, Phase.ANNOUNCED, False, False),
        ("published", OPENS, Phase.OPEN, True, True),
        ("published", CLOSES - SECOND, Phase.OPEN, True, True),
        ("published", CLOSES, Phase.CLOSED, False, True),
        ("published", CLOSES + timedelta(days=2) - SECOND, Phase.CLOSED, False, True),
        ("published", CLOSES + timedelta(days=2), Phase.CLOSED, False, False),
        ("archived", OPENS, Phase.ARCHIVED, False, False),
    ],
)
def test_the_phase_follows_from_state_and_clock(state, now, phase, books, cancels):
    plan = Plan(state)
    assert phase_of(plan, now) is phase
    assert accepts_bookings(plan, now) is books
    assert accepts_cancelling(plan, now) is cancels


def test_cancelling_can_end_before_booking_does():
    plan = Plan(cancel_until=CLOSES - timedelta(days=1))
    assert accepts_bookings(plan, CLOSES - SECOND)
    assert not accepts_cancelling(plan, CLOSES - SECOND)


@pytest.mark.parametrize(
    ("after_opening", "seconds"),
    [
        (-SECOND, 15),
        (timedelta(0), 5),
        (timedelta(minutes=10) - SECOND, 5),
        (timedelta(minutes=10), 15),
        (timedelta(days=3), 15),
    ],
)
def test_pages_ask_more_often_right_after_the_opening(after_opening, seconds):
    assert poll_seconds(Plan(), OPENS + after_opening) == seconds
