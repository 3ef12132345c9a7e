"""Block and free many times at once, and decide about the talks in them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.bookings import absences, attendees, claims
from app.bookings.calling_off import service as calling_off
from app.bookings.left import talks_with
from app.bookings.models import Booking, Cause, Claim, ClaimKind
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.core.ticks import ticks
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.school.models import Teacher

Talks = Literal["ask", "stay", "call_off"]


@dataclass(frozen=True, order=True)
class Span:
    """A teacher's time on an evening, in UTC."""

    teacher_id: int
    evening_id: int
    starts_at: datetime
    ends_at: datetime


class TalksInTheWay(DomainError):
    """There are talks in the times to block, and nobody decided about them."""

    def __init__(self, booking_ids: tuple[int, ...]) -> None:
        """Keep the ids of these talks."""
        super().__init__(_("There are talks in these times. Nothing has changed yet."))
        self.booking_ids = booking_ids


@retry_deadlock
def block(
    actor: Actor,
    spans: Collection[Span],
    *,
    talks: Talks = "ask",
    agreed: Collection[int] = (),
    meanwhile: bool = False,
    reason: str = "",
    whole_evening: bool = False,
    now: datetime,
) -> tuple[int, ...]:
    """Block all these times; return the ids of talks in them, which stayed or were called off.

    ``talks`` decides about upcoming talks: "stay" blocks around them, and their time too once they
    go; "call_off" calls off those to which the office ``agreed``, with ``reason`` for the
    families, and with ``meanwhile`` also those booked since it looked. What blocks a
    ``whole_evening`` can be taken back by ``free_evening``. Raises TalksInTheWay for talks that
    nobody decided about, NotFoundError for another teacher's time and BlockingClosed if the round
    does not allow it; then nothing has changed.
    """
    with transaction():
        _refuse(actor, spans, now)
        in_the_way = _lock(spans, now)
        decided = talks == "stay" or (
            talks == "call_off" and (meanwhile or set(in_the_way) <= set(agreed))
        )
        if in_the_way and not decided:
            raise TalksInTheWay(in_the_way)
        for span in sorted(spans):
            absences.add(
                actor,
                span.teacher_id,
                span.evening_id,
                span.starts_at,
                span.ends_at,
                reason=reason,
                now=now,
                whole_evening=whole_evening,
            )
        if talks == "call_off" and in_the_way:
            calling_off.call_off(actor, in_the_way, Cause.ABSENT, reason=reason, now=now)
        return in_the_way


@retry_deadlock
def call_off_left(
    actor: Actor,
    teacher_id: int,
    evening_ids: Collection[int],
    *,
    agreed: Collection[int] = (),
    meanwhile: bool = False,
    now: datetime,
) -> tuple[int, ...]:
    """Call off the talks of a teacher who left, at whatever time; return their ids.

    The times are not blocked: nobody can book them, and should the teacher come back, they are
    free again. Families read that the teacher left. Raises TalksInTheWay for talks to which the
    office did not agree, unless ``meanwhile`` as in ``block``, and NotFoundError for anybody but the office.
    """
    with transaction():
        talks = talks_with(teacher_id, evening_ids, now)
        if set(talks) - set(agreed) and not meanwhile:
            raise TalksInTheWay(talks)
        return calling_off.call_off(actor, talks, Cause.LEFT, reason="", now=now)


@retry_deadlock
def free(actor: Actor, spans: Collection[Span], *, now: datetime) -> bool:
    """Free all these times; return False if a teacher may not free some of them.

    Raises NotFoundError and BlockingClosed like ``block``.
    """
    with transaction():
        _refuse(actor, spans, now)
        claims.bump_teachers({span.teacher_id for span in spans})
        done = [
            absences.cut(
                actor, span.teacher_id, span.evening_id, span.starts_at, span.ends_at, now=now
            )
            for span in sorted(spans)
        ]
        return all(done)


@retry_deadlock
def free_evening(actor: Actor, teacher_id: int, evening_id: int, *, now: datetime) -> bool:
    """Take back what blocked the evening as a whole, and nothing else; return whether it was.

    Raises NotFoundError and BlockingClosed like ``block``.
    """
    with transaction():
        absences.refuse(actor, {teacher_id}, evening_id, now=now)
        claims.bump_teachers({teacher_id})
        return absences.free_evening(actor, teacher_id, evening_id, now=now)


def talks_in(spans: Collection[Span], *, now: datetime) -> tuple[int, ...]:
    """Return the ids of upcoming talks in these times."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for span in spans:
        wanted[span.teacher_id].update(ticks(span.starts_at, span.ends_at))
    every = set().union(*wanted.values())
    rows = db.session.execute(
        select(Claim.resource_id, Claim.tick, Booking.id)
        .join(Booking, Booking.id == Claim.booking_id)
        .where(
            Claim.kind == ClaimKind.TEACH,
            Claim.resource_id.in_(wanted),
            Claim.tick.between(min(every, default=0), max(every, default=0)),
            Booking.starts_at > now,
        )
    ).all()
    return tuple(sorted({booking for teacher, tick, booking in rows if tick in wanted[teacher]}))


def _refuse(actor: Actor, spans: Collection[Span], now: datetime) -> None:
    teacher_ids = {span.teacher_id for span in spans}
    for evening_id in sorted({span.evening_id for span in spans}):
        absences.refuse(actor, teacher_ids, evening_id, now=now)
    known = db.session.scalar(
        select(func.count()).select_from(Teacher).where(Teacher.id.in_(teacher_ids))
    )
    if known != len(teacher_ids):
        raise NotFoundError


def _lock(spans: Collection[Span], now: datetime) -> tuple[int, ...]:
    """Lock everybody concerned at once, in the order of claims; return the talks, reread."""
    before = talks_in(spans, now=now)
    students = db.session.scalars(select(Booking.student_id).where(Booking.id.in_(before)))
    teachers, people = attendees.of_claims(before)
    claims.lock_all(set(students), teachers | {span.teacher_id for span in spans}, people)
    return talks_in(spans, now=now)
