"""In which order a teacher's evenings come, until when times can be blocked, and who blocked them."""

from datetime import timedelta

from app.teaching.queries import load_teaching
from tests.small_school import FIRST, NOW
from tests.talks import block

DAY = timedelta(days=1)
TEN = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
MIDNIGHT = FIRST.replace(hour=23, minute=0)
"""The end of the first evening's day by the school's clock; the second one is a week later."""


def days(school, now):
    return [evening.day.day for evening in load_teaching(school.actors["Vera"], now=now)]


def test_evenings_to_come_are_first_and_those_that_are_over_last_the_nearest_before_the_others(
    school,
):
    assert days(school, NOW) == [9, 16]
    assert days(school, MIDNIGHT - SECOND) == [9, 16]
    assert days(school, MIDNIGHT) == [16, 9]
    assert days(school, MIDNIGHT + 7 * DAY) == [16, 9]


def test_what_the_school_blocked_is_told_before_what_the_teacher_did(school):
    for actor, slots in (("Vera", 2), ("Sofie", 1)):
        block(
            school.actors[actor],
            school.teachers["Vera"],
            school.evening_id,
            FIRST,
            FIRST + slots * TEN,
            now=NOW,
        )
    evening = load_teaching(school.actors["Vera"], now=NOW)[0]
    assert [row.state for row in evening.rows[:3]] == ["school", "own", "free"]


def test_times_of_an_evening_that_is_over_cannot_be_blocked(school):
    def may_block(now):
        evenings = load_teaching(school.actors["Vera"], now=now)
        return next(it.may_block for it in evenings if it.evening_id == school.evening_id)

    end = FIRST + 13 * TEN
    assert may_block(end - SECOND)
    assert not may_block(end)
