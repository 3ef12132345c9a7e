"""Take back what a plan made: its talks are requests again, and what it moved returns."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import attendees, changes, claims, policy
from app.bookings.changes import ChangedBy, Move
from app.bookings.mails import teachers as teacher_mails
from app.bookings.models import Booking, BookingRequest, Origin
from app.bookings.office import refuse_others
from app.bookings.requests import slots_of
from app.core.access import Actor
from app.core.errors import DomainError, found
from app.core.statements import counts
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.planner.attending import load_attending
from app.planner.left import last_published
from app.planner.mails import PlanNews
from app.planner.models import PlannedTalk, PlanRun, RunState
from app.planner.problem import Cell
from app.planner.snapshot import Snapshot, load_snapshot
from app.requests.office import requests_round
from app.rounds.models import Modality, Offer, teacher_ids_of
from app.rounds.phases import is_settled


class NotWithdrawable(DomainError):
    """Only the last plan that was published can be taken back."""


class _Taken(Exception):
    """The old times of these talks are no longer free: they stay where they are."""

    def __init__(self, booking_ids: Set[int]) -> None:
        super().__init__()
        self.booking_ids = booking_ids


@dataclass(frozen=True)
class Withdrawn:
    """How many talks are requests again, and how many are back at their old time."""

    cancelled: int
    returned: int


def withdraw(actor: Actor, run_id: int, *, now: datetime) -> Withdrawn:
    """Take back the last plan that was published. Families get one mail each.

    Talks that somebody has moved since, that are cancelled or have begun stay as they are; so do
    those whose old time is somebody else's by now. Raises NotFoundError for anybody but the office,
    RoundClosed and NotWithdrawable.
    """
    refuse_others(actor)
    stay: set[int] = set()
    while True:  # ends: each time more talks stay
        try:
            return _withdraw_but(stay, actor, run_id, now)
        except _Taken as refusal:
            stay |= refusal.booking_ids


@retry_deadlock
def _withdraw_but(stay: Set[int], actor: Actor, run_id: int, now: datetime) -> Withdrawn:
    with transaction():
        run = found(db.session.get(PlanRun, run_id, with_for_update=True))
        requests_round(run.round_id, now)
        planned = _planned(run_id)
        _lock([it.booking_id for it in planned if it.booking_id])
        # Only now: a later plan of these talks may just have been published.
        if run.id != last_published(run.round_id):
            raise NotWithdrawable(_("Only the last plan that was published can be taken back."))
        talks = {it.id: it for it in _talks(planned, now)}
        its = [it for it in planned if it.booking_id in talks]
        returning = {
            it.booking_id: it.before
            for it in its
            if it.booking_id and it.before and it.before > now and it.booking_id not in stay
        }
        making_free = [talks[it.booking_id] for it in its if it.booking_id and not it.before]
        snapshot = load_snapshot(run.round_id, now=now)
        changes.cancel(ChangedBy(), making_free, now=now, is_told=True, reopens=True)
        moved = _return(snapshot, talks, returning, now)
        run.state = RunState.WITHDRAWN
        _promise(snapshot, talks, making_free, moved, now)
        if is_settled(snapshot.round, now):
            db.session.flush()
            ended = {talk.id: talk.starts_at for talk in making_free}
            teacher_mails.promise({**ended, **moved}, now=now)
        audit.record(
            actor,
            Action.PLAN_WITHDRAWN,
            now=now,
            role=policy.office_role(actor),
            round_id=run.round_id,
            talks=len(making_free) + len(moved),
        )
        return Withdrawn(len(making_free), len(moved))


def _planned(run_id: int) -> Sequence[PlannedTalk]:
    return db.session.scalars(
        select(PlannedTalk)
        .where(PlannedTalk.run_id == run_id, PlannedTalk.booking_id.is_not(None))
        .order_by(PlannedTalk.id)
    ).all()


def _lock(booking_ids: Sequence[int]) -> None:
    teachers, people = attendees.of_claims(booking_ids)
    students = db.session.scalars(select(Booking.student_id).where(Booking.id.in_(booking_ids)))
    claims.lock_all(set(students), teachers, people)


def _talks(planned: Sequence[PlannedTalk], now: datetime) -> Sequence[Booking]:
    """Return the talks that still are as the plan made them."""
    placed = {it.booking_id: it.starts_at for it in planned}
    rows = db.session.scalars(
        select(Booking)
        .where(
            Booking.id.in_(placed),
            Booking.cancelled_at.is_(None),
            Booking.origin == Origin.PLAN,
            Booking.starts_at > now,
        )
        .order_by(Booking.id)
        .execution_options(populate_existing=True)
    )
    return [it for it in rows if it.starts_at == placed[it.id]]


def _return(
    snapshot: Snapshot,
    talks: Mapping[int, Booking],
    returning: Mapping[int, datetime],
    now: datetime,
) -> Mapping[int, datetime]:
    """Move talks back to where an earlier plan had them; return where they were, by booking id."""
    grid = snapshot.grid
    asked = db.session.scalars(
        select(BookingRequest).where(BookingRequest.booking_id.in_(returning))
    ).all()
    attending = load_attending(snapshot, asked)
    slots = counts(select(Offer.id, Offer.slots).where(Offer.id.in_([it.offer_id for it in asked])))
    moves = []
    for request in asked:
        talk = talks[request.booking_id or 0]
        cell = grid.starts.get(returning[talk.id])
        if cell is None or talk.starts_at not in grid.starts:
            continue  # the round has no such time any more
        length = slots_of(slots[request.offer_id], is_long=request.is_long)
        if (cell[0], cell[1] + length - 1) not in grid.slots:
            continue
        if not _can_come(snapshot, talk, cell, length):
            continue
        times = grid.times(cell, length)
        wanted = attending.wanted(request, times, Modality(talk.modality))
        moves.append(Move(talk, times[0], wanted))
    left = {it.booking.id: it.booking.starts_at for it in moves}
    lost = changes.move(ChangedBy(), moves, now=now, is_told=True)
    if lost:
        raise _Taken(lost)
    return left


def _can_come(snapshot: Snapshot, talk: Booking, cell: Cell, length: int) -> bool:
    """Return whether neither the family nor a teacher of a talk has said since not to come then."""
    problem = snapshot.problem
    away = {it.id: it.away for it in problem.parties} | {it.id: it.away for it in problem.seats}
    party = snapshot.party_of(talk)
    cells = {(cell[0], cell[1] + n) for n in range(length)}
    return all(
        cells.isdisjoint(away[it])
        for it in (party, *(f"t{id_}" for id_ in teacher_ids_of(talk.teacher_key)))
    )


def _promise(
    snapshot: Snapshot,
    talks: Mapping[int, Booking],
    cancelled: Sequence[Booking],
    moved: Mapping[int, datetime],
    now: datetime,
) -> None:
    """Promise one mail to each family about all of its talks."""
    told: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for talk in cancelled:
        told[snapshot.party_of(talk)].append((talk.id, ""))
    for booking_id, before in moved.items():
        told[snapshot.party_of(talks[booking_id])].append((booking_id, before.isoformat()))
    payloads = [{"what": PlanNews.WITHDRAWN, "talks": theirs} for theirs in told.values()]
    outbox.enqueue_all(Promise.PLANNED, payloads, now=now)
