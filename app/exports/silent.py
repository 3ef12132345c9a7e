"""Students of whom nobody has said anything in a round, with whom to call."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.extensions import db
from app.requests.silent import is_silent
from app.school.models import Guardian, Guardianship, HomeClass, Person, Student
from app.school.reading import NAME, STUDENTS


@dataclass(frozen=True)
class SilentStudent:
    """A student, and the guardians. No mail addresses: not all of the office may see these."""

    class_name: str
    number: str
    name: str
    guardians: tuple[str, ...]


def silent_students(round_id: int) -> Sequence[SilentStudent]:
    """Return the silent students of a round, by class and name."""
    students = db.session.execute(
        STUDENTS.add_columns(Student.number)
        .where(is_silent(round_id))
        .order_by(HomeClass.name, HomeClass.id, Person.sort_key, Student.id)
    ).all()
    guardians: defaultdict[int, list[str]] = defaultdict(list)
    for student_id, name in db.session.execute(
        select(Guardianship.student_id, NAME)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .where(
            Guardianship.student_id.in_([row.id for row in students]),
            Guardianship.ended_at.is_(None),
            Guardian.ended_on.is_(None),
        )
        .order_by(Person.sort_key, Guardian.id)
    ):
        guardians[student_id].append(name.full)
    return [
        SilentStudent(
            row.class_name or "",
            row.number,
            row.name.full,
            tuple(guardians[row.id]),
        )
        for row in students
    ]
