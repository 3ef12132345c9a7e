"""The school takes talks away: a teacher is absent, or the round changes. Families answer."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from app.audit.actions import Action
from app.bookings import attendees, changes, claims, policy
from app.bookings.changes import ChangedBy
from app.bookings.guards import lock_talk, own_booking
from app.bookings.models import Booking, Cause
from app.core.access import Actor
from app.core.errors import NotFoundError, found
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.rounds.queries import load_round


@retry_deadlock
def call_off(
    actor: Actor, booking_ids: Collection[int], cause: Cause, *, reason: str, now: datetime
) -> tuple[int, ...]:
    """Call off what is live and to come of these talks; return their ids.

    ``reason`` is what the family reads, unless the cause says it all. Their time is free again,
    except where the teacher is away. A talk that no family has seen yet goes without a mail or
    an answer. Raises NotFoundError for anybody but the office.
    """
    if not actor.is_office:
        raise NotFoundError
    with transaction():
        teachers, people = attendees.of_claims(booking_ids)
        claims.lock_all(
            {booking.student_id for booking in _standing(booking_ids, now)}, teachers, people
        )
        talks = _standing(booking_ids, now)  # as they are now that nobody else can change them
        changes.cancel(ChangedBy.office(actor, reason.strip()), talks, now=now, cause=cause)
        return tuple(talk.id for talk in talks)


def answer(actor: Actor, booking_id: int, *, now: datetime) -> None:
    """Note that the family needs no other talk instead of one that the school called off.

    A talk that was answered already stays so. Raises NotFoundError for a talk that is not
    the actor's, or that nobody called off.
    """
    with transaction():
        lock_talk(booking_id)
        booking, _child = own_booking(actor, booking_id, now)
        if not policy.may_book_in(actor, load_round(booking.round_id).open_to):
            raise NotFoundError
        if settle(booking, now=now):
            changes.record(ChangedBy.family(actor), Action.BOOKING_ANSWERED, booking, now=now)


def finish(actor: Actor, booking_id: int, *, note: str, now: datetime) -> None:
    """Tick off a talk that was called off: the office has spoken with the family.

    Raises NotFoundError for anybody but the office, and for a talk that nobody called off.
    """
    if not actor.is_office:
        raise NotFoundError
    with transaction():
        booking = found(db.session.get(Booking, booking_id))
        if settle(booking, now=now):
            # Not "booking.…": the family's own log does not show the office's note.
            by = ChangedBy.office(actor)
            changes.record(by, Action.CALLED_OFF_FINISHED, booking, now=now, note=note.strip())


def settle(booking: Booking, *, now: datetime) -> bool:
    """Mark a talk that was called off as answered, within the transaction of the answer.

    Return False when it was already. Raises NotFoundError for a talk that nobody called off.
    """
    if not booking.called_off:
        raise NotFoundError
    if booking.answered_at is not None:
        return False
    booking.answered_at = now
    return True


def _standing(booking_ids: Collection[int], now: datetime) -> Sequence[Booking]:
    return db.session.scalars(
        select(Booking)
        .where(
            Booking.id.in_(booking_ids),
            Booking.cancelled_at.is_(None),
            Booking.starts_at > now,
        )
        .order_by(Booking.id)
        .execution_options(populate_existing=True)
    ).all()
