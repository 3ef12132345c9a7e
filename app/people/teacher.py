"""The office's page of one teacher: the rounds, and the number of talks in each."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from app.bookings.cells import Talk
from app.bookings.left import is_to_come
from app.bookings.models import Booking
from app.bookings.office import WORKING
from app.bookings.talks import talks_for_mail
from app.core.errors import found
from app.core.statements import counts
from app.extensions import db
from app.rounds.info import RoundInfo
from app.rounds.models import Offer, OfferTeacher
from app.rounds.offers import is_bookable
from app.rounds.phases import Phase
from app.rounds.queries import list_rounds
from app.school.models import Guardian, Person, Student, Teacher
from app.school.reading import NAME


@dataclass(frozen=True)
class TeacherRound:
    """A round in which the teacher sits."""

    round: RoundInfo
    phase: Phase
    talks: int
    students: int  # who may book this teacher
    left: int  # talks to come, of a teacher who left


@dataclass(frozen=True)
class LeftTalk:
    """A talk to come of a teacher who left, for the office to deal with."""

    talk: Talk
    household_id: int | None
    can_book: bool  # another teacher instead
    student_left: bool


@dataclass(frozen=True)
class TeacherPage:
    """A teacher; ``guardian_id`` is set if the same person has children at the school."""

    id: int
    person_id: int
    name: str
    code: str
    link: str
    ended_on: date | None
    guardian_id: int | None
    rounds: tuple[TeacherRound, ...]
    left: tuple[LeftTalk, ...]  # by time; empty for teachers who are here


def load_teacher(teacher_id: int, *, now: datetime) -> TeacherPage:
    """Return one teacher, even one who has left. Raises NotFoundError."""
    id_, person_id, name, code, link, ended_on, guardian_id = found(
        db.session.execute(
            select(
                Teacher.id,
                Teacher.person_id,
                NAME,
                Teacher.code,
                Teacher.link,
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
        .where(OfferTeacher.teacher_id == teacher_id, is_bookable())
        .group_by(Offer.round_id)
    )
    talks = counts(
        select(Booking.round_id, func.count())
        .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
        .where(OfferTeacher.teacher_id == teacher_id, Booking.cancelled_at.is_(None))
        .group_by(Booking.round_id)
    )
    phases = {round_: round_.phase(now) for round_ in list_rounds()}
    working = {round_.id for round_, phase in phases.items() if phase in WORKING}
    left = () if ended_on is None else _left(teacher_id, working, now)
    in_round = [line.talk.round_id for line in left]
    rounds = tuple(
        TeacherRound(
            round_,
            phase,
            talks.get(round_.id, 0),
            students.get(round_.id, 0),
            in_round.count(round_.id),
        )
        for round_, phase in phases.items()
        if round_.id in students or round_.id in talks
    )
    return TeacherPage(id_, person_id, name.full, code, link, ended_on, guardian_id, rounds, left)


def _left(teacher_id: int, working: set[int], now: datetime) -> tuple[LeftTalk, ...]:
    """Return the talks that families still expect, by time."""
    rows = {
        row.id: row
        for row in db.session.execute(
            select(Booking.id, Booking.household_id, Student.ended_on)
            .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
            .join(Student, Student.id == Booking.student_id)
            .where(
                OfferTeacher.teacher_id == teacher_id,
                Booking.published_at.is_not(None),
                is_to_come(now),
            )
        )
    }
    return tuple(
        LeftTalk(
            talk,
            rows[talk.booking_id].household_id,
            can_book=rows[talk.booking_id].ended_on is None and talk.round_id in working,
            student_left=rows[talk.booking_id].ended_on is not None,
        )
        for talk in talks_for_mail(list(rows), now=now)
    )
