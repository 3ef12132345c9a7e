"""Change a round in which talks are booked; no confirmed talk is lost silently."""

from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import CompoundSelect, delete, exists, func, select, union
from sqlalchemy.exc import IntegrityError

from app.bookings import claims
from app.bookings.attendees import guardians_of
from app.bookings.calling_off.service import call_off
from app.bookings.mails import teachers as teacher_mails
from app.bookings.models import Booking, BookingRequest, Cause, Claim, ClaimKind, Unavailability
from app.bookings.requests import is_open
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.rescheduling import resolving, rooms
from app.rescheduling.answers import Answers, Resolution
from app.rescheduling.conflicts import Conflict, find_conflicts
from app.rescheduling.deciding import decide
from app.rounds import service as rounds
from app.rounds.loading import load_spec
from app.rounds.models import (
    Evening,
    EveningRoom,
    Modality,
    Mode,
    Offer,
    OfferTeacher,
    RoundClass,
    Slot,
)
from app.rounds.queries import load_round
from app.rounds.spec import BadRound, RoundSpec, touches_talks
from app.school.models import Student


class ChangedMeanwhile(DomainError):
    """Talks are in conflict about which nobody has answered, or the round itself has changed."""


@retry_deadlock
def change(
    actor: Actor, round_id: int, spec: RoundSpec, answers: Answers, *, now: datetime
) -> tuple[Conflict, ...]:
    """Save the changed round and resolve each conflict as answered, or change nothing at all.

    Returns the conflicts with what became of each. Raises ChangedMeanwhile, NotFree, BadRound, and
    NotFoundError for anybody but the office.
    """
    if not actor.is_office:
        raise NotFoundError
    with transaction():
        _refuse_losing_requests(round_id, spec)
        if not touches_talks(load_spec(round_id), spec):
            # No talk is concerned, so nobody who books need wait.
            if rounds.change_round(round_id, spec, actor, now=now):
                raise _changed_meanwhile()
            return ()
        _lock(round_id, spec)
        # Only now: nobody else can book, and what was booked until then is decided about too.
        conflicts = decide(find_conflicts(round_id, spec, now=now), answers, now=now)
        if not all(it.resolution for it in conflicts):
            raise _changed_meanwhile()
        present = load_spec(round_id)
        _refuse_other_people(round_id, present, spec)
        shared = rooms.rooms_at_stake(round_id, spec)
        report = rounds.change_round(round_id, spec, actor, now=now)
        if report is None and not touches_talks(present, spec):  # another has changed it just so
            raise _changed_meanwhile()
        resolved = defaultdict(list)
        for it in conflicts:
            resolved[it.resolution].append(it)
        if cancelled := [it.talk.booking_id for it in resolved[Resolution.CANCEL]]:
            call_off(actor, cancelled, Cause.CHANGED, reason="", now=now)
        moving, switching = resolved[Resolution.MOVE], resolved[Resolution.SWITCH]
        if spec.modality is not Modality.SITE:
            resolving.switch(actor, switching, now)  # first, so that others get the rooms
        leaving = {it.talk.booking_id for it in moving}
        claims.release_bookings(leaving)
        if present.rooms != spec.rooms:  # before talks move, so that those that stay get the room
            rooms.sit_anew(round_id, shared, leaving=leaving, now=now)
        resolving.move(actor, moving, now)
        if spec.modality is Modality.SITE:
            resolving.switch(actor, switching, now)
        changed = [it for it in conflicts if it.resolution is not Resolution.KEEP]
        teacher_mails.promise(
            {it.talk.booking_id: it.talk.starts_at for it in changed},
            modalities={it.talk.booking_id: it.talk.modality for it in changed if it.modality},
            now=now,
        )
        _clear(round_id)
        return conflicts


def _changed_meanwhile() -> ChangedMeanwhile:
    return ChangedMeanwhile(
        _("Meanwhile something changed in these talks. Look at them again, please.")
    )


