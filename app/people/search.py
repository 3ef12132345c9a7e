"""Find people by name, number, class or code, and list those who need attention."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true

from app.bookings.left import is_here_or_comes
from app.extensions import db
from app.people.mail_status import people_with_failed_mail
from app.school.age import is_of_age, is_open
from app.school.branches import CLASS_NAME, is_guardian_at, is_student_at, is_teacher_at
from app.school.gaps import has_no_address, has_no_guardian
from app.school.models import Guardian, Guardianship, HomeClass, Person, Student, Teacher
from app.school.names import email_key, fold
from app.school.reading import NAME, STUDENTS

FIRST = 8
"""How many people of each kind a search shows before the user asks for all."""

PAGE = 50
MOST_WORDS = 8


class PersonKind(StrEnum):
    """A role at the school; one person can be found in several."""

    STUDENTS = "students"
    GUARDIANS = "guardians"
    TEACHERS = "teachers"


class Care(StrEnum):
    """A list of people for whom the office has something to do."""

    WITHOUT_GUARDIAN = "without-guardian"
    WITHOUT_MAIL = "without-mail"
    FAILED = "mail-failed"
    APART = "apart"
    OF_AGE = "of-age"


@dataclass(frozen=True)
class Hit:
    """A search result; ``id`` is the role's id, ``detail`` the class and number, or the code."""

    id: int
    name: str
    detail: str = ""
    children: tuple["Hit", ...] = ()  # of a guardian
    left: bool = False  # is no longer at the school, but has talks to come


