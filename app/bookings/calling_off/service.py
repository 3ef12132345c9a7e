"""The school takes talks away: a teacher is absent, or the round changes. Families answer."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from app.audit import service as audit
from app.bookings import absences, attendees, claims, policy
from app.bookings.guards import lock_talk, own_booking
from app.bookings.models import Booking
from app.core.access import Actor, Role
from app.core.errors import NotFoundError, found
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.outbox import service as outbox
from app.rounds.queries import load_round

Cause = Literal["absent", "changed", "left"]
"""The teacher is not there, the round changed, or the teacher no longer works at the school."""


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
        claims.release_bookings({talk.id for talk in talks})
        by_evening = defaultdict(list)
        for talk in talks:
            by_evening[talk.evening_id].append(talk)
        for of_evening in by_evening.values():
            absences.restore(
                teachers,
                min(talk.starts_at for talk in of_evening),
                max(talk.ends_at for talk in of_evening),
            )
        for talk in talks:
            talk.cancelled_at = talk.changed_at = now
            talk.sequence += 1
            if talk.published_at is not None:
                talk.called_off = cause
                outbox.enqueue("bookings.called_off", {"booking_id": talk.id}, now=now)
            _record(
                actor,
                policy.office_role(actor),
                "booking.called_off",
                talk,
                now,
                cause=cause,
                reason=reason.strip(),
            )
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
            _record(actor, policy.acting_role(actor), "booking.answered", booking, now)


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
            _record(
                actor,
                policy.office_role(actor),
                "called_off.finished",
                booking,
                now,
                note=note.strip(),
            )


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


def _record(
    actor: Actor, role: Role, action: str, booking: Booking, now: datetime, **details: str
) -> None:
    audit.record(
        actor,
        action,
        now=now,
        role=role,
        round_id=booking.round_id,
        student_id=booking.student_id,
        household_id=booking.household_id,
        offer_id=booking.offer_id,
        booking_id=booking.id,
        starts_at=booking.starts_at.isoformat(),
        **details,
    )