def _lock(round_id: int, spec: RoundSpec) -> None:
    """Lock everybody whose table changes, including other rounds in a room that changes.

    Also families without a talk: of one that books just now, the talk is there once the lock is.
    """
    in_rooms = rooms.teachers_in(rooms.rooms_at_stake(round_id, spec))
    offers = (
        select(Offer.id)
        .join(OfferTeacher, OfferTeacher.offer_id == Offer.id)
        .where((Offer.round_id == round_id) | OfferTeacher.teacher_id.in_(in_rooms))
    )
    students = select(Offer.student_id).where(Offer.id.in_(offers)).distinct()
    teachers = select(OfferTeacher.teacher_id).where(OfferTeacher.offer_id.in_(offers)).distinct()
    # By the keys of bookings and claims: by their offers, PostgreSQL takes minutes for it.
    live: CompoundSelect[Any] = union(
        select(Booking.id).where(Booking.round_id == round_id, Booking.cancelled_at.is_(None)),
        select(Claim.booking_id).where(
            Claim.kind == ClaimKind.TEACH,
            Claim.resource_id.in_(in_rooms),
            Claim.booking_id.is_not(None),
        ),
    )
    coming = (
        select(Claim.resource_id)
        .where(Claim.kind == ClaimKind.PERSON, Claim.booking_id.in_(live))
        .distinct()
    )
    student_ids = set(db.session.scalars(students))
    claims.lock_all(
        student_ids,
        set(db.session.scalars(teachers)) | in_rooms,
        guardians_of(student_ids) | set(db.session.scalars(coming)),
    )


def _refuse_other_people(round_id: int, present: RoundSpec, spec: RoundSpec) -> None:
    """Raise BadRound if the attendees would change while live talks claim their time."""
    if present.participants == spec.participants:
        return
    live = exists().where(Booking.round_id == round_id, Booking.cancelled_at.is_(None))
    if db.session.scalar(select(live)):
        raise BadRound(
            "participants", _("Talks are reserved: who comes to them can no longer change.")
        )


def _refuse_losing_requests(round_id: int, spec: RoundSpec) -> None:
    """Raise BadRound if families would only choose times, while they wait for talks they asked for."""
    if spec.mode is not Mode.TIMES or load_round(round_id).mode is Mode.TIMES:
        return
    waiting = select(func.count()).where(BookingRequest.round_id == round_id, is_open())
    if number := db.session.scalar(waiting):
        raise BadRound(
            "mode",
            ngettext(
                "%(num)d talk is asked for, and nobody would see that any more. Let families do "
                "both, or withdraw the request first.",
                "%(num)d talks are asked for, and nobody would see that any more. Let families do "
                "both, or withdraw the requests first.",
                number,
            ),
        )


def _clear(round_id: int) -> None:
    """Delete evenings without slots and their absences, and unused offers of classes that left."""
    gone = select(Evening.id).where(
        Evening.round_id == round_id, ~exists().where(Slot.evening_id == Evening.id)
    )
    away = select(Unavailability.id).where(Unavailability.evening_id.in_(gone))
    db.session.execute(delete(Claim).where(Claim.unavailability_id.in_(away)))
    db.session.execute(delete(Unavailability).where(Unavailability.evening_id.in_(gone)))
    for evening_id in db.session.scalars(gone).all():
        # Foreign keys, also from higher packages, decide whether the evening's row stays.
        with suppress(IntegrityError), db.session.begin_nested():
            db.session.execute(delete(EveningRoom).where(EveningRoom.evening_id == evening_id))
            db.session.execute(delete(Evening).where(Evening.id == evening_id))
    outside = select(Offer.id).where(
        Offer.round_id == round_id,
        ~Offer.offered,
        ~Offer.in_package,
        ~exists().where(Booking.offer_id == Offer.id),
        ~exists().where(BookingRequest.offer_id == Offer.id),
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
