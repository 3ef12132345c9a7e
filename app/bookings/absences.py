"""Absences of teachers: blocking and freeing their times."""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import claims
from app.bookings.models import Claim, Unavailability
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError, found
from app.core.ticks import tick_start, ticks
from app.extensions import db
from app.rounds.info import RoundInfo
from app.rounds.models import Evening, Round, RoundState


class BlockingClosed(DomainError):
    """The round does not, or no longer, let teachers block times."""


def add(
    actor: Actor,
    teacher_id: int,
    evening_id: int,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    reason: str = "",
    whole_evening: bool = False,
) -> int:
    """Block a time; return the absence id. The caller checks permission and opens a transaction.

    What blocks a ``whole_evening`` can be taken back by ``free_evening``.
    """
    absence = Unavailability(
        teacher_id=teacher_id,
        evening_id=evening_id,
        starts_at=starts_at,
        ends_at=ends_at,
        by_office=actor.is_office,
        whole_evening=whole_evening,
        created_by_id=actor.person_id,
    )
    db.session.add(absence)
    db.session.flush()
    claims.take_absence(teacher_id, ticks(starts_at, ends_at), absence.id)
    _record(actor, Action.ABSENCE_BLOCKED, absence, now, **({"reason": reason} if reason else {}))
    return absence.id


def cut(
    actor: Actor,
    teacher_id: int,
    evening_id: int,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
) -> bool:
    """Free a time, in the caller's transaction; absences before and after it stay.

    The caller has checked permission. Returns False if the office blocked a part, which a teacher
    cannot free.
    """
    wanted = ticks(starts_at, ends_at)
    # Round to whole ticks: a leftover part of a tick would keep the freed time blocked.
    start, end = tick_start(wanted.start), tick_start(wanted.stop)
    absences = db.session.scalars(
        select(Unavailability)
        .where(
            Unavailability.teacher_id == teacher_id,
            Unavailability.evening_id == evening_id,
            Unavailability.starts_at < end,
            Unavailability.ends_at > start,
        )
        .order_by(Unavailability.id)
    ).all()
    own = _own(actor, absences)
    for absence in own:
        for piece in ((absence.starts_at, start), (end, absence.ends_at)):
            if piece[0] < piece[1]:
                db.session.add(
                    Unavailability(
                        teacher_id=teacher_id,
                        evening_id=evening_id,
                        starts_at=piece[0],
                        ends_at=piece[1],
                        by_office=absence.by_office,
                        whole_evening=absence.whole_evening,
                        created_by_id=absence.created_by_id,
                    )
                )
    _drop(actor, own, now)
    return len(own) == len(absences)


def free_evening(actor: Actor, teacher_id: int, evening_id: int, *, now: datetime) -> bool:
    """Take back what blocked the evening as a whole, in the caller's transaction.

    Times that were blocked by themselves stay so, and a teacher does not free what the office
    blocked. The caller has checked permission. Returns whether there was anything to take back.
    """
    absences = db.session.scalars(
        select(Unavailability)
        .where(
            Unavailability.teacher_id == teacher_id,
            Unavailability.evening_id == evening_id,
            Unavailability.whole_evening,
        )
        .order_by(Unavailability.id)
    ).all()
    own = _own(actor, absences)
    _drop(actor, own, now)
    return bool(own)


def _own(actor: Actor, absences: Iterable[Unavailability]) -> list[Unavailability]:
    """Return the absences that the actor may end: the office all, a teacher not the office's."""
    return [absence for absence in absences if actor.is_office or not absence.by_office]


def _drop(actor: Actor, absences: Sequence[Unavailability], now: datetime) -> None:
    """End absences of one teacher; others at the same time then claim it."""
    ids = [absence.id for absence in absences]
    db.session.execute(delete(Claim).where(Claim.unavailability_id.in_(ids)))
    for absence in absences:
        _record(actor, Action.ABSENCE_FREED, absence, now)
        db.session.delete(absence)
    db.session.flush()
    if absences:
        restore(
            {absence.teacher_id for absence in absences},
            min(absence.starts_at for absence in absences),
            max(absence.ends_at for absence in absences),
        )


def restore(teacher_ids: Iterable[int], starts_at: datetime, ends_at: datetime) -> None:
    """Let absences claim time of these teachers that a talk or another absence released."""
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


def refuse(actor: Actor, teacher_ids: Set[int], evening_id: int, *, now: datetime) -> None:
    """Raise NotFoundError or BlockingClosed if the actor may not change these teachers' times.

    The office always may; a teacher may change only their own times, while the round allows it.
    """
    round_ = found(
        db.session.scalar(
            select(Round)
            .join(Evening, Evening.round_id == Round.id)
            .where(Evening.id == evening_id)
        )
    )
    if actor.is_office:
        return
    if teacher_ids != {actor.teacher_id} or round_.state == RoundState.DRAFT:
        raise NotFoundError
    if not may_block(round_, now):
        raise BlockingClosed(_("You cannot block times of this round. Please ask the office."))


def may_block(round_: Round | RoundInfo, now: datetime) -> bool:
    """Whether teachers may block and free their own times in this round now."""
    until = round_.teachers_block_until
    return (
        round_.teachers_may_block
        and round_.state in {RoundState.CHECK, RoundState.PUBLISHED}
        and (until is None or now < until)
    )


def _record(
    actor: Actor, action: Action, absence: Unavailability, now: datetime, **details: Any
) -> None:
    audit.record(
        actor,
        action,
        now=now,
        teacher_id=absence.teacher_id,
        evening_id=absence.evening_id,
        starts_at=absence.starts_at.isoformat(),
        ends_at=absence.ends_at.isoformat(),
        **details,
    )
