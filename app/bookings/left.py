"""Teachers and students who left the school, and their talks that are still to come.

An import that no longer has somebody ends the role, and leaves the talks to the office, which
moves each, gives it to a colleague, calls it off or cancels it. Until then the pages show them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from app.bookings.models import Booking
from app.extensions import db
from app.rounds.models import OfferTeacher
from app.school.models import Person, Student, Teacher
from app.school.reading import NAME


class LeftRole(StrEnum):
    """What somebody was at the school."""

    TEACHER = "teacher"
    STUDENT = "student"


@dataclass(frozen=True)
class LeftPerson:
    """Somebody who left with talks to come."""

    role: LeftRole
    id: int  # of the teacher or the student
    name: str
    talks: int
    first: datetime  # when the first of them begins, in UTC


def left_with_talks(now: datetime) -> tuple[LeftPerson, ...]:
    """Return the teachers and students who left with talks to come, by their first talk."""
    rows = (
        select(Person.id, NAME, func.count(Booking.id), func.min(Booking.starts_at))
        .where(is_to_come(now))
        .group_by(Person.id)
    )
    teachers = (
        rows.add_columns(Teacher.id)
        .join(Teacher, Teacher.person_id == Person.id)
        .join(OfferTeacher, OfferTeacher.teacher_id == Teacher.id)
        .join(Booking, Booking.offer_id == OfferTeacher.offer_id)
        .where(Teacher.ended_on.is_not(None))
        .group_by(Teacher.id)
    )
    students = (
        rows.add_columns(Student.id)
        .join(Student, Student.person_id == Person.id)
        .join(Booking, Booking.student_id == Student.id)
        .where(Student.ended_on.is_not(None))
        .group_by(Student.id)
    )
    people = [*_people(LeftRole.TEACHER, teachers), *_people(LeftRole.STUDENT, students)]
    return tuple(sorted(people, key=lambda it: (it.first, it.name, it.id)))


def _people(role: LeftRole, rows: Select[*tuple[Any, ...]]) -> Iterator[LeftPerson]:
    for _person_id, name, talks, first, role_id in db.session.execute(rows):
        yield LeftPerson(role, role_id, name.full, talks, first)


def is_to_come(now: datetime) -> ColumnElement[bool]:
    """Return the condition for talks that are live and have not begun."""
    return and_(Booking.cancelled_at.is_(None), Booking.starts_at > now)


def talks_with(teacher_id: int, evening_ids: Collection[int], now: datetime) -> tuple[int, ...]:
    """Return the ids of a teacher's talks to come on these evenings."""
    return tuple(
        db.session.scalars(
            select(Booking.id)
            .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
            .where(
                OfferTeacher.teacher_id == teacher_id,
                Booking.evening_id.in_(evening_ids),
                is_to_come(now),
            )
            .order_by(Booking.id)
        )
    )


def teaches_to_come(now: datetime) -> ColumnElement[bool]:
    """Return the condition for teachers with a talk to come."""
    return exists().where(
        OfferTeacher.teacher_id == Teacher.id,
        Booking.offer_id == OfferTeacher.offer_id,
        is_to_come(now),
    )


def is_here_or_comes(role: type[Student] | type[Teacher], now: datetime) -> ColumnElement[bool]:
    """Return the condition for those who are at the school, or left with a talk to come."""
    comes = (
        teaches_to_come(now)
        if role is Teacher
        else exists().where(Booking.student_id == Student.id, is_to_come(now))
    )
    return or_(role.ended_on.is_(None), comes)


def has_left_teacher() -> ColumnElement[bool]:
    """Return the condition for bookings of which a teacher has left."""
    return (
        exists()
        .where(
            OfferTeacher.offer_id == Booking.offer_id,
            Teacher.id == OfferTeacher.teacher_id,
            Teacher.ended_on.is_not(None),
        )
        .correlate(Booking)
    )
