"""Invent teachers, groups and lessons for the demo's classes. No I/O."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from app.demo.families import SCHOOL_DOMAIN, DemoClass, DemoStudent, latin
from app.demo.names import DUTCH, ORIGINS, FamilyNames
from app.demo.subjects import HOURS, TEACHING_ORDER
from app.rounds.reference_week import week_of

GROUP_SEATS = 28
STAR = ("Karin", FamilyNames("Bakker"))  # a teacher with a child at the school


@dataclass(frozen=True)
class DemoTeacher:
    """A teacher; ``salutation`` is "mevr." or "dhr."."""

    code: str
    salutation: str
    given: str
    family: FamilyNames

    @property
    def mail(self) -> str:
        """The mail address at the school."""
        return f"{self.code}@{SCHOOL_DOMAIN}"


@dataclass(eq=False)
class DemoGroup:
    """Students who are taught a subject together."""

    key: str
    department: str  # its key
    subject: str
    members: list[DemoStudent]

    @property
    def name(self) -> str:
        """What people call the group: the key without the branch."""
        return self.key.partition(".")[2]


@dataclass(frozen=True)
class DemoLesson:
    """A line of the lesson table."""

    number: int
    group: DemoGroup
    teacher: DemoTeacher
    replaces: DemoTeacher | None
    from_week: str
    to_week: str
    hours: int


@dataclass(frozen=True)
class SchoolYear:
    """The lesson weeks of a school year."""

    start: int

    @property
    def first(self) -> str:
        """The first week."""
        return f"{self.start}-W35"

    @property
    def last(self) -> str:
        """The last week."""
        return f"{self.start + 1}-W28"

    def week(self, day: date) -> str:
        """Return the ISO week of a day; in the holidays, the nearest week with lessons."""
        return min(max(week_of(day), self.first), self.last)


@dataclass
class Teaching:
    """Who teaches whom what; ``packages`` holds the subjects of each student."""

    teachers: list[DemoTeacher]
    groups: list[DemoGroup]
    lessons: list[DemoLesson]
    packages: Mapping[DemoStudent, tuple[str, ...]]
    tutors: Mapping[str, DemoTeacher] = field(default_factory=dict)  # by the key of the class


def invent(
    classes: Sequence[DemoClass],
    students: Sequence[DemoStudent],
    count: int,
    year: SchoolYear,
    today: date,
    random: Random,
) -> Teaching:
    """Give the groups of all students to ``count`` teachers, including a school's odd cases."""
    teachers = _teachers(count, random)
    packages, groups = _groups(classes, students, random)
    givers = _givers(groups, teachers)
    tutors = _tutors(classes, groups, givers)
    lessons = _lessons(groups, givers, teachers, year, today)
    return Teaching(teachers, groups, lessons, packages, tutors)


def _teachers(count: int, random: Random) -> list[DemoTeacher]:
    codes: set[str] = set()
    teachers = []
    weights = [origin.weight + (80 if origin is DUTCH else 0) for origin in ORIGINS]
    for number in range(count):
        origin = random.choices(ORIGINS, weights)[0]
        woman = random.random() < 0.55
        given = random.choice(origin.women if woman else origin.men)
        family = random.choice(origin.families)
        # Staff names are written in Latin letters.
        name = given.latin.capitalize() or given.text
        family = FamilyNames(family.latin.capitalize() or family.text, family.prefix)
        if number == 0:
            (name, family), woman = STAR, True
        salutation = "mevr." if woman else "dhr."
        teachers.append(DemoTeacher(_code(name, family, codes), salutation, name, family))
    return teachers


def _code(given: str, family: FamilyNames, taken: set[str]) -> str:
    """Return three letters of the family name, or the nearest code that is free."""
    letters = latin(family.text) + latin(given) + "xyz"
    tries = [letters[:3], letters[:2] + latin(given)[:1]]
    tries += [f"{letters[:2]}{number}" for number in range(1, 100)]
    code = next(code for code in tries if code not in taken)
    taken.add(code)
    return code


