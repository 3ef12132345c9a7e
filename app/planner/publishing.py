"""Make talks of a plan: only now it takes time, and only what is still free.

Families book while a plan is made and while the office looks at it. Everybody concerned is locked,
the round is read anew, and the plan is fitted to it: who clicked first has won, and what no longer
fits is placed elsewhere or left over. The claims decide in the end.
"""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import attendees, changes, claims, policy, requests
from app.bookings.changes import ChangedBy, Move
from app.bookings.mails import teachers as teacher_mails
from app.bookings.models import Booking, BookingRequest, Origin
from app.bookings.office import refuse_others
from app.core.access import Actor
from app.core.errors import DomainError, found
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.planner.attending import Attending, load_attending
from app.planner.changing import PlanChange, changes_of, planned_talks
from app.planner.left import last_published, left_without_time, without_time
from app.planner.mails import PlanNews
from app.planner.models import PlannedTalk, PlanRun, RunState
from app.planner.plan import NotPlaced
from app.planner.snapshot import Snapshot, load_snapshot
from app.requests.office import requests_round
from app.rounds.models import Modality, OfferTeacher
from app.rounds.phases import is_settled


class NotPublishable(DomainError):
    """There is no plan to publish: none was found, or it was withdrawn."""


class _RoomTaken(Exception):
    """A talk cannot move, because another one has the room; these stay where they are."""

    def __init__(self, booking_ids: Set[int]) -> None:
        super().__init__()
        self.booking_ids = booking_ids


@dataclass(frozen=True)
class Published:
    """How many talks were made and moved, and how many of the plan found no place any more."""

    made: int
    moved: int
    left: int


def publish(actor: Actor, run_id: int, *, only: Set[int] | None = None, now: datetime) -> Published:
    """Make talks of a plan, or of these requests in it. Families get one mail each.

    Raises NotFoundError for anybody but the office, RoundClosed and NotPublishable.
    """
    refuse_others(actor)
    return _publish(actor, run_id, only, now)


def publish_by_itself(run_id: int, *, now: datetime) -> Published:
    """Make talks of a night's plan without anybody having looked at it.

    Where a plan has nothing new, the one before remains the last that was published: the office can
    still take it back.
    """
    round_id = db.session.scalar(select(PlanRun.round_id).where(PlanRun.id == run_id))
    known = left_without_time(last_published(round_id or 0), without_time(run_id))
    if not planned_talks(run_id, None) and without_time(run_id) <= known.keys():
        return Published(0, 0, 0)
    return _publish(None, run_id, None, now)


def _publish(actor: Actor | None, run_id: int, only: Set[int] | None, now: datetime) -> Published:
    stay: set[int] = set()
    while True:  # ends: each time more talks stay
        try:
            return _publish_but(stay, actor, run_id, only, now)
        except _RoomTaken as refusal:
            stay |= refusal.booking_ids


@retry_deadlock
def _publish_but(
    stay: Set[int], actor: Actor | None, run_id: int, only: Set[int] | None, now: datetime
) -> Published:
    with transaction():
        run = found(db.session.get(PlanRun, run_id, with_for_update=True))
        if run.state not in {RunState.DONE, RunState.PUBLISHED}:
            raise NotPublishable(_("There is no plan to publish any more."))
        requests_round(run.round_id, now)
        planned = planned_talks(run_id, only)
        _lock(planned)
        last = last_published(run.round_id, but=run_id) or 0
        if last > run_id:
            raise NotPublishable(_("A newer plan of this round was published. Make another one."))
        snapshot = load_snapshot(run.round_id, now=now)
        changing = changes_of(snapshot, planned, stay)
        attending = load_attending(snapshot, [it.request for it in changing])
        booked = {
            **_move(changing, attending, now),
            **_make(changing, attending, snapshot.round.modality, now),
        }
        left = _note(snapshot, planned, changing, booked)
        if only is None and not run.left_told:
            known = left_without_time(last, without_time(run_id))
            left |= without_time(run_id) - known.keys()
            run.left_told = True
        run.state = RunState.PUBLISHED
        _promise(snapshot, changing, booked, requests.load_waiting(left), now)
        if is_settled(snapshot.round, now):  # before, teachers hear of it on their page
            db.session.flush()
            old = {booked[it.request.id]: it.before for it in changing if it.request.id in booked}
            teacher_mails.promise(old, now=now)
        moved = sum(it.booking is not None for it in changing)
        lost = sum(row.starts_at is None for row in planned.values())
        published = Published(len(booked) - moved, moved, lost)
        audit.record(
            actor,
            Action.PLAN_PUBLISHED,
            now=now,
            role=policy.office_role(actor) if actor else "",
            round_id=run.round_id,
            talks=len(booked),
        )
        return published


