"""The page of one guardian for the office."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.core.errors import found
from app.extensions import db
from app.people.student import Sibling, load_siblings
from app.school.models import Guardian, Person, Teacher
from app.school.reading import NAME


@dataclass(frozen=True)
class GuardianPage:
    """A guardian and the children it is answerable for."""

    id: int
    person_id: int
    name: str
    ended_on: date | None
    children: tuple[Sibling, ...]
    teacher_id: int | None
    same_as_id: int | None  # the guardian that this one is


def load_guardian(guardian_id: int) -> GuardianPage:
    """Return one guardian. Raises NotFoundError."""
    id_, person_id, name, ended_on, teacher_id, same_as_id = found(
        db.session.execute(
            select(
                Guardian.id,
                Guardian.person_id,
                NAME,
                Guardian.ended_on,
                Teacher.id,
                Guardian.same_as_id,
            )
            .join(Person, Person.id == Guardian.person_id)
            .outerjoin(Teacher, Teacher.person_id == Person.id)
            .where(Guardian.id == guardian_id)
        ).one_or_none()
    )
    children = load_siblings(0, [guardian_id])
    return GuardianPage(id_, person_id, name.full, ended_on, children, teacher_id, same_as_id)
