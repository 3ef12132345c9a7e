"""Planning a round anew while talks are booked in it: nothing promised is lost in silence."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError

from app.audit import service as audit
from app.bookings import absences, claims, policy
from app.bookings.calling_off.service import call_off
from app.bookings.claims import Wanted
from app.bookings.mails import teachers as teacher_mails
from app.bookings.models import Booking, Claim, Unavailability
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.core.i18n import moment_text
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.outbox import service as outbox
from app.rescheduling import rooms
from app.rescheduling.booked import Promise
from app.rescheduling.conflicts import Hurt, load_hurt, marker_of
from app.rounds import service as rounds
from app.rounds.loading import load_spec
from app.rounds.models import (
    Evening,
    EveningRoom,
    Offer,
    OfferTeacher,
    RoundClass,
    Slot,
)
from app.rounds.spec import BadRound, RoundSpec
from app.school.models import Student


class Fate(StrEnum):
    """What becomes of a talk that is hurt."""

    KEEP = "keep"  # the promised time stands, though it is no time of the round any more
    MOVE = "move"  # to the place that was proposed
    CANCEL = "cancel"


class ChangedMeanwhile(DomainError):
    """Other talks are hurt, or other places free, than somebody was shown."""


class NotFree(DomainError):
    """A talk cannot go to its place, because another one was chosen to stay there."""


@retry_deadlock
def change(
    actor: Actor,
    round_id: int,
    spec: RoundSpec,
    fates: Mapping[int, Fate],
    marker: str,
    *,
    now: datetime,
) -> rounds.OfferReport:
    """Make a round as planned anew, and of each talk that is hurt what was chosen, or nothing at all.

    ``fates`` by booking; ``marker`` as ``marker_of`` gave it for what was shown. Raises
    ChangedMeanwhile, NotFree, BadRound, and NotFoundError for anybody but the office.
    """
    if not actor.is_office:
        raise NotFoundError
    with transaction():
        _lock(round_id, spec, [it.promise for it in load_hurt(round_id, spec, now=now)])
        hurt = load_hurt(round_id, spec, now=now)  # now that nobody else can book
        if marker_of(hurt) != marker:
            raise ChangedMeanwhile(
                _("Meanwhile something changed in these talks. Look at them again, please.")
            )
        present = load_spec(round_id)
        _refuse_other_people(round_id, present, spec)
        shared = rooms.rooms_at_stake(round_id, spec)
        report = rounds.change_round(round_id, spec, actor, now=now)
        fate = {it.promise.booking_id: _fate(it, fates) for it in hurt}
        cancelled = [booking_id for booking_id, what in fate.items() if what is Fate.CANCEL]
        if cancelled:
            call_off(actor, cancelled, "changed", reason="", now=now)
        moving = [it for it in hurt if fate[it.promise.booking_id] is Fate.MOVE]
        leaving = {it.promise.booking_id for it in moving}
        claims.release_bookings(leaving)
        if present.rooms != spec.rooms:  # before anything moves: who stays has the room
            rooms.sit_anew(round_id, shared, leaving=leaving, now=now)
        _move(actor, moving, now)
        teacher_mails.promise(
            {
                it.promise.booking_id: it.promise.starts_at
                for it in hurt
                if fate[it.promise.booking_id] is not Fate.KEEP
            },
            now=now,
        )
        _clear(round_id)
        return report


def _lock(round_id: int, spec: RoundSpec, promises: Sequence[Promise]) -> None:
    """Lock all whose tables change, also in other rounds that sit in a room that changes."""
    claims.lock_all(
        {promise.student_id for promise in promises},
        _teachers(round_id)
        | rooms.teachers_in(rooms.rooms_at_stake(round_id, spec))
        | frozenset().union(*(promise.ids("teach") for promise in promises)),
        frozenset().union(*(promise.ids("person") for promise in promises)),
    )


def _fate(hurt: Hurt, fates: Mapping[int, Fate]) -> Fate:
    """Return what was chosen; without a choice the promise stands."""
    fate = fates.get(hurt.promise.booking_id, Fate.KEEP)
    return Fate.KEEP if fate is Fate.MOVE and hurt.place is None else fate


def _refuse_other_people(round_id: int, present: RoundSpec, spec: RoundSpec) -> None:
    """Raise BadRound when others would come to talks than those whose time is taken for them."""
    if present.participants == spec.participants:
        return
    live = exists().where(Booking.round_id == round_id, Booking.cancelled_at.is_(None))
    if db.session.scalar(select(live)):
        raise BadRound(
            "participants", _("Talks are reserved: who comes to them can no longer change.")
        )


def _move(actor: Actor, hurt: Sequence[Hurt], now: datetime) -> None:
    """Let talks that gave their time back take their places."""
    if not hurt:
        return
    evenings, room_ids = _evening_ids(hurt), rooms.room_ids()
    wanted = {it.promise.booking_id: _wanted(it, room_ids) for it in hurt}
    bookings = {
        booking.id: booking
        for booking in db.session.scalars(
            select(Booking).where(Booking.id.in_([it.promise.booking_id for it in hurt]))
        )
    }
    lost = claims.take(list(wanted.values()), list(wanted))
    if lost:
        first = next(it for it in hurt if it.promise.booking_id in lost)
        raise NotFree(
            _(
                "%(student)s cannot move to %(moment)s: another talk stays there. Choose again.",
                student=first.promise.student,
                moment=moment_text(wanted[first.promise.booking_id].starts_at),
            )
        )
    for it in hurt:
        booking = bookings[it.promise.booking_id]
        old, new = booking.starts_at, wanted[booking.id]
        absences.restore(it.promise.ids("teach"), booking.starts_at, booking.ends_at)
        booking.evening_id = evenings[booking.id]
        booking.starts_at, booking.ends_at = new.starts_at, new.ends_at
        booking.sequence += 1
        booking.changed_at = now
        _record(actor, booking, old, now)
        if booking.published_at is not None:
            outbox.enqueue(
                "bookings.moved", {"booking_id": booking.id, "old": old.isoformat()}, now=now
            )


def _wanted(hurt: Hurt, rooms: Mapping[str, int]) -> Wanted:
    place = hurt.place
    if place is None:
        raise ValueError("a talk without a place cannot move")
    return Wanted(
        place.starts_at,
        place.ends_at,
        tuple(sorted(hurt.promise.ids("teach"))),
        hurt.promise.ids("person"),
        rooms[place.room.name] if place.room else None,  # by name: it may just have been made
    )


def _evening_ids(hurt: Sequence[Hurt]) -> Mapping[int, int]:
    """Return the evening to which each talk goes."""
    rows = db.session.execute(
        select(Booking.id, Evening.day, Evening.id)
        .join(Evening, Evening.round_id == Booking.round_id)
        .where(Booking.id.in_([it.promise.booking_id for it in hurt]))
    ).all()
    ids = {(booking_id, day): evening_id for booking_id, day, evening_id in rows}
    return {
        it.promise.booking_id: ids[it.promise.booking_id, it.place.day] for it in hurt if it.place
    }


def _record(actor: Actor, booking: Booking, old: datetime, now: datetime) -> None:
    audit.record(
        actor,
        "booking.moved",
        now=now,
        role=policy.office_role(actor),
        round_id=booking.round_id,
        student_id=booking.student_id,
        household_id=booking.household_id,
        offer_id=booking.offer_id,
        booking_id=booking.id,
        starts_at=booking.starts_at.isoformat(),
        old=old.isoformat(),
    )


def _clear(round_id: int) -> None:
    """Delete what has no use any more of classes that left, and of evenings that were taken out."""
    gone = select(Evening.id).where(
        Evening.round_id == round_id, ~exists().where(Slot.evening_id == Evening.id)
    )
    away = select(Unavailability.id).where(Unavailability.evening_id.in_(gone))
    db.session.execute(delete(Claim).where(Claim.unavailability_id.in_(away)))
    db.session.execute(delete(Unavailability).where(Unavailability.evening_id.in_(gone)))
    for evening_id in db.session.scalars(gone).all():
        # What refers to an evening, here or in packages above, decides whether its row stays.
        with suppress(IntegrityError), db.session.begin_nested():
            db.session.execute(delete(EveningRoom).where(EveningRoom.evening_id == evening_id))
            db.session.execute(delete(Evening).where(Evening.id == evening_id))
    outside = select(Offer.id).where(
        Offer.round_id == round_id,
        ~Offer.offered,
        ~Offer.in_package,
        ~exists().where(Booking.offer_id == Offer.id),
        Offer.student_id.in_(
            select(Student.id).where(
                ~exists().where(
                    RoundClass.round_id == round_id,
                    RoundClass.home_class_id == Student.home_class_id,
                )
            )
        ),
    )
    offer_ids = db.session.scalars(outside).all()
    db.session.execute(delete(OfferTeacher).where(OfferTeacher.offer_id.in_(offer_ids)))
    db.session.execute(delete(Offer).where(Offer.id.in_(offer_ids)))


def _teachers(round_id: int) -> frozenset[int]:
    """Return all teachers of a round: with its times their tables change."""
    return frozenset(
        db.session.scalars(
            select(OfferTeacher.teacher_id)
            .join(Offer, Offer.id == OfferTeacher.offer_id)
            .where(Offer.round_id == round_id)
            .distinct()
        )
    )
