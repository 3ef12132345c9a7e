"""Who blocked a time: what is left of it, once a part is freed, stays that one's."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.bookings import blocking
from app.bookings.blocking import Span
from app.bookings.models import Unavailability
from app.rounds.models import Evening
from tests.small_school import FIRST, NOW

TEN = timedelta(minutes=10)


@pytest.fixture
def times(school):
    """Times of Vera: times(0, 4) is from 18.30 to 19.10."""
    return lambda first, end: [
        Span(school.teachers["Vera"], school.evening_id, FIRST + first * TEN, FIRST + end * TEN)
    ]


@pytest.fixture
def block(school, times):
    return lambda actor, *slots: blocking.block(school.actors[actor], times(*slots), now=NOW)


@pytest.fixture
def free(school, times):
    return lambda actor, *slots: blocking.free(school.actors[actor], times(*slots), now=NOW)


@pytest.fixture
def blocked(db, school):
    """Return from which slot to which is blocked, by whom, and whether the office did it."""
    names = {school.people[name]: name for name in ("Vera", "Sofie", "Anna")}

    def blocked_():
        rows = db.scalars(select(Unavailability).order_by(Unavailability.starts_at))
        return [
            (
                (row.starts_at - FIRST) // TEN,
                (row.ends_at - FIRST) // TEN,
                names[row.created_by_id],
                row.by_office,
            )
            for row in rows
        ]

    return blocked_


def test_who_blocked_a_time_is_kept_with_it(block, blocked):
    block("Vera", 0, 1)
    block("Sofie", 1, 2)
    assert blocked() == [(0, 1, "Vera", False), (1, 2, "Sofie", True)]


def test_what_is_left_of_a_block_of_the_office_stays_the_offices(block, free, blocked):
    block("Sofie", 0, 6)
    assert free("Anna", 2, 4)
    assert blocked() == [(0, 2, "Sofie", True), (4, 6, "Sofie", True)]
    assert not free("Vera", 0, 6)
    assert blocked() == [(0, 2, "Sofie", True), (4, 6, "Sofie", True)]


def test_what_the_office_leaves_of_a_teachers_block_stays_the_teachers(block, free, blocked):
    block("Vera", 0, 6)
    assert free("Sofie", 2, 4)
    assert blocked() == [(0, 2, "Vera", False), (4, 6, "Vera", False)]
    assert free("Vera", 0, 6)
    assert blocked() == []


def test_freeing_a_time_leaves_that_of_another_evening_blocked(db, school, times, block, blocked):
    """Two rounds have an evening at the same time: who blocked both frees one."""
    other = db.scalars(select(Evening.id).where(Evening.round_id == school.student_round_id)).one()
    block("Vera", 0, 1)
    blocking.block(
        school.actors["Vera"],
        [replace(span, evening_id=other) for span in times(0, 3)],
        now=NOW,
    )
    blocking.free(school.actors["Vera"], times(0, 1), now=NOW)
    assert blocked() == [(0, 3, "Vera", False)]
