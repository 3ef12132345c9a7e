"""The office asks for families, and deals with their remarks and the times they cannot come."""

from collections.abc import Set
from datetime import datetime

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import attendees, claims
from app.bookings.availability import evenings_with_times
from app.bookings.changes import ChangedBy
from app.bookings.models import BookingRequest
from app.bookings.office import because, coming_child, refuse_others, working_round
from app.core.access import Actor
from app.core.errors import NotFoundError, found
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.requests import changes
from app.requests.asking import AskedFor, ask_of
from app.requests.changes import Family
from app.requests.models import AwayTime, Wishes
from app.requests.wishes import Start, away_times, ensure_wishes, parts_of
from app.rounds.info import RoundInfo


def handle(actor: Actor, wishes_id: int, *, handled: bool, now: datetime) -> int:
    """Note that a family's remark is dealt with, or not yet; return the id of its round.

    Raises NotFoundError for anybody but the office.
    """
    refuse_others(actor)
    with transaction():
        row = found(db.session.get(Wishes, wishes_id))
        if (row.handled_at is not None) != handled:
            row.handled_at = now if handled else None
            audit.record(
                actor,
                Action.REQUEST_HANDLED if handled else Action.REQUEST_NOT_HANDLED,
                now=now,
                round_id=row.round_id,
                household_id=row.household_id,
                student_id=row.student_id,
            )
        return row.round_id


@retry_deadlock
def set_times(
    actor: Actor,
    round_id: int,
    student_id: int,
    household_id: int | None,
    *,
    forbidden: Set[Start],
    overruled: Set[Start],
    reason: str,
    now: datetime,
) -> None:
    """Say for a family in which parts it is not planned, and which of its own wishes do not count.

    Raises NotFoundError for anybody but the office and for a household that is not the child's,
    ReasonMissing and RoundClosed.
    """
    by = because(actor, reason)
    with transaction():
        claims.lock_child(student_id)
        round_ = requests_round(round_id, now)
        child = coming_child(round_, student_id, household_id)
        row = ensure_wishes(round_id, child.household_id, student_id, now=now)
        known = away_times(round_id, child.household_id, student_id)
        for time in known:
            start = (time.evening_id, time.starts_at)
            if time.by_office and start not in forbidden:
                db.session.delete(time)
            elif not time.by_office and time.overruled != (start in overruled):
                time.overruled, time.reason = start in overruled, by.reason
        stands = {(time.evening_id, time.starts_at) for time in known if time.by_office}
        db.session.add_all(
            AwayTime(
                wishes_id=row.id,
                evening_id=part.evening_id,
                starts_at=part.starts_at,
                ends_at=part.ends_at,
                by_office=True,
                reason=by.reason,
            )
            for evening in evenings_with_times(round_)
            for part in parts_of(evening)
            if (part.evening_id, part.starts_at) in forbidden - stands
        )
        audit.record(
            actor,
            Action.REQUEST_TIMES_SET,
            now=now,
            role=by.role,
            round_id=round_id,
            student_id=student_id,
            household_id=child.household_id,
            reason=by.reason,
        )


@retry_deadlock
def ask_for(
    actor: Actor,
    round_id: int,
    student_id: int,
    household_id: int | None,
    asked: AskedFor,
    *,
    reason: str,
    now: datetime,
) -> None:
    """Let these be the talks that a family asks for about a child, as it said to the office.

    ``reason`` may be empty. The office may ask where guardians who come apart cannot, before
    choosing opens and after it closes. Raises NotFoundError for anybody else and for a household
    that is not the child's, RoundClosed and BadAsking; then nothing has changed.
    """
    refuse_others(actor)
    by = ChangedBy.office(actor, reason.strip())
    with transaction():
        claims.lock_child(student_id)
        round_ = requests_round(round_id, now)
        child = coming_child(round_, student_id, household_id)
        ask_of(Family(by, round_, child, attendees.coming(round_, child), now), asked)


def requests_round(round_id: int, now: datetime) -> RoundInfo:
    """Return a round in which the office can ask for a family. Raises as ``working_round``."""
    round_ = working_round(round_id, now)
    if not round_.takes_requests:
        raise NotFoundError
    return round_


@retry_deadlock
def withdraw(actor: Actor, request_id: int, *, now: datetime) -> int:
    """Withdraw a family's request, if it is open; return the id of its round.

    Raises NotFoundError for anybody but the office.
    """
    refuse_others(actor)
    with transaction():
        student_id = found(db.session.get(BookingRequest, request_id)).student_id
        claims.lock_child(student_id)
        row = db.session.get_one(BookingRequest, request_id, populate_existing=True)
        if row.withdrawn_at is None and row.booking_id is None:
            changes.withdraw(ChangedBy.office(actor), row, now=now)
        return row.round_id
