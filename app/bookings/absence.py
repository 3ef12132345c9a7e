"""When a teacher is away: blocking and freeing times."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.audit import service as audit
from app.bookings import claims
from app.bookings.models import Booking, Claim, Unavailability
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError, found
from app.core.ticks import ticks
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.rounds.models import Evening, Round


class BlockingClosed(DomainError):
    """Teachers cannot block times of this round, or no longer."""


@retry_deadlock
def block(
    actor: Actor,
    teacher_id: int,
    evening_id: int,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
) -> tuple[int, tuple[int, ...]]:
    """Block a teacher's time (UTC); return the absence's id and the bookings that stand in it.

    Talks in the range are not touched: who blocks is told of them. Raises NotFoundError
    for another teacher's time, BlockingClosed when the round does not allow it.
    """
    with transaction():
        _refuse(actor, teacher_id, evening_id, now)
        claims.bump_teachers({teacher_id})
        absence = Unavailability(
            teacher_id=teacher_id,
            evening_id=evening_id,
            starts_at=starts_at,
            ends_at=ends_at,
            by_office=actor.is_office,
            created_by_id=actor.person_id,
        )
        db.session.add(absence)
        db.session.flush()
        wanted = ticks(starts_at, ends_at)
        claims.take_absence(teacher_id, wanted, absence.id)
        _record(actor, "absence.blocked", absence, now)
        return absence.id, _talks_in(teacher_id, wanted)


@retry_deadlock
def unblock(actor: Actor, absence_id: int, *, now: datetime) -> None:
    """Take an absence away; times that another one covers stay blocked.

    Raises NotFoundError and BlockingClosed as ``block`` does; a teacher cannot take
    away what the office decided.
    """
    with transaction():
        absence = found(db.session.get(Unavailability, absence_id))
        _refuse(actor, absence.teacher_id, absence.evening_id, now)
        if absence.by_office and not actor.is_office:
            raise BlockingClosed(_("The school blocked this time. Please ask the office."))
        claims.bump_teachers({absence.teacher_id})
        db.session.execute(delete(Claim).where(Claim.unavailability_id == absence_id))
        db.session.delete(absence)
        db.session.flush()
        restore([absence.teacher_id], absence.starts_at, absence.ends_at)
        _record(actor, "absence.freed", absence, now)


def restore(teacher_ids: Iterable[int], starts_at: datetime, ends_at: datetime) -> None:
    """Let absences claim what a talk, or another absence, gave back of teachers' time."""
    remaining = db.session.scalars(
        select(Unavailability)
        .where(
            Unavailability.teacher_id.in_(teacher_ids),
            Unavailability.starts_at < ends_at,
            Unavailability.ends_at > starts_at,
        )
        .order_by(Unavailability.teacher_id, Unavailability.id)
    )
    for absence in remaining:
        wanted = ticks(absence.starts_at, absence.ends_at)
        claims.take_absence(absence.teacher_id, wanted, absence.id)


def _refuse(actor: Actor, teacher_id: int, evening_id: int, now: datetime) -> None:
    round_ = found(
        db.session.scalar(
            select(Round)
            .join(Evening, Evening.round_id == Round.id)
            .where(Evening.id == evening_id)
        )
    )
    if actor.is_office:
        return
    if actor.teacher_id != teacher_id:
        raise NotFoundError
    until = round_.teachers_block_until
    if not round_.teachers_may_block or (until is not None and now >= until):
        raise BlockingClosed(_("You cannot block times of this round. Please ask the office."))


def _talks_in(teacher_id: int, wanted: range) -> tuple[int, ...]:
    return tuple(
        db.session.scalars(
            select(Booking.id)
            .join(Claim, Claim.booking_id == Booking.id)
            .where(
                Claim.kind == "teach",
                Claim.resource_id == teacher_id,
                Claim.tick.in_(wanted),
            )
            .distinct()
            .order_by(Booking.id)
        )
    )


def _record(actor: Actor, action: str, absence: Unavailability, now: datetime) -> None:
    audit.record(
        actor,
        action,
        now=now,
        teacher_id=absence.teacher_id,
        evening_id=absence.evening_id,
        starts_at=absence.starts_at.isoformat(),
        ends_at=absence.ends_at.isoformat(),
    )
