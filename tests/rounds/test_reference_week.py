from datetime import date

import pytest

from app.rounds.reference_week import LessonLine, is_week, teachers_of_groups, week_of

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

GROUP = 1
ANNE, BRAM, CEM = 11, 12, 13


def regular(teacher, hours=3, weeks=("2026-W35", "2027-W28")):
    return LessonLine(GROUP, teacher, None, substitute=False, hours=hours, **_weeks(weeks))


def substitute(teacher, replaces, hours=3, weeks=("2026-W48", "2027-W06")):
    return LessonLine(GROUP, teacher, replaces, substitute=True, hours=hours, **_weeks(weeks))


def _weeks(weeks):
    return {"from_week": weeks[0], "to_week": weeks[1]}


def teachers(*lines, week="2027-W05"):
    group = teachers_of_groups(lines, week).get(GROUP)
    return group and group.teacher_ids


def test_the_regular_teacher_of_that_week_teaches():
    assert teachers(regular(ANNE)) == (ANNE,)


def test_a_group_without_lessons_that_week_has_no_teacher():
    assert teachers(regular(ANNE, weeks=("2026-W35", "2026-W52"))) is None


def test_who_is_wholly_substituted_makes_place_for_the_substitute():
    assert teachers(regular(ANNE), substitute(BRAM, ANNE)) == (BRAM,)


def test_two_substitutes_together_can_take_over_wholly():
    lines = [regular(ANNE, 3), substitute(BRAM, ANNE, 1), substitute(CEM, ANNE, 2)]
    assert teachers(*lines) == (CEM, BRAM)


def test_a_substitute_for_part_of_the_hours_does_not_displace():
    assert teachers(regular(ANNE, 3), substitute(BRAM, ANNE, 2)) == (ANNE,)


def test_several_regular_teachers_come_together_the_one_with_most_hours_first():
    assert teachers(regular(ANNE, 1), regular(BRAM, 2)) == (BRAM, ANNE)


def test_of_two_regular_teachers_only_the_absent_one_is_replaced():
    assert teachers(regular(ANNE), regular(BRAM), substitute(CEM, BRAM)) == (ANNE, CEM)


def test_a_substitute_of_somebody_who_stopped_teaches():
    stopped = regular(ANNE, weeks=("2026-W35", "2026-W52"))
    assert teachers(stopped, substitute(BRAM, ANNE)) == (BRAM,)


@pytest.mark.parametrize(
    ("week", "teacher"),
    [
        ("2026-W47", ANNE),
        ("2026-W48", BRAM),
        ("2026-W52", BRAM),
        ("2026-W53", BRAM),
        ("2027-W01", BRAM),
        ("2027-W06", BRAM),
        ("2027-W07", ANNE),
    ],
)
def test_a_substitute_over_new_year_is_there_in_every_week_between(week, teacher):
    assert teachers(regular(ANNE), substitute(BRAM, ANNE), week=week) == (teacher,)


def test_only_a_group_with_one_regular_teacher_is_beyond_doubt():
    def doubtful(*lines):
        return teachers_of_groups(lines, "2027-W05")[GROUP].doubtful

    assert not doubtful(regular(ANNE))
    assert not doubtful(regular(ANNE), substitute(BRAM, ANNE, weeks=("2027-W06", "2027-W08")))
    assert doubtful(regular(ANNE), substitute(BRAM, ANNE))
    assert doubtful(regular(ANNE), substitute(BRAM, ANNE, hours=1))
    assert doubtful(regular(ANNE), regular(BRAM))


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 12, 31), "2026-W53"),
        (date(2027, 1, 1), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
        (date(2027, 2, 1), "2027-W05"),
        (date(2024, 12, 30), "2025-W01"),
    ],
)
def test_weeks_are_iso_weeks(day, week):
    assert week_of(day) == week
    assert is_week(week)


@pytest.mark.parametrize("text", ["2027-W53", "2027-W00", "2027-5", "5", "2027-W5", "W05", ""])
def test_a_week_that_does_not_exist_is_none(text):
    assert not is_week(text)
