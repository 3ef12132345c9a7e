"""Queries for the matrix of an evening and the figures above it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.bookings.calling_off.queries import is_unanswered
from app.bookings.models import Booking, Claim, ClaimKind
from app.core.errors import NotFoundError, found
from app.core.ticks import ticks
from app.evenings.filters import (
    Filter,
    FilterChoices,
    load_choices,
    student_matches,
)
from app.evenings.matrix import Facts, Matrix, MatrixState, MatrixTalk, TeacherName, build
from app.evenings.teachers import teachers_of
from app.extensions import db
from app.requests.silent import is_silent
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import teacher_ids_of
from app.rounds.phases import Phase
from app.rounds.places import place_text
from app.rounds.queries import evenings_of, load_round
from app.school.branches import CLASS_NAME
from app.school.models import Guardian, HomeClass, Person, Student, Teacher
from app.school.reading import NAME

POLL_SECONDS = 15
STATES = ("free", "full", "quiet", "blocked")
"""Filters on teachers: with free times, with none, without talks, with blocked times."""


@dataclass(frozen=True)
class Figures:
    """The figures above the matrix, for the evening and for the round."""

    booked: int
    free: int
    full: int
    silent: int  # students of the round who can book a talk but have none
    unanswered: int  # called-off talks that wait for the family's answer


@dataclass(frozen=True)
class EveningPage:
    """One evening of a round, with the chosen filters."""

    round: RoundInfo
    phase: Phase
    evening: EveningInfo
    evenings: tuple[EveningInfo, ...]
    chosen: Filter
    choices: FilterChoices
    matrix: Matrix
    figures: Figures
    marker: str
    poll_seconds: int
    now: datetime


def load_evening(round_id: int, chosen: Filter, *, now: datetime) -> EveningPage:
    """Return an evening of a round: the chosen one, else the next one, else the last.

    Raises NotFoundError for another round's evening, and for a round without evenings.
    """
    round_ = load_round(round_id)
    evenings = evenings_of(round_)
    evening = evening_of(evenings, chosen.evening, now=now)
    # Read first, so that the marker is never newer than the matrix.
    marker = _marker(round_)
    wanted = _students(chosen) if chosen.family else None
    talks = _talks(evening.id)
    sit = {teacher_id for talk in talks for teacher_id in talk.teacher_ids}
    teachers = [it for it in teachers_of(round_id, chosen) if it.offered or it.id in sit]
    if wanted is not None:
        with_them = {t for talk in talks if talk.student_id in wanted for t in talk.teacher_ids}
        teachers = [teacher for teacher in teachers if teacher.id in with_them]
    facts = Facts(talks, *_busy(evening, teachers))
    matrix = _in_state(
        build(
            teachers,
            evening,
            facts,
            now=now,
            wanted=wanted or frozenset(),
            at_school=round_.at_school,
        ),
        chosen.state,
    )
    return EveningPage(
        round=round_,
        phase=round_.phase(now),
        evening=evening,
        evenings=evenings,
        chosen=chosen,
        choices=load_choices(round_id),
        matrix=matrix,
        figures=Figures(
            booked=len(matrix.booking_ids),
            free=matrix.fill.free,
            full=matrix.full,
            silent=_silent(round_id, chosen),
            unanswered=_unanswered(round_id),
        ),
        marker=marker,
        poll_seconds=POLL_SECONDS,
        now=now,
    )


def evening_marker(round_id: int) -> str:
    """Return a marker that changes whenever one of the evenings changes. Raises NotFoundError."""
    return _marker(load_round(round_id))


def evening_of(
    evenings: Sequence[EveningInfo], evening_id: int | None, *, now: datetime
) -> EveningInfo:
    """Return the evening with this id, or the default one. Raises NotFoundError."""
    if evening_id is not None:
        return found(next((e for e in evenings if e.id == evening_id), None))
    if not evenings:
        raise NotFoundError
    return next((e for e in evenings if e.ends_at > now), evenings[-1])


def _in_state(matrix: Matrix, state: str) -> Matrix:
    if state not in STATES:
        return matrix
    lines = tuple(
        line
        for line in matrix.lines
        if (state == "free" and line.fill.free)
        or (state == "full" and line.is_full)
        or (state == "quiet" and not line.fill.talks)
        or (state == "blocked" and any(c.state is MatrixState.BLOCKED for c in line.cells))
    )
    return matrix.only(lines)


def _talks(evening_id: int) -> tuple[MatrixTalk, ...]:
    rows = db.session.execute(
        select(
            Booking.id,
            Booking.student_id,
            Booking.teacher_key,
            Booking.starts_at,
            Booking.ends_at,
            Booking.modality,
            NAME,
            CLASS_NAME,
            Student.ended_on.is_not(None).label("left"),
        )
        .join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .where(Booking.evening_id == evening_id, Booking.cancelled_at.is_(None))
        .order_by(Booking.starts_at, Booking.id)
    )
    return tuple(
        MatrixTalk(
            booking_id=row.id,
            student_id=row.student_id,
            student=row.name.full,
            class_name=row.class_name or "",
            teacher_ids=teacher_ids_of(row.teacher_key),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            left=row.left,
            place=place_text(row.modality, ""),
        )
        for row in rows
    )


def _students(chosen: Filter) -> frozenset[int]:
    return frozenset(db.session.scalars(select(Student.id).where(*student_matches(chosen))))


def _busy(
    evening: EveningInfo, teachers: Collection[TeacherName]
) -> tuple[Mapping[int, set[int]], Mapping[int, set[int]]]:
    """Return the ticks at which teachers are away, and those at which they sit elsewhere."""
    absent: dict[int, set[int]] = defaultdict(set)
    elsewhere: dict[int, set[int]] = defaultdict(set)
    if not evening.slots:
        return absent, elsewhere
    wanted = ticks(evening.slots[0].starts_at, evening.slots[-1].ends_at)
    during = Claim.tick.between(wanted.start, wanted.stop - 1)
    here = select(Booking.id).where(Booking.evening_id == evening.id)
    not_here = or_(Claim.booking_id.is_(None), Claim.booking_id.not_in(here))
    taught = and_(Claim.kind == ClaimKind.TEACH, Claim.resource_id == Teacher.id)
    for teacher_id, tick, booking_id in db.session.execute(
        _claims(taught, teachers).where(during, not_here)
    ):
        (absent if booking_id is None else elsewhere)[teacher_id].add(tick)
    # As a parent, at whatever talk; own talks as a teacher are cells of their own.
    sits = and_(Claim.kind == ClaimKind.PERSON, Claim.resource_id == Teacher.person_id)
    parents = Teacher.person_id.in_(select(Guardian.person_id))
    for teacher_id, tick, _booking_id in db.session.execute(
        _claims(sits, teachers).where(during, parents)
    ):
        elsewhere[teacher_id].add(tick)
    return absent, elsewhere


def _claims(
    whose: ColumnElement[bool], teachers: Collection[TeacherName]
) -> Select[int, int, int | None]:
    return (
        select(Teacher.id, Claim.tick, Claim.booking_id)
        .join(Claim, whose)
        .where(Teacher.id.in_([teacher.id for teacher in teachers]))
    )


def _silent(round_id: int, chosen: Filter) -> int:
    students = silent(round_id, chosen).subquery()
    return db.session.scalar(select(func.count()).select_from(students)) or 0


def silent(round_id: int, chosen: Filter) -> Select[int]:
    """Return a query for the students of a round for whom nobody booked, asked or said anything."""
    return select(Student.id).where(
        is_silent(round_id),
        *student_matches(chosen),
    )


def _unanswered(round_id: int) -> int:
    waiting = (Booking.round_id == round_id, is_unanswered())
    return db.session.scalar(select(func.count()).select_from(Booking).where(*waiting)) or 0


def _marker(round_: RoundInfo) -> str:
    """Join the sum of teachers' revisions, which only grows, and what revisions do not cover."""
    revisions, unanswered = db.session.execute(
        select(
            select(func.sum(Person.revision))
            .where(Person.id.in_(select(Teacher.person_id)))
            .scalar_subquery(),
            select(func.count())
            .select_from(Booking)
            .where(Booking.round_id == round_.id, is_unanswered())
            .scalar_subquery(),
        )
    ).one()
    return f"{revisions or 0}.{unanswered}.{round_.times_key}"
