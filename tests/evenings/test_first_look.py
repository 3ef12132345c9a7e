"""Which evening the office sees first, and what its page asks by."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from app.bookings.calling_off.service import finish
from app.core.errors import NotFoundError
from app.evenings.queries import evening_marker, evening_of
from app.rounds.info import EveningInfo
from app.rounds.models import Round, new_times_key
from tests.small_school import NOW

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
STARTS = datetime(2027, 2, 9, 17, 30, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=2)


def evening(id_, days):
    by = days * DAY
    return EveningInfo(id_, (STARTS + by).date(), STARTS + by, ENDS + by, 10, 0, (), (), {})


EVENINGS = (evening(1, 0), evening(2, 1), evening(3, 7))


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        (STARTS - DAY, 1),
        (STARTS, 1),
        (STARTS + MINUTE, 1),
        (ENDS - MINUTE, 1),
        (ENDS, 2),
        (STARTS + DAY + MINUTE, 2),
        (ENDS + DAY + MINUTE, 3),
        (ENDS + 8 * DAY, 3),
    ],
)
def test_the_page_opens_on_the_evening_that_goes_on_or_comes_next_and_at_last_the_last(now, shown):
    assert evening_of(EVENINGS, None, now=now).id == shown


def test_an_evening_that_is_asked_for_is_shown_whenever_it_was():
    assert evening_of(EVENINGS, 1, now=ENDS + DAY).id == 1
    with pytest.raises(NotFoundError):
        evening_of(EVENINGS, 4, now=STARTS)
    with pytest.raises(NotFoundError):
        evening_of((), None, now=STARTS)


def test_the_marker_changes_when_the_office_ticks_off_a_talk_that_waited(
    school, book_one, call_off
):
    """No teacher's time changes with it."""
    talk = book_one("Alice", "Noor", "Vera", 0)
    call_off(talk)
    before = evening_marker(school.round_id)
    finish(school.actors["Sofie"], talk, note="belt terug", now=NOW)
    assert evening_marker(school.round_id) != before


def test_the_marker_changes_with_the_times_of_the_round(db, school):
    before = evening_marker(school.round_id)
    db.execute(update(Round).where(Round.id == school.round_id).values(times_key=new_times_key()))
    assert evening_marker(school.round_id) != before


def test_the_marker_changes_with_the_talks_of_a_teacher(school, book_one):
    before = evening_marker(school.round_id)
    book_one("Alice", "Noor", "Vera", 0)
    assert evening_marker(school.round_id) != before
