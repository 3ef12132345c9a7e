"""Work out who taught each group in a week. Pure functions.

If the regular teacher of a group is fully substituted, the group gets the substitute, who knows
the child. A substitute for part of the hours does not replace the regular teacher. Several
regular teachers share one talk, until the office chooses.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

WEEK = re.compile(r"\d{4}-W\d{2}")


@dataclass(frozen=True)
class LessonLine:
    """A line of the school's lesson table; weeks as "2026-W53", both inclusive."""

    group_id: int
    teacher_id: int
    replaces_id: int | None  # only for a substitute
    substitute: bool
    from_week: str
    to_week: str
    hours: int


@dataclass(frozen=True)
class GroupTeachers:
    """The teachers of a group, in the order in which they are named.

    ``doubtful``: the lessons allow another choice (a substitute, or several teachers).
    """

    teacher_ids: tuple[int, ...]
    doubtful: bool


def week_of(day: date) -> str:
    """Return the ISO week of a day: "2026-W53" for 1 January 2027."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def is_week(text: str) -> bool:
    """Whether a text is an existing ISO week; not every year has a week 53."""
    if not WEEK.fullmatch(text):
        return False
    try:
        date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
    except ValueError:
        return False
    return True


def school_year(day: date) -> int:
    """Return the year in which a day's school year began; school years begin in August."""
    return day.year if day.month >= 8 else day.year - 1


def school_year_of_week(week: str) -> int:
    """Return the same for an ISO week, by its Thursday, which decides the week's year."""
    return school_year(date.fromisocalendar(int(week[:4]), int(week[6:]), 4))


def teachers_of_groups(lines: Iterable[LessonLine], week: str) -> Mapping[int, GroupTeachers]:
    """Return the teachers of each group in ``week``; omits groups without lessons that week."""
    by_group: dict[int, list[LessonLine]] = defaultdict(list)
    for line in lines:
        if line.from_week <= week <= line.to_week:
            by_group[line.group_id].append(line)
    return {group_id: _teachers(of_group) for group_id, of_group in by_group.items()}


def _teachers(lines: Iterable[LessonLine]) -> GroupTeachers:
    regular: dict[int, int] = defaultdict(int)  # teacher -> hours
    stand_ins: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    substitutes = [line for line in lines if line.substitute]
    for line in lines:
        if not line.substitute:
            regular[line.teacher_id] += line.hours
    for line in substitutes:
        if line.replaces_id in regular:
            stand_ins[line.replaces_id][line.teacher_id] += line.hours
        else:  # replaces nobody who teaches this week, so the substitute counts as regular
            regular[line.teacher_id] += line.hours
    teachers: dict[int, int] = defaultdict(int)
    for teacher_id, hours in regular.items():
        others = stand_ins[teacher_id]
        if others and sum(others.values()) >= hours:
            for other_id, other_hours in others.items():
                teachers[other_id] += other_hours
        else:
            teachers[teacher_id] += hours
    by_weight = sorted(teachers, key=lambda teacher_id: (-teachers[teacher_id], teacher_id))
    return GroupTeachers(tuple(by_weight), doubtful=bool(substitutes) or len(by_weight) > 1)