def _groups(
    classes: Sequence[DemoClass], students: Sequence[DemoStudent], random: Random
) -> tuple[dict[DemoStudent, tuple[str, ...]], list[DemoGroup]]:
    packages: dict[DemoStudent, tuple[str, ...]] = {}
    chosen: dict[tuple[str, str], list[DemoStudent]] = defaultdict(list)
    groups = []
    for home_class in classes:
        department = home_class.department
        members = [student for student in students if student.home_class is home_class]
        left_out = members[-1] if home_class is classes[0] else None  # of one group, by mistake
        for student in members:
            picks = [
                s for some, subjects in department.choices for s in random.sample(subjects, some)
            ]
            packages[student] = (*department.common, *picks)
            for subject in picks:
                chosen[department.key, subject].append(student)
        groups += [
            DemoGroup(
                f"{home_class.key}.{subject}",
                department.key,
                subject,
                [m for m in members if m is not left_out or subject != department.common[0]],
            )
            for subject in department.common
        ]
    for (department_key, subject), takers in chosen.items():
        parts = -(-len(takers) // GROUP_SEATS)
        groups += [
            DemoGroup(
                f"{department_key}.{subject}{part + 1}",
                department_key,
                subject,
                takers[part::parts],
            )
            for part in range(parts)
        ]
    return packages, groups


def _givers(
    groups: Sequence[DemoGroup], teachers: Sequence[DemoTeacher]
) -> dict[DemoGroup, DemoTeacher]:
    """Deal groups to teachers in the order of subjects, so that all get about the same hours."""
    in_order = sorted(groups, key=lambda group: (TEACHING_ORDER.index(group.subject), group.key))
    total = sum(HOURS[group.subject] for group in groups)
    givers, given = {}, 0
    for group in in_order:
        hours = HOURS[group.subject]
        givers[group] = teachers[(2 * given + hours) * len(teachers) // (2 * total)]
        given += hours
    return givers


def _tutors(
    classes: Sequence[DemoClass],
    groups: Sequence[DemoGroup],
    givers: Mapping[DemoGroup, DemoTeacher],
) -> dict[str, DemoTeacher]:
    """Give each class a tutor who teaches it; nobody gets two while that can be avoided."""
    classes_of: dict[DemoTeacher, int] = defaultdict(int)
    tutors = {}
    for home_class in classes:
        own = [givers[g] for g in groups if g.key.startswith(f"{home_class.key}.")]
        tutor = min(own, key=lambda teacher: classes_of[teacher])
        classes_of[tutor] += 1
        tutors[home_class.key] = tutor
    return tutors


def _lessons(
    groups: Sequence[DemoGroup],
    givers: Mapping[DemoGroup, DemoTeacher],
    teachers: Sequence[DemoTeacher],
    year: SchoolYear,
    today: date,
) -> list[DemoLesson]:
    lessons = []

    def add(
        number: int,
        group: DemoGroup,
        teacher: DemoTeacher,
        replaces: DemoTeacher | None = None,
        weeks: tuple[str, str] = (year.first, year.last),
        hours: int = 0,
    ) -> None:
        hours = hours or HOURS[group.subject]
        lessons.append(DemoLesson(number, group, teacher, replaces, *weeks, hours))

    now = (year.week(today - timedelta(weeks=4)), year.week(today + timedelta(weeks=12)))
    odd = _odd_groups(groups)
    for number, group in enumerate(groups, 1001):
        giver = givers[group]
        if group is odd["nobody"]:
            continue
        add(number, group, giver)
        other = teachers[(teachers.index(giver) + 1) % len(teachers)]
        if group is odd["substituted"]:
            add(number, group, other, giver, now)
        elif group is odd["partly"]:
            add(number, group, other, giver, now, hours=1)
        elif group is odd["shared"]:
            add(number, group, other)
    return lessons


def _odd_groups(groups: Sequence[DemoGroup]) -> Mapping[str, DemoGroup]:
    """Return one group without a teacher, two with a substitute, and one with two teachers."""

    def first(department: str, subject: str) -> DemoGroup:
        return next(g for g in groups if (g.department, g.subject) == (department, subject))

    return {
        "nobody": first("N.k1", "mu"),
        "substituted": first("N.v3", "du"),
        "partly": first("N.k2", "bv"),
        "shared": first("N.h1", "lo"),
    }
