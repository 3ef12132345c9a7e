"""Call off talks when a teacher is absent or the round changes, and note families' answers."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from app.audit.actions import Action
from app.bookings import attendees, changes, claims, policy, requests
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
    """Call off those of these talks that are live and upcoming; return their ids.

    The family reads ``reason``, unless the cause says enough. The time is free again, except where
    the teacher is absent. An unpublished talk is cancelled without mail or a need to answer.
    Raises NotFoundError for anybody but the office.
    """
    if not actor.is_office:
        raise NotFoundError
    with transaction():
        teachers, people = attendees.of_claims(booking_ids)
        claims.lock_all(
            {booking.student_id for booking in _standing(booking_ids, now)}, teachers, people
        )
        talks = _standing(booking_ids, now)  # reread under the locks
        changes.cancel(ChangedBy.office(actor, reason.strip()), talks, now=now, cause=cause)
        return tuple(talk.id for talk in talks)


def answer(actor: Actor, booking_id: int, *, now: datetime) -> None:
    """Record that the family needs no replacement for a called-off talk.

    A no-op if it was answered already. Raises NotFoundError if the talk is not the actor's or was
    not called off.
    """
    with transaction():
        lock_talk(booking_id)
        booking, _child = own_booking(actor, booking_id, now)
        if not policy.may_book_in(actor, load_round(booking.round_id).open_to, now):
            raise NotFoundError
        if settle(booking, now=now):
            requests.withdraw_for(actor, booking, now=now)
            changes.record(ChangedBy.family(actor), Action.BOOKING_ANSWERED, booking, now=now)


def finish(actor: Actor, booking_id: int, *, note: str, now: datetime) -> None:
    """Mark a called-off talk as settled: the office has spoken with the family.

    Raises NotFoundError for anybody but the office, and if the talk was not called off.
    """
    if not actor.is_office:
        raise NotFoundError
    with transaction():
        booking = found(db.session.get(Booking, booking_id))
        if settle(booking, now=now):
            # Not a "booking.…" action: the family's log must not show the office's note.
            by = ChangedBy.office(actor)
            changes.record(by, Action.CALLED_OFF_FINISHED, booking, now=now, note=note.strip())


def settle(booking: Booking, *, now: datetime) -> bool:
    """Mark a called-off talk as answered; the caller opens the transaction.

    Return False if it was answered already. Raises NotFoundError if it was not called off.
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
