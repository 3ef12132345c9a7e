"""Adjust attendees and bookers when two people are merged into one, or one is split."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import aliased

from app.bookings import claims
from app.bookings.models import Booking, BookingRequest, Claim, ClaimKind, Origin
from app.core.ticks import TICK, ticks
from app.core.transaction import transaction
from app.extensions import db
from app.rounds.models import OfferTeacher
from app.school.households import guardian_key, households_of
from app.school.models import HouseholdGuardian, Teacher


def clashes(one: int, other: int, *, now: datetime) -> frozenset[int]:
    """Return the ids of upcoming talks in which two people are busy at the same time."""
    theirs = aliased(Claim)
    rows = db.session.execute(
        select(Claim.booking_id, theirs.booking_id)
        .join(theirs, and_(theirs.kind == Claim.kind, theirs.tick == Claim.tick))
        .where(
            Claim.kind == ClaimKind.PERSON,
            Claim.resource_id == one,
            theirs.resource_id == other,
            Claim.tick >= ticks(now, now + TICK).start,
        )
    )
    return frozenset(id_ for row in rows for id_ in row if id_ is not None)


def take_place(of: int, to: int) -> None:
    """Move all claims of a person to another one; drop those (past ones) that both have."""
    sits = select(Claim.tick).where(Claim.kind == ClaimKind.PERSON, Claim.resource_id == to)
    of_person = and_(Claim.kind == ClaimKind.PERSON, Claim.resource_id == of)
    with transaction():
        db.session.execute(
            delete(Claim)
            .where(of_person, Claim.tick.in_(sits))
            .execution_options(synchronize_session=False)
        )
        db.session.execute(update(Claim).where(of_person).values(resource_id=to))


def hand_over(booking_ids: Collection[int], of: int, to: int) -> None:
    """Let a person attend these talks instead of another, or beside one who teaches there."""
    about = Booking.id.in_(booking_ids)
    teaches = (
        select(Booking.id)
        .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
        .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
        .where(about, Teacher.person_id == of)
    )
    sits = and_(
        Claim.kind == ClaimKind.PERSON, Claim.resource_id == of, Claim.booking_id.in_(booking_ids)
    )
    with transaction():
        for talk in db.session.scalars(
            select(Booking).where(
                Booking.id.in_(teaches),
                Booking.id.in_(select(Claim.booking_id).where(sits)),
            )
        ).all():
            claims.seat(talk.id, {to}, ticks(talk.starts_at, talk.ends_at))
        db.session.execute(
            update(Claim).where(sits, Claim.booking_id.not_in(teaches)).values(resource_id=to)
        )


def rename_booker(of: int, to: int, student_ids: Collection[int] | None = None) -> None:
    """Let a person have booked, and asked for, what another did as a parent.

    For all students, or for these. What that person did in the office stays.
    """
    with transaction():
        db.session.execute(
            update(Booking)
            .where(
                *_about(Booking, student_ids),
                Booking.booked_by_id == of,
                Booking.origin == Origin.FAMILY,
            )
            .values(booked_by_id=to)
        )
        db.session.execute(
            update(BookingRequest)
            .where(*_about(BookingRequest, student_ids), BookingRequest.asked_by_id == of)
            .values(asked_by_id=to)
        )


def talks_of_guardian(guardian_id: int) -> frozenset[int]:
    """Return the ids of all talks, past and cancelled ones too, of a guardian's households."""
    return frozenset(
        db.session.scalars(
            select(Booking.id)
            .join(HouseholdGuardian, HouseholdGuardian.household_id == Booking.household_id)
            .where(HouseholdGuardian.guardian_id == guardian_id)
        )
    )


def swap_guardian(
    of: int, to: int, student_ids: Collection[int] | None = None
) -> Mapping[int, int]:
    """Move talks and requests to the household in which one guardian replaces the other.

    All of them, or those about ``student_ids``. Return the new household of each old one.
    """
    with transaction():
        theirs = aliased(HouseholdGuardian)
        members: dict[int, set[int]] = {}
        for household_id, guardian_id in db.session.execute(
            select(HouseholdGuardian.household_id, HouseholdGuardian.guardian_id)
            .join(theirs, theirs.household_id == HouseholdGuardian.household_id)
            .where(theirs.guardian_id == of)
        ):
            members.setdefault(household_id, set()).add(guardian_id)
        keys = {
            household_id: frozenset(to if guardian_id == of else guardian_id for guardian_id in ids)
            for household_id, ids in members.items()
        }
        household_ids = households_of(set(keys.values()))
        swapped = {old: household_ids[guardian_key(guardians)] for old, guardians in keys.items()}
        for table in (Booking, BookingRequest):
            for old, new in swapped.items():
                db.session.execute(
                    update(table)
                    .where(table.household_id == old, *_about(table, student_ids))
                    .values(household_id=new)
                )
        return swapped


def _about(
    table: type[Booking | BookingRequest], student_ids: Collection[int] | None
) -> Iterable[ColumnElement[bool]]:
    return () if student_ids is None else (table.student_id.in_(student_ids),)
