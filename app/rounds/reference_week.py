"""Who taught each group in a week. Pure.

A group of which the regular teacher is wholly substituted has the substitute: that is
who knows the child. Somebody who takes over part of the hours does not displace the
regular teacher. Several regular teachers come together, as one talk, until the office
chooses.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

WEEK = re.compile(r"\d{4}-W\d{2}")


@dataclass(frozen=True)
class LessonLine:
    """A line of the school's distribution of lessons; weeks as "2026-W53", both included."""

    group_id: int
    teacher_id: int
    replaces_id: int | None  # only of a substitute
    substitute: bool
    from_week: str
    to_week: str
    hours: int


@dataclass(frozen=True)
class GroupTeachers:
    """The teachers of a group; the first one is named first.

    ``doubtful``: the lessons allow another choice (a substitute, or several teachers).
    """

    teacher_ids: tuple[int, ...]
    doubtful: bool


def week_of(day: date) -> str:
    """Return the ISO week of a day: "2026-W53" for 1 January 2027."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def is_week(text: str) -> bool:
    """Whether a text names an ISO week that exists; not every year has a week 53."""
    if not WEEK.fullmatch(text):
        return False
    try:
        date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
    except ValueError:
        return False
    return True


def school_year(day: date) -> int:
    """Return the year in which the school year of a day began; a new one begins in August."""
    return day.year if day.month >= 8 else day.year - 1


def school_year_of_week(week: str) -> int:
    """Return the same of an ISO week: that of its Thursday, to which its number belongs."""
    return school_year(date.fromisocalendar(int(week[:4]), int(week[6:]), 4))


def teachers_of_groups(lines: Iterable[LessonLine], week: str) -> Mapping[int, GroupTeachers]:
    """Return who teaches each group in ``week``; a group without lessons then is left out."""
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
        else:  # for nobody who teaches this week, so nobody but the substitute does
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
