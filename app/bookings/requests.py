"""Requests beside bookings: both count towards the maximum, and a booking fulfils a request."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, select, update

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import policy
from app.bookings.models import Booking, BookingRequest
from app.core import compiled
from app.core.access import Actor
from app.extensions import db
from app.rounds.info import RoundInfo
from app.school.models import HouseholdGuardian
from app.school.queries import Child


def is_open() -> ColumnElement[bool]:
    """Return the condition that a request waits for a time."""
    return BookingRequest.withdrawn_at.is_(None) & BookingRequest.booking_id.is_(None)


def slots_of(offered: int, *, is_long: bool) -> int:
    """Return how many slots a talk takes that is asked for: an extra-long one twice the offer's."""
    return 2 * offered if is_long else offered


def of_family(round_: RoundInfo, child: Child, household_id: int | None) -> Mapping[str, int]:
    """Return ``load_open`` of a child; a round that takes no requests is not asked for any."""
    if not round_.takes_requests:
        return {}
    return load_open(round_.id, child.student_id, household_id)


def load_open(round_id: int, student_id: int, household_id: int | None) -> Mapping[str, int]:
    """Return the ids of a child's open requests by teacher key; nothing of guardians apart."""
    rows = db.session.execute(
        select(BookingRequest.teacher_key, BookingRequest.id).where(
            BookingRequest.round_id == round_id,
            BookingRequest.student_id == student_id,
            BookingRequest.household_id.is_not_distinct_from(household_id),
            is_open(),
        )
    )
    return {key: id_ for key, id_ in rows}  # noqa: C416  (mypy knows rows this way)


def load_waiting(ids: Collection[int]) -> Sequence[BookingRequest]:
    """Return those of these requests, by id, that wait for a time; the dearest of a family first."""
    return db.session.scalars(
        select(BookingRequest)
        .where(BookingRequest.id.in_(ids), is_open())
        .order_by(BookingRequest.position, BookingRequest.id)
    ).all()


def has_open(round_: RoundInfo) -> bool:
    """Return whether any family waits for a time in a round."""
    waiting = select(BookingRequest.id).where(BookingRequest.round_id == round_.id, is_open())
    return round_.takes_requests and db.session.scalar(waiting.limit(1)) is not None


def count_open(student_ids: Collection[int], guardian_id: int) -> int:
    """Return how many talks about these students the households of a guardian ask for."""
    theirs = select(HouseholdGuardian.household_id).where(
        HouseholdGuardian.guardian_id == guardian_id
    )
    return (
        db.session.scalar(
            select(func.count()).where(
                BookingRequest.student_id.in_(student_ids),
                BookingRequest.household_id.in_(theirs),
                is_open(),
            )
        )
        or 0
    )


def fulfil(placed: Mapping[int, int], *, now: datetime) -> None:
    """Note that requests, by id, have got these bookings; what was written for the teacher goes along."""
    for request_id, booking_id in placed.items():
        remark = select(BookingRequest.remark).where(BookingRequest.id == request_id)
        db.session.execute(
            update(Booking)
            .where(Booking.id == booking_id, Booking.remark == "")
            .values(remark=remark.scalar_subquery())
        )
        db.session.execute(
            update(BookingRequest)
            .where(BookingRequest.id == request_id)
            .values(booking_id=booking_id, changed_at=now)
        )


def let_go(booking_ids: Collection[int], *, reopen: bool, now: datetime) -> None:
    """Part requests from bookings that end: they wait again, or are withdrawn with them."""
    compiled.execute(
        _LET_GO, booking_ids=booking_ids, now=now, withdrawn_at=None if reopen else now
    )


def withdraw_for(actor: Actor, booking: Booking, *, now: datetime) -> None:
    """Withdraw the open request of a talk's family for its teachers, if there is one."""
    asked = load_open(booking.round_id, booking.student_id, booking.household_id)
    if booking.teacher_key not in asked:
        return
    row = db.session.get_one(BookingRequest, asked[booking.teacher_key])
    row.withdrawn_at = row.changed_at = now
    audit.record(
        actor,
        Action.REQUEST_WITHDRAWN,
        now=now,
        role=policy.acting_role(actor),
        round_id=row.round_id,
        student_id=row.student_id,
        household_id=row.household_id,
        offer_id=row.offer_id,
    )


def next_position(ids: Collection[int]) -> int:
    """Return the position after these requests, by id: there may be gaps."""
    last = select(func.max(BookingRequest.position)).where(BookingRequest.id.in_(ids))
    position = db.session.scalar(last)
    return 0 if position is None else position + 1


_LET_GO = (
    update(BookingRequest)
    .where(BookingRequest.booking_id.in_(bindparam("booking_ids", expanding=True)))
    .values(booking_id=None, withdrawn_at=bindparam("withdrawn_at"), changed_at=bindparam("now"))
)
