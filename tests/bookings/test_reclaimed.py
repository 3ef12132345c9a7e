"""Times a teacher is away: they are claimed again as soon as a talk in them goes."""

from datetime import timedelta

import pytest

from app.bookings import blocking, moving, service
from app.bookings.blocking import Span
from app.bookings.calling_off.service import call_off
from app.bookings.rules import Choice
from tests.small_school import FIRST, NOW

TEN = timedelta(minutes=10)


@pytest.fixture
def stay(school):
    """Block times of Vera around the talks in them: stay((1, 2), (4, 5))."""

    def stay_(*times):
        spans = [
            Span(school.teachers["Vera"], school.evening_id, FIRST + a * TEN, FIRST + b * TEN)
            for a, b in times
        ]
        blocking.block(school.actors["Sofie"], spans, talks="stay", now=NOW)

    return stay_


@pytest.fixture
def is_free(school, choose):
    """Whether the strangers can have a time of Vera."""

    def is_free_(slot):
        (*talks,) = choose("Carol", "Kim", ("Vera", slot)).booked
        for talk in talks:
            service.cancel(school.actors["Carol"], talk, now=NOW)
        return bool(talks)

    return is_free_


def test_after_a_talk_has_moved_away(school, book_one, stay, is_free):
    talk = book_one("Alice", "Noor", "Vera", 1)
    stay((0, 3))
    choice = Choice(*school.choice("Noor", "Vera", 5))
    moving.move(school.actors["Alice"], talk, choice, submission="a-move-of-this-test", now=NOW)
    assert [is_free(slot) for slot in (0, 1, 2, 3)] == [False, False, False, True]


def test_after_several_talks_of_one_evening_are_called_off(school, book_one, stay, is_free):
    early, late = book_one("Alice", "Noor", "Vera", 1), book_one("Bob", "Tim", "Vera", 4)
    stay((1, 2), (4, 5))
    call_off(school.actors["Sofie"], [early, late], "absent", reason="ziek", now=NOW)
    assert [is_free(slot) for slot in (1, 2, 4)] == [False, True, False]
