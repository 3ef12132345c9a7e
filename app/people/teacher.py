"""The office's page of one teacher: the rounds, and the number of talks in each."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from app.bookings.models import Booking
from app.core.errors import found
from app.core.statements import counts
from app.extensions import db
from app.rounds.models import Offer, OfferTeacher
from app.rounds.phases import Phase
from app.rounds.queries import RoundInfo, list_rounds
from app.school.models import Guardian, Person, Teacher
from app.school.reading import NAME


@dataclass(frozen=True)
class TeacherRound:
    """A round in which the teacher sits."""

    round: RoundInfo
    phase: Phase
    talks: int
    students: int  # who may book this teacher


@dataclass(frozen=True)
class TeacherPage:
    """A teacher; ``guardian_id`` is set if the same person has children at the school."""

    id: int
    person_id: int
    name: str
    code: str
    ended_on: date | None
    guardian_id: int | None
    rounds: tuple[TeacherRound, ...]


def load_teacher(teacher_id: int, *, now: datetime) -> TeacherPage:
    """Return one teacher, even one who has left. Raises NotFoundError."""
    id_, person_id, name, code, ended_on, guardian_id = found(
        db.session.execute(
            select(
                Teacher.id,
                Teacher.person_id,
                NAME,
                Teacher.code,
                Teacher.ended_on,
                Guardian.id,
            )
            .join(Person, Person.id == Teacher.person_id)
            .outerjoin(Guardian, Guardian.person_id == Person.id)
            .where(Teacher.id == teacher_id)
        ).one_or_none()
    )
    students = counts(
        select(Offer.round_id, func.count(Offer.student_id.distinct()))
        .join(OfferTeacher, OfferTeacher.offer_id == Offer.id)
        .where(OfferTeacher.teacher_id == teacher_id, Offer.offered)
        .group_by(Offer.round_id)
    )
    talks = counts(
        select(Booking.round_id, func.count())
        .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
        .where(OfferTeacher.teacher_id == teacher_id, Booking.cancelled_at.is_(None))
        .group_by(Booking.round_id)
    )
    rounds = tuple(
        TeacherRound(round_, round_.phase(now), talks.get(round_.id, 0), students.get(round_.id, 0))
        for round_ in list_rounds()
        if round_.id in students or round_.id in talks
    )
    return TeacherPage(id_, person_id, name.full, code, ended_on, guardian_id, rounds)