def _note(
    snapshot: Snapshot,
    planned: Mapping[int, PlannedTalk],
    changing: Sequence[PlanChange],
    booked: Mapping[int, int],
) -> set[int]:
    """Note where talks of the plan are in fact; return the requests that have found no place."""
    for it in changing:
        if it.request.id in booked:
            row = planned[it.request.id]
            row.booking_id, row.before = booked[it.request.id], it.before
            _evening_id, row.starts_at, row.ends_at = it.times
    waiting = {it.id for it in snapshot.problem.wanted if not it.announced}
    lost = {id_ for id_ in planned if f"q{id_}" in waiting and id_ not in booked}
    for request_id in lost:
        row = planned[request_id]
        row.starts_at = row.ends_at = None
        row.reason = NotPlaced.NOT_FOUND
    return lost


def _lock(planned: Mapping[int, PlannedTalk]) -> None:
    """Lock everybody who may attend a talk of the plan: nobody else changes their time then."""
    about = db.session.execute(
        select(BookingRequest.student_id, BookingRequest.household_id, BookingRequest.offer_id)
        .where(BookingRequest.id.in_(planned))
        .order_by(BookingRequest.id)
    ).all()
    teachers = db.session.scalars(
        select(OfferTeacher.teacher_id).where(
            OfferTeacher.offer_id.in_({row.offer_id for row in about})
        )
    )
    claims.lock_all(
        {row.student_id for row in about},
        set(teachers),
        set().union(*attendees.of_households({row.household_id for row in about}).values()),
    )


def _move(changing: Sequence[PlanChange], attending: Attending, now: datetime) -> Mapping[int, int]:
    """Move the talks of earlier nights; return their ids by request."""
    moves = [
        Move(
            it.booking,
            it.times[0],
            attending.wanted(it.request, it.times, Modality(it.booking.modality)),
        )
        for it in changing
        if it.booking
    ]
    lost = changes.move(ChangedBy(), moves, now=now, is_told=True)
    if lost:
        raise _RoomTaken(lost)
    return {it.request.id: it.booking.id for it in changing if it.booking}


def _make(
    changing: Sequence[PlanChange], attending: Attending, modality: Modality, now: datetime
) -> Mapping[int, int]:
    """Make talks, and return their ids by request; what is not free in the end is left out."""
    making = [it for it in changing if it.booking is None]
    talks = [
        Booking(
            uid=secrets.token_hex(16),
            round_id=it.request.round_id,
            offer_id=it.request.offer_id,
            teacher_key=it.request.teacher_key,
            student_id=it.request.student_id,
            household_id=it.request.household_id,
            evening_id=it.times[0],
            starts_at=it.times[1],
            ends_at=it.times[2],
            modality=modality,
            remark=it.request.remark,
            origin=Origin.PLAN,
            booked_at=now,
            changed_at=now,
            published_at=now,
        )
        for it in making
    ]
    db.session.add_all(talks)
    db.session.flush()
    lost = claims.take(
        [attending.wanted(it.request, it.times, modality) for it in making],
        [it.id for it in talks],
    )
    if lost:
        claims.drop(lost)
        db.session.execute(delete(Booking).where(Booking.id.in_(lost)))
    made = {}
    for it, talk in zip(making, talks, strict=True):
        if talk.id not in lost:
            made[it.request.id] = it.request.booking_id = talk.id
            it.request.changed_at = now
            changes.record(ChangedBy(), Action.BOOKING_PLANNED, talk, now=now)
    return made


def _promise(
    snapshot: Snapshot,
    changing: Sequence[PlanChange],
    booked: Mapping[int, int],
    left: Sequence[BookingRequest],
    now: datetime,
) -> None:
    """Promise one mail to each family about all that is new; ``left`` have no time."""
    told: defaultdict[str, dict[int, str]] = defaultdict(dict)
    without: defaultdict[str, list[int]] = defaultdict(list)
    for it in changing:
        if it.request.id in booked:
            before = it.before.isoformat() if it.before else ""
            told[snapshot.party_of(it.request)][booked[it.request.id]] = before
    for request in left:
        without[snapshot.party_of(request)].append(request.id)
    payloads = [
        {"what": PlanNews.PLANNED, "talks": list(told[party].items()), "left": without[party]}
        for party in sorted({*told, *without})
    ]
    outbox.enqueue_all(Promise.PLANNED, payloads, now=now)
