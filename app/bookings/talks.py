"""A family's own talks, as its pages and mails show them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.bookings.cells import Talk
from app.bookings.facts import join_names
from app.bookings.models import Booking
from app.core.errors import found
from app.extensions import db
from app.rounds.models import EveningRoom, Offer, OfferTeacher, OpenTo, Round
from app.rounds.phases import accepts_bookings, accepts_cancelling
from app.school.models import Person, Room, Subject, Teacher
from app.school.names import formal_name
from app.school.queries import Child, children_named


def shared_by(
    student_id: InstrumentedAttribute[Any],
    household_id: InstrumentedAttribute[Any],
    round_id: InstrumentedAttribute[Any],
) -> ColumnElement[bool]:
    """Return the condition for rows about own children that the own household shares.

    The one place where it is said what separated guardians do not see of each other, and
    a student not of a round that is for guardians. Its parameters come from ``scope_of``.
    """
    return and_(
        round_id.in_(
            select(Round.id).where(Round.open_to.in_(bindparam("open_to", expanding=True)))
        ),
        student_id.in_(bindparam("own_children", expanding=True)),
        or_(
            household_id.is_(None),
            household_id.in_(bindparam("own_households", expanding=True)),
        ),
    )


def scope_of(children: Collection[Child]) -> dict[str, list[Any]]:
    """Return the parameters of ``shared_by``; each child comes with the actor's own household."""
    of_students = [OpenTo.STUDENTS, OpenTo.BOTH]
    return {
        "open_to": of_students if any(child.is_self for child in children) else list(OpenTo),
        "own_children": [child.student_id for child in children],
        "own_households": [c.household_id for c in children if c.household_id is not None],
    }


_TALKS = (
    select(Booking, Round)
    .join(Round, Round.id == Booking.round_id)
    .order_by(Booking.starts_at, Booking.id)
)
_OWN = _TALKS.where(
    shared_by(Booking.student_id, Booking.household_id, Booking.round_id),
    Booking.published_at.is_not(None),
)
_LIVE = _OWN.where(Booking.cancelled_at.is_(None))


def own_talks(children: Collection[Child], *, now: datetime) -> tuple[Talk, ...]:
    """Return the live talks about these children that their household shares, by time."""
    return _load(_LIVE, scope_of(children), children, now)


def own_talk(children: Collection[Child], booking_id: int, *, now: datetime) -> Talk:
    """Return one live talk of the own family. Raises NotFoundError for any other."""
    one = _LIVE.where(Booking.id == booking_id)
    return found(next(iter(_load(one, scope_of(children), children, now)), None))


def talks_of_ids(
    booking_ids: Iterable[int], children: Collection[Child], *, now: datetime
) -> tuple[Talk, ...]:
    """Return own talks by id, cancelled ones too: what a message tells of."""
    chosen = _OWN.where(Booking.id.in_(list(booking_ids)))
    return _load(chosen, scope_of(children), children, now)


def talks_for_mail(booking_ids: Collection[int], *, now: datetime) -> tuple[Talk, ...]:
    """Return talks by id, for the mail to the household that has them."""
    chosen = Booking.id.in_(booking_ids)
    student_ids = db.session.scalars(select(Booking.student_id).where(chosen)).all()
    return _load(_TALKS.where(chosen), {}, children_named(student_ids), now)


@dataclass(frozen=True)
class _Teaching:
    """Who sits at a talk, and what about."""

    names: tuple[str, ...]
    room: str
    subjects: tuple[str, ...]


def _load(
    statement: Select[Booking, Round],
    parameters: Mapping[str, list[Any]],
    children: Collection[Child],
    now: datetime,
) -> tuple[Talk, ...]:
    by_student = {child.student_id: child for child in children}
    rows = db.session.execute(statement, parameters).all()
    teaching = _teaching([booking.id for booking, _round in rows])
    return tuple(
        Talk(
            booking_id=booking.id,
            round_id=booking.round_id,
            round_name=round_.name,
            evening_id=booking.evening_id,
            child=by_student[booking.student_id],
            teacher_key=booking.teacher_key,
            teacher=join_names(teaching[booking.id].names),
            subjects=", ".join(teaching[booking.id].subjects),
            room=teaching[booking.id].room,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            remark=_remark(booking, by_student[booking.student_id]),
            online=booking.modality == "online",
            may_move=_stands(booking, now) and accepts_bookings(round_, now),
            may_cancel=_stands(booking, now) and accepts_cancelling(round_, now),
        )
        for booking, round_ in rows
    )


def _remark(booking: Booking, child: Child) -> str:
    """Return the remark; what a student wrote with a talk of one's own is for the teacher alone."""
    return "" if booking.household_id is None and not child.is_self else booking.remark


def _stands(booking: Booking, now: datetime) -> bool:
    return booking.cancelled_at is None and now < booking.starts_at


_SAME = aliased(Offer)  # the offers with the same teachers: their subjects are named together
_TEACHING = (
    select(
        Booking.id,
        Person.id,
        Person.salutation,
        Person.given_name,
        Person.prefix,
        Person.family_name,
        Room.name,
        Subject.name,
    )
    .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
    .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
    .join(Person, Person.id == Teacher.person_id)
    .join(
        _SAME,
        and_(
            _SAME.round_id == Booking.round_id,
            _SAME.student_id == Booking.student_id,
            _SAME.teacher_key == Booking.teacher_key,
        ),
    )
    .outerjoin(Subject, Subject.code == _SAME.subject_code)
    .outerjoin(
        EveningRoom,
        and_(
            EveningRoom.evening_id == Booking.evening_id,
            EveningRoom.teacher_id == OfferTeacher.teacher_id,
        ),
    )
    .outerjoin(Room, Room.id == EveningRoom.room_id)
    .where(Booking.id.in_(bindparam("booking_ids", expanding=True)))
    .order_by(Booking.id, OfferTeacher.position, _SAME.id)
)


def _teaching(booking_ids: Collection[int]) -> Mapping[int, _Teaching]:
    if not booking_ids:
        return {}
    rows = db.session.execute(_TEACHING, {"booking_ids": list(booking_ids)}).all()
    by_booking = defaultdict(list)
    for row in rows:
        by_booking[row[0]].append(row)
    return {
        booking_id: _Teaching(
            names=tuple({row[1]: formal_name(*row[2:6]) for row in of_booking}.values()),
            room=next((row[6] for row in of_booking if row[6]), ""),
            subjects=tuple(dict.fromkeys(row[7] for row in of_booking if row[7])),
        )
        for booking_id, of_booking in by_booking.items()
    }
