"""Students of whom nobody has said anything in a round, with whom to call."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.extensions import db
from app.requests.silent import is_silent
from app.school.models import HomeClass, Person, Student
from app.school.reading import STUDENTS, Contact, contacts_of


@dataclass(frozen=True)
class SilentStudent:
    """A student, and the guardians, whom the office may call.

    No mail addresses: not all of the office may see these.
    """

    class_name: str
    number: str
    name: str
    guardians: tuple[Contact, ...]


def silent_students(round_id: int) -> Sequence[SilentStudent]:
    """Return the silent students of a round, by class and name."""
    students = db.session.execute(
        STUDENTS.add_columns(Student.number)
        .where(is_silent(round_id))
        .order_by(HomeClass.name, HomeClass.id, Person.sort_key, Student.id)
    ).all()
    guardians = contacts_of([row.id for row in students])
    return [
        SilentStudent(
            row.class_name or "",
            row.number,
            row.name.full,
            tuple(guardians.get(row.id, ())),
        )
        for row in students
    ]