@dataclass(frozen=True)
class FoundGroup:
    """The people found in one role; ``hits`` holds those of the current page."""

    kind: PersonKind
    total: int
    hits: tuple[Hit, ...]

    @property
    def pages(self) -> int:
        """How many pages hold all the hits."""
        return max(1, -(-self.total // PAGE))


_Rows: TypeAlias = Select[*tuple[Any, ...]]

_STUDENTS = STUDENTS.add_columns(Student.number, Student.ended_on)
_GUARDIANS = select(Guardian.id, NAME, Guardian.ended_on).join(
    Person, Person.id == Guardian.person_id
)
_TEACHERS = select(Teacher.id, NAME, Teacher.code, Teacher.ended_on).join(
    Person, Person.id == Teacher.person_id
)
_ALL: Mapping[PersonKind, _Rows] = {
    PersonKind.STUDENTS: _STUDENTS.order_by(Person.sort_key, Student.id),
    PersonKind.GUARDIANS: _GUARDIANS.order_by(Person.sort_key, Guardian.id),
    PersonKind.TEACHERS: _TEACHERS.order_by(Person.sort_key, Teacher.id),
}
_PRESENT: Mapping[PersonKind, _Rows] = {
    PersonKind.STUDENTS: _ALL[PersonKind.STUDENTS].where(Student.ended_on.is_(None)),
    PersonKind.GUARDIANS: _ALL[PersonKind.GUARDIANS].where(Guardian.ended_on.is_(None)),
    PersonKind.TEACHERS: _ALL[PersonKind.TEACHERS].where(Teacher.ended_on.is_(None)),
}

_IS_AT = {
    PersonKind.STUDENTS: is_student_at,
    PersonKind.GUARDIANS: is_guardian_at,
    PersonKind.TEACHERS: is_teacher_at,
}


def find(
    query: str,
    *,
    by_mail: bool,
    now: datetime,
    branch: int | None = None,
    only: PersonKind | None = None,
    page: int = 1,
) -> tuple[FoundGroup, ...]:
    """Return the people at a branch who match all words, by kind and name; pages count from 1.

    Students and teachers who left are found while they have talks to come.

    Without ``only``, returns the first few of each kind. Searches mail addresses only with
    ``by_mail``, for callers who may see them; otherwise a search would reveal them.
    """
    found = {
        PersonKind.STUDENTS: _ALL[PersonKind.STUDENTS].where(is_here_or_comes(Student, now)),
        PersonKind.GUARDIANS: _PRESENT[PersonKind.GUARDIANS],
        PersonKind.TEACHERS: _ALL[PersonKind.TEACHERS].where(is_here_or_comes(Teacher, now)),
    }
    return tuple(
        _group(
            kind,
            found[kind].where(_answers(kind, query, by_mail=by_mail), _is_at(kind, branch)),
            only,
            page,
        )
        for kind in PersonKind
        if only in {None, kind}
    )


def list_care(
    care: Care,
    *,
    today: date,
    branch: int | None = None,
    only: PersonKind | None = None,
    page: int = 1,
) -> tuple[FoundGroup, ...]:
    """Return the people on a list, by kind and name; omits kinds that the list cannot hold."""
    return tuple(
        _group(kind, _PRESENT[kind].where(condition, _is_at(kind, branch)), only, page)
        for kind, condition in _of_care(care, today).items()
        if only in {None, kind}
    )


def count_care(today: date, branch: int | None = None) -> Mapping[Care, int]:
    """Return how many people are on each list."""
    counts = {
        (care, kind): _count(
            _PRESENT[kind].where(condition, _is_at(kind, branch))
        ).scalar_subquery()
        for care in Care
        for kind, condition in _of_care(care, today).items()
    }
    row = db.session.execute(select(*counts.values())).one()
    totals = dict.fromkeys(Care, 0)
    for (care, _kind), number in zip(counts, row, strict=True):
        totals[care] += number
    return totals


def _is_at(kind: PersonKind, branch: int | None) -> ColumnElement[bool]:
    return true() if branch is None else _IS_AT[kind](branch)


def _of_care(care: Care, today: date) -> Mapping[PersonKind, ColumnElement[bool]]:
    match care:
        case Care.WITHOUT_GUARDIAN:
            return {PersonKind.STUDENTS: has_no_guardian()}
        case Care.WITHOUT_MAIL:
            return {PersonKind.GUARDIANS: has_no_address()}
        case Care.APART:
            return {PersonKind.STUDENTS: Student.apart.is_(true())}
        case Care.OF_AGE:
            link = Guardianship.student_id == Student.id
            known = exists().where(link, Guardianship.ended_at.is_(None))
            return {
                PersonKind.STUDENTS: is_of_age(today)
                & known
                & ~exists().where(link, is_open(today))
            }
        case Care.FAILED:
            failed = Person.id.in_(people_with_failed_mail())
            # A teacher who is also a parent is listed as a guardian.
            staff = failed & ~exists().where(Guardian.person_id == Person.id)
            return {
                PersonKind.STUDENTS: failed,
                PersonKind.GUARDIANS: failed,
                PersonKind.TEACHERS: staff,
            }


def _answers(kind: PersonKind, query: str, *, by_mail: bool) -> ColumnElement[bool]:
    words = query.split()[:MOST_WORDS]
    called = and_(true(), *[_is_called(kind, word, by_mail=by_mail) for word in words])
    if kind is not PersonKind.STUDENTS or "(" not in query:
        return called
    # A class as the site writes it, with the branch: "h2a (Zuid)".
    of_class = func.lower(CLASS_NAME).startswith(" ".join(words).lower(), autoescape=True)
    return or_(called, of_class)


def _is_called(kind: PersonKind, word: str, *, by_mail: bool) -> ColumnElement[bool]:
    """Return the condition that a word matches the name, class, number, code or mail address."""
    if "@" in word:
        return Person.email_key.contains(email_key(word), autoescape=True) if by_mail else false()
    parts = fold(word).split()
    if not parts:
        return false()
    named = and_(*[Person.search_key.contains(part, autoescape=True) for part in parts])
    start = word.lower()
    match kind:
        case PersonKind.STUDENTS:
            of_class = func.lower(HomeClass.name).startswith(start, autoescape=True)
            return or_(named, of_class, Student.number.startswith(word, autoescape=True))
        case PersonKind.TEACHERS:
            return or_(named, func.lower(Teacher.code).startswith(start, autoescape=True))
        case PersonKind.GUARDIANS:
            return named


def _count(statement: _Rows) -> Select[int]:
    count = func.count()
    return statement.order_by(None).with_only_columns(count, maintain_column_froms=True)


def _group(kind: PersonKind, statement: _Rows, only: PersonKind | None, page: int) -> FoundGroup:
    total = db.session.scalar(_count(statement)) or 0
    size, start = (FIRST, 0) if only is None else (PAGE, (page - 1) * PAGE)
    rows = db.session.execute(statement.limit(size).offset(start)).all()
    children = _children([row.id for row in rows]) if kind is PersonKind.GUARDIANS else {}
    return FoundGroup(
        kind,
        total,
        tuple(
            Hit(
                id_,
                name.full,
                " · ".join(part for part in details if part),
                tuple(children.get(id_, ())),
                ended_on is not None,
            )
            for id_, name, *details, ended_on in rows
        ),
    )


def _children(guardian_ids: Collection[int]) -> Mapping[int, Sequence[Hit]]:
    children: dict[int, list[Hit]] = {}
    for student_id, name, class_name, number, guardian_id in db.session.execute(
        STUDENTS.add_columns(Student.number, Guardianship.guardian_id)
        .join(Guardianship, Guardianship.student_id == Student.id)
        .where(Guardianship.guardian_id.in_(guardian_ids), Guardianship.ended_at.is_(None))
        .order_by(Person.sort_key, Student.id)
    ):
        detail = " · ".join(part for part in (class_name, number) if part)
        children.setdefault(guardian_id, []).append(Hit(student_id, name.full, detail))
    return children
