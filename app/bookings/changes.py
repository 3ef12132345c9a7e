"""Cancel, move and switch bookings: all callers go through here, so that none forgets a step.

A change sets new times, the modality or ``cancelled_at``, increases the sequence, sets
``changed_at``, updates the claims, lets absences claim time that is free again, logs, and adds a
promise to the outbox.
The caller has locked everybody (``claims.lock_all``), checked permission and begun a transaction.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import absences, attendees, claims, policy, requests
from app.bookings.claims import Wanted
from app.bookings.models import Booking, Cause, Origin
from app.core.access import OFFICE, Actor
from app.extensions import db
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.rounds.models import Modality


@dataclass(frozen=True)
class ChangedBy:
    """Who changes a talk, in which role, and why; no actor means the site itself."""

    actor: Actor | None = None
    role: str = ""
    reason: str = ""

    @property
    def is_office(self) -> bool:
        """Whether the office makes the change for the family."""
        return self.role in OFFICE

    @classmethod
    def family(cls, actor: Actor) -> "ChangedBy":
        """Describe a change by the family itself."""
        return cls(actor, policy.acting_role(actor))

    @classmethod
    def office(cls, actor: Actor, reason: str = "") -> "ChangedBy":
        """Describe a change by the office, with the reason for the log."""
        return cls(actor, policy.office_role(actor), reason)


@dataclass(frozen=True)
class Move:
    """A talk, and the time and resources to which it should move."""

    booking: Booking
    evening_id: int
    wanted: Wanted
    modality: Modality | None = None  # how it should be held, if otherwise than now


def cancel(
    by: ChangedBy,
    talks: Sequence[Booking],
    *,
    now: datetime,
    cause: Cause | None = None,
    is_told: bool = False,
    reopens: bool = False,
) -> None:
    """Cancel talks and free their time; a no-op for talks that are cancelled already.

    With ``cause`` (see ``calling_off``) the school calls them off, and the family has to answer.
    ``is_told`` means that another mail tells the family, so this change sends none; ``reopens``, as
    does a cause, that what was asked for waits for another time. A talk that was
    never published is cancelled without a promise, because nobody outside knows of it.
    """
    live = [talk for talk in talks if talk.cancelled_at is None]
    teachers, _people = attendees.of_claims([talk.id for talk in live])
    claims.release_bookings({talk.id for talk in live})
    reopens = reopens or cause is not None
    requests.let_go([talk.id for talk in live], reopen=reopens, now=now)
    by_evening = defaultdict(list)
    for talk in live:
        by_evening[talk.evening_id].append(talk)
    for of_evening in by_evening.values():
        first = min(talk.starts_at for talk in of_evening)
        absences.restore(teachers, first, max(talk.ends_at for talk in of_evening))
    promise = Promise.CALLED_OFF if cause else Promise.CANCELLED
    for talk in live:
        talk.cancelled_at = talk.changed_at = now
        talk.sequence += 1
        if talk.published_at is not None:
            talk.called_off = cause or ""
            outbox.enqueue(promise, {"booking_id": talk.id} | _told(is_told=is_told), now=now)
        if cause:
            record(by, Action.BOOKING_CALLED_OFF, talk, now=now, cause=cause, reason=by.reason)
        else:
            record(by, Action.BOOKING_CANCELLED, talk, now=now)


def move(by: ChangedBy, moves: Sequence[Move], *, now: datetime, is_told: bool = False) -> set[int]:
    """Move all these talks; return the booking ids whose new time is not free.

    ``is_told`` as in ``cancel``. A talk that a plan has made counts as made by whoever moves it.
    If any is returned, nothing was moved and the caller must raise: the rollback restores the old
    claims, which nobody else can take before the transaction ends.
    """
    ids = [it.booking.id for it in moves]
    claims.release_bookings(set(ids))
    lost = claims.take([it.wanted for it in moves], ids)
    if lost:
        return lost
    left = defaultdict(list)
    for it in moves:
        left[it.booking.evening_id].append(it)
    for of_evening in left.values():
        absences.restore(
            {teacher_id for it in of_evening for teacher_id in it.wanted.teachers},
            min(it.booking.starts_at for it in of_evening),
            max(it.booking.ends_at for it in of_evening),
        )
    for it in moves:
        talk, old = it.booking, it.booking.starts_at
        talk.evening_id = it.evening_id
        talk.starts_at, talk.ends_at = it.wanted.starts_at, it.wanted.ends_at
        talk.modality = it.modality or talk.modality
        if by.actor and talk.origin == Origin.PLAN:
            talk.origin = Origin.OFFICE if by.is_office else Origin.FAMILY
        talk.sequence += 1
        talk.changed_at = now
        record(by, Action.BOOKING_MOVED, talk, now=now, old=old.isoformat())
        if talk.published_at is not None:
            payload = {"booking_id": talk.id, "old": old.isoformat()}
            outbox.enqueue(Promise.MOVED, payload | _told(is_told=is_told), now=now)
    return set()


def switch(by: ChangedBy, talks: Sequence[Booking], to: Modality, *, now: datetime) -> set[int]:
    """Hold all these talks in another way; return the booking ids whose room is not free.

    If any is returned, the caller must raise, as with ``move``. A no-op for talks that are held so.
    """
    changing = [talk for talk in talks if talk.modality != to]
    ids = {talk.id for talk in changing}
    if to != Modality.SITE:
        claims.release_rooms(ids)
    for talk in changing:
        talk.modality = to
        talk.sequence += 1
        talk.changed_at = now
    db.session.flush()
    if to == Modality.SITE and (lost := claims.take_own_rooms(ids)):
        return lost
    for talk in changing:
        record(by, Action.BOOKING_SWITCHED, talk, now=now, modality=to)
        if talk.published_at is not None:
            payload = {"booking_id": talk.id, "sequence": talk.sequence}
            outbox.enqueue(Promise.SWITCHED, payload, now=now)
    return set()


def _told(*, is_told: bool) -> dict[str, bool]:
    return {"is_told": True} if is_told else {}


def record(by: ChangedBy, action: Action, talk: Booking, *, now: datetime, **details: str) -> None:
    """Log a change of a talk, with the reason if there is one."""
    if by.reason:
        details.setdefault("reason", by.reason)
    audit.record(
        by.actor,
        action,
        now=now,
        role=by.role,
        round_id=talk.round_id,
        student_id=talk.student_id,
        household_id=talk.household_id,
        booking_id=talk.id,
        offer_id=talk.offer_id,
        starts_at=talk.starts_at.isoformat(),
        **details,
    )
