"""The office's filters. They live in the URL, so that a view can be bookmarked and shared."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.bookings.models import Booking
from app.extensions import db
from app.rounds.models import Offer, OfferTeacher, RoundClass
from app.rounds.offers import is_bookable
from app.school.branches import CLASS_BRANCH, CLASS_NAME, DEPARTMENT_NAME, is_student_at
from app.school.models import (
    Branch,
    Department,
    Guardian,
    Guardianship,
    HomeClass,
    Person,
    Student,
    Teacher,
)
from app.school.names import fold


@dataclass(frozen=True)
class Filter:
    """The chosen filters; an empty one shows everything."""

    evening: int | None = None
    branch: int | None = None
    department: int | None = None
    home_class: int | None = None
    teacher: str = ""  # part of a name, or a code
    family: str = ""  # part of a student's or guardian's name, or a student number
    student: int | None = None
    state: str = ""

    @property
    def args(self) -> dict[str, Any]:
        """Return the query parameters that choose the same filters."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value}

    @property
    def narrows_students(self) -> bool:
        """Whether a branch, department or class narrows the students."""
        return bool(self.branch or self.department or self.home_class)


Options: TypeAlias = tuple[tuple[int, str], ...]
"""What a filter offers, as (id, name)."""


@dataclass(frozen=True)
class FilterChoices:
    """The choices that the filters offer.

    Departments and classes stand under the name of their branch if the round has several branches,
    and all under an empty name if not.
    """

    branches: Options  # empty if the round has only one
    departments: Mapping[str, Options]
    classes: Mapping[str, Options]


def student_matches(chosen: Filter) -> list[ColumnElement[bool]]:
    """Return conditions for a query on Student; an empty list if nothing is chosen."""
    conditions: list[ColumnElement[bool]] = []
    if chosen.branch:
        conditions.append(is_student_at(chosen.branch))
    if chosen.department:
        conditions.append(
            or_(
                Student.department_id == chosen.department,
                Student.home_class_id.in_(
                    select(HomeClass.id).where(HomeClass.department_id == chosen.department)
                ),
            )
        )
    if chosen.home_class:
        conditions.append(Student.home_class_id == chosen.home_class)
    if chosen.student:
        conditions.append(Student.id == chosen.student)
    if words := fold(chosen.family):
        named = Person.search_key.contains(words, autoescape=True)
        conditions.append(
            or_(
                Student.number == chosen.family.strip(),
                exists().where(Person.id == Student.person_id, named).correlate(Student),
                exists()
                .where(
                    Guardianship.student_id == Student.id,
                    # The links of a student who left have ended with it.
                    or_(Guardianship.ended_at.is_(None), Student.ended_on.is_not(None)),
                    Guardian.id == Guardianship.guardian_id,
                    Person.id == Guardian.person_id,
                    named,
                )
                .correlate(Student),
            )
        )
    return conditions


def teacher_matches(chosen: Filter) -> list[ColumnElement[bool]]:
    """Return conditions for a query on Teacher joined with Person."""
    words = fold(chosen.teacher)
    if not words:
        return []
    return [
        or_(
            Person.search_key.contains(words, autoescape=True),
            func.lower(Teacher.code).startswith(chosen.teacher.strip().lower(), autoescape=True),
        )
    ]


def teaches_in(round_id: int, chosen: Filter) -> ColumnElement[bool]:
    """Return the condition that a teacher is offered in a round to the chosen students.

    Also that the teacher has a talk with them: who left is offered to nobody, but the talks stay.
    """
    offers = (
        select(OfferTeacher.teacher_id)
        .join(Offer, Offer.id == OfferTeacher.offer_id)
        .where(
            Offer.round_id == round_id,
            or_(
                is_bookable(),
                exists().where(Booking.offer_id == Offer.id, Booking.cancelled_at.is_(None)),
            ),
        )
    )
    if chosen.narrows_students:
        narrow = Filter(
            branch=chosen.branch, department=chosen.department, home_class=chosen.home_class
        )
        offers = offers.join(Student, Student.id == Offer.student_id).where(
            *student_matches(narrow)
        )
    return Teacher.id.in_(offers)


def is_offered(round_id: int) -> ColumnElement[bool]:
    """Return the condition that somebody can book a teacher in a round."""
    return Teacher.id.in_(
        select(OfferTeacher.teacher_id)
        .join(Offer, Offer.id == OfferTeacher.offer_id)
        .where(Offer.round_id == round_id, is_bookable())
    )


def load_choices(round_id: int) -> FilterChoices:
    """Return the branches, departments and classes of a round, by name."""
    of_department = aliased(Branch)
    rows = db.session.execute(
        select(
            HomeClass.id,
            CLASS_NAME,
            Branch.id.label("branch_id"),
            Branch.name.label("branch"),
            Department.id.label("department_id"),
            DEPARTMENT_NAME,
            of_department.name.label("branch_of_department"),
        )
        .join(RoundClass, RoundClass.home_class_id == HomeClass.id)
        .outerjoin(Branch, Branch.id == CLASS_BRANCH)
        .outerjoin(Department, Department.id == HomeClass.department_id)
        .outerjoin(of_department, of_department.id == Department.branch_id)
        .where(RoundClass.round_id == round_id)
        .order_by(HomeClass.name, HomeClass.id)
    ).all()
    branches = {row.branch_id: row.branch for row in rows if row.branch_id}
    several = len(branches) > 1
    departments = {
        (row.branch_of_department or "", row.department_name, row.department_id)
        for row in rows
        if row.department_id
    }
    return FilterChoices(
        tuple(sorted(branches.items(), key=lambda it: it[1])) if several else (),
        _by_branch(sorted(departments), several=several),
        _by_branch(((row.branch or "", row.class_name, row.id) for row in rows), several=several),
    )


def _by_branch(options: Iterable[tuple[str, str, int]], *, several: bool) -> Mapping[str, Options]:
    """Return the options of (branch, name, id) by branch; those without a branch come first."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for branch, name, id_ in options:
        found[branch if several else ""].append((id_, name))
    return {branch: tuple(found[branch]) for branch in sorted(found)}
