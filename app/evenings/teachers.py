"""The teachers of a round, for the matrix and its forms."""

from sqlalchemy import ColumnElement, select

from app.core.errors import found
from app.evenings.filters import Filter, is_offered, teacher_matches, teaches_in
from app.evenings.matrix import TeacherName
from app.extensions import db
from app.rounds.models import Offer, OfferTeacher
from app.school.models import Person, Teacher
from app.school.reading import NAME


def teachers_of(round_id: int, chosen: Filter) -> list[TeacherName]:
    """Return the round's teachers who match the filter, by name; also those with a talk only."""
    return _teachers(round_id, teaches_in(round_id, chosen), *teacher_matches(chosen))


def teacher_of(round_id: int, teacher_id: int) -> TeacherName:
    """Return a teacher who is or was offered in a round. Raises NotFoundError."""
    was_offered = (
        select(OfferTeacher.teacher_id)
        .join(Offer, Offer.id == OfferTeacher.offer_id)
        .where(Offer.round_id == round_id)
    )
    teachers = _teachers(round_id, Teacher.id == teacher_id, Teacher.id.in_(was_offered))
    return found(next(iter(teachers), None))


def _teachers(round_id: int, *conditions: ColumnElement[bool]) -> list[TeacherName]:
    rows = db.session.execute(
        select(
            Teacher.id,
            Teacher.person_id,
            Teacher.code,
            NAME,
            Teacher.ended_on.is_not(None).label("left"),
            is_offered(round_id).label("offered"),
        )
        .join(Person, Person.id == Teacher.person_id)
        .where(*conditions)
        .order_by(Person.sort_key, Teacher.id)
    )
    return [
        TeacherName(
            id=row.id,
            person_id=row.person_id,
            name=row.name.sorted,
            formal=row.name.formal,
            code=row.code,
            left=row.left,
            offered=row.offered,
        )
        for row in rows
    ]
