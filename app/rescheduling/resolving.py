"""Move and switch the talks of which the office decided that, when a round changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings import changes
from app.bookings.changes import ChangedBy, Move
from app.bookings.claims import Wanted
from app.bookings.models import Booking, ClaimKind
from app.core.access import Actor
from app.core.errors import DomainError
from app.core.i18n import moment_text
from app.extensions import db
from app.rescheduling.conflicts import Conflict
from app.rescheduling.rooms import room_ids
from app.rounds.models import Evening


class NotFree(DomainError):
    """A talk cannot move, or be at school, because another talk was chosen to stay there."""


def move(actor: Actor, conflicts: Sequence[Conflict], now: datetime) -> None:
    """Move talks to the proposed times. Raises NotFree if another talk stays there."""
    if not conflicts:
        return
    evenings, ids = _evening_ids(conflicts), room_ids()
    bookings = _bookings(conflicts)
    moves = {
        it.talk.booking_id: Move(
            bookings[it.talk.booking_id],
            evenings[it.talk.booking_id],
            _wanted(it, ids),
            it.modality,
        )
        for it in conflicts
    }
    lost = changes.move(ChangedBy.office(actor), list(moves.values()), now=now)
    if lost:
        first = next(it for it in conflicts if it.talk.booking_id in lost)
        raise NotFree(
            _(
                "%(student)s cannot move to %(moment)s: another talk stays there. Choose again.",
                student=first.talk.student,
                moment=moment_text(moves[first.talk.booking_id].wanted.starts_at),
            )
        )


def switch(actor: Actor, conflicts: Sequence[Conflict], now: datetime) -> None:
    """Hold talks as the round offers now. Raises NotFree if another talk has the room."""
    bookings = _bookings(conflicts)
    for to in {it.modality for it in conflicts if it.modality}:
        lost = changes.switch(ChangedBy.office(actor), list(bookings.values()), to, now=now)
        if lost:
            first = next(it for it in conflicts if it.talk.booking_id in lost)
            raise NotFree(
                _(
                    "%(student)s cannot be at school at %(moment)s: another talk has the room. "
                    "Choose again.",
                    student=first.talk.student,
                    moment=moment_text(first.talk.starts_at),
                )
            )


def _bookings(conflicts: Sequence[Conflict]) -> Mapping[int, Booking]:
    ids = [it.talk.booking_id for it in conflicts]
    rows = db.session.scalars(select(Booking).where(Booking.id.in_(ids)).order_by(Booking.id))
    return {booking.id: booking for booking in rows}


def _wanted(conflict: Conflict, rooms: Mapping[str, int]) -> Wanted:
    free = conflict.free_time
    if free is None:
        raise ValueError("a talk without a free time cannot move")
    return Wanted(
        free.starts_at,
        free.ends_at,
        tuple(sorted(conflict.talk.ids(ClaimKind.TEACH))),
        conflict.talk.ids(ClaimKind.PERSON),
        rooms[free.room.name] if free.room else None,  # by name: the room may be new
    )


def _evening_ids(conflicts: Sequence[Conflict]) -> Mapping[int, int]:
    """Return the evening id to which each talk moves, by booking id."""
    rows = db.session.execute(
        select(Booking.id, Evening.day, Evening.id)
        .join(Evening, Evening.round_id == Booking.round_id)
        .where(Booking.id.in_([it.talk.booking_id for it in conflicts]))
    ).all()
    ids = {(booking_id, day): evening_id for booking_id, day, evening_id in rows}
    return {
        it.talk.booking_id: ids[it.talk.booking_id, it.free_time.day]
        for it in conflicts
        if it.free_time
    }
