"""What the school's administration leaves open: people without an address, a parent or a class."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Exists, exists, or_, select

from app.extensions import db
from app.school.age import is_open_by_rule
from app.school.models import Guardian, Guardianship, Person, Student
from app.school.reading import NAME, STUDENTS


@dataclass(frozen=True)
class GuardianGap:
    """A guardian about whom something is missing."""

    guardian_id: int
    name: str


@dataclass(frozen=True)
class StudentGap:
    """A student about whom something is missing.

    ``only_closed``: there are guardians, but the student is closed to each of them.
    """

    student_id: int
    name: str
    class_name: str
    number: str
    only_closed: bool = False


_STUDENTS = (
    STUDENTS.add_columns(Student.number)
    .where(Student.ended_on.is_(None))
    .order_by(Person.sort_key, Student.id)
)


def has_no_address() -> ColumnElement[bool]:
    """Return the condition for people whom no mail reaches."""
    return Person.email_key == ""


def has_no_guardian() -> ColumnElement[bool]:
    """Return the condition for students for whom nobody comes, see ``students_without_guardian``."""
    return ~_linked().where(or_(is_open_by_rule(), Guardianship.opened_of_age))


def _linked() -> Exists:
    return exists().where(Guardianship.student_id == Student.id, Guardianship.ended_at.is_(None))


def guardians_without_address() -> tuple[GuardianGap, ...]:
    """Return the guardians whom no mail reaches, by name."""
    rows = db.session.execute(
        select(Guardian.id, NAME)
        .join(Person, Person.id == Guardian.person_id)
        .where(Guardian.ended_on.is_(None), has_no_address())
        .order_by(Person.sort_key, Guardian.id)
    )
    return tuple(GuardianGap(id_, name.full) for id_, name in rows)


def students_without_guardian() -> tuple[StudentGap, ...]:
    """Return the students for whom nobody comes, by name.

    That a student of 18 has not said yes is no gap, so age does not count here.
    """
    rows = db.session.execute(
        _STUDENTS.add_columns(_linked().label("only_closed")).where(has_no_guardian())
    )
    return tuple(
        StudentGap(id_, name.full, class_name or "", number, bool(only_closed))
        for id_, name, class_name, number, only_closed in rows
    )


def students_without_class() -> tuple[StudentGap, ...]:
    """Return the students in no home class, by name."""
    rows = db.session.execute(_STUDENTS.where(Student.home_class_id.is_(None)))
    return tuple(
        StudentGap(id_, name.full, class_name or "", number)
        for id_, name, class_name, number in rows
    )
