"""Taking and giving back time. The unique key of ``claims`` decides; nobody asks first.

Always in this order within one transaction, which no two clients can cross: the rows of all
people whose table changes, in order of their id, then those of the rooms that talks leave, then
all claims in order of their key.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ColumnExpressionArgument,
    Executable,
    Select,
    Update,
    bindparam,
    delete,
    or_,
    select,
    update,
)

from app.bookings.models import Booking, Claim, ClaimKind
from app.core.statements import dialect, insert_of, run
from app.core.ticks import tick_start, ticks
from app.extensions import db
from app.rounds.models import EveningRoom, Offer, OfferTeacher
from app.school.models import (
    Guardian,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Room,
    Student,
    Teacher,
)


@dataclass(frozen=True)
class Wanted:
    """A talk somebody wants: when, and what it takes."""

    starts_at: datetime
    ends_at: datetime
    teachers: tuple[int, ...]
    people: frozenset[int]  # the teachers' persons and the family's
    room: int | None  # only where the room holds one talk at a time

    def resources(self) -> Iterable[tuple[ClaimKind, int]]:
        """Return what the talk keeps busy."""
        yield from ((ClaimKind.PERSON, person) for person in self.people)
        yield from ((ClaimKind.TEACH, teacher) for teacher in self.teachers)
        if self.room is not None:
            yield (ClaimKind.ROOM, self.room)


def _ids(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


def _bump(
    people: ColumnElement[bool], students: ColumnElement[bool], teachers: ColumnElement[bool]
) -> Update:
    # PostgreSQL updates rows in any order; taking the locks in order of id first avoids deadlocks.
    # Not so strong a lock that rows which merely refer to these people would wait for it.
    whom = or_(
        people,
        Person.id.in_(select(Student.person_id).where(students)),
        Person.id.in_(select(Teacher.person_id).where(teachers)),
    )
    in_order = (
        select(Person.id).where(whom).order_by(Person.id).with_for_update(key_share=True).subquery()
    )
    return (
        update(Person)
        .where(Person.id.in_(select(in_order.c.id)))
        .values(revision=Person.revision + 1)
    )


_BUMP = _bump(
    Person.id.in_(_ids("people")),
    Student.id.in_(_ids("students")),
    Teacher.id.in_(_ids("teachers")),
)
_BUMP_CHILD = _bump(
    Person.id.in_(
        select(Guardian.person_id)
        .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
        .join(HouseholdStudent, HouseholdStudent.household_id == HouseholdGuardian.household_id)
        .where(HouseholdStudent.student_id == bindparam("student_id"))
    ),
    Student.id == bindparam("student_id"),
    or_(
        Teacher.id.in_(_ids("teachers")),
        Teacher.id.in_(
            select(OfferTeacher.teacher_id)
            .join(Offer, Offer.id == OfferTeacher.offer_id)
            .where(Offer.id.in_(_ids("offers")), Offer.student_id == bindparam("student_id"))
        ),
    ),
)


def lock(student_id: int, teachers: Set[int], people: Set[int]) -> None:
    """Lock all whose tables change with a talk, and move their revisions on so that polls notice.

    These are the student, the teachers, and everybody who will sit somewhere, as ids.
    """
    lock_all({student_id}, teachers, people)


def lock_child(
    student_id: int, *, offers: Set[int] = frozenset(), teachers: Set[int] = frozenset()
) -> None:
    """Lock as ``lock`` does a student, all its guardians, and teachers by id or by the student's offers.

    Comes before anything is read that a change is judged by: who waits here for the office or
    an import finds the family, the round and its times as these left them.
    """
    run(_BUMP_CHILD, {"student_id": student_id, "offers": offers, "teachers": teachers})


def lock_all(students: Set[int], teachers: Set[int], people: Set[int]) -> None:
    """Lock as ``lock`` does, for the talks of several students at once."""
    run(_BUMP, {"students": students, "teachers": teachers, "people": people})


def bump_teachers(teachers: Set[int]) -> None:
    """Lock teachers and move their revisions on."""
    lock_all(set(), teachers, set())


def take(talks: Sequence[Wanted], booking_ids: Sequence[int]) -> set[int]:
    """Claim the time of all talks in one statement; return the bookings that missed a claim.

    What they did get is still theirs: the caller gives it back, or undoes the transaction.
    """
    rows = sorted(
        (kind, resource, tick, booking_id)
        for talk, booking_id in zip(talks, booking_ids, strict=True)
        for kind, resource in talk.resources()
        for tick in ticks(talk.starts_at, talk.ends_at)
    )
    missed = set(rows) - _insert(rows, "booking_id")
    return {booking_id for _kind, _resource, _tick, booking_id in missed}


def take_absence(teacher_id: int, wanted: range, unavailability_id: int) -> None:
    """Claim what is still free of a teacher's time; talks and other absences keep theirs."""
    _insert(
        [(ClaimKind.TEACH, teacher_id, tick, unavailability_id) for tick in wanted],
        "unavailability_id",
    )


def seat(booking_id: int, people: Set[int], wanted: range) -> None:
    """Let people sit at a talk at those ticks, where they do not sit elsewhere already."""
    _insert(
        [
            (ClaimKind.PERSON, person, tick, booking_id)
            for person in sorted(people)
            for tick in wanted
        ],
        "booking_id",
    )


def take_rooms(talks: Iterable[tuple[int, int, datetime, datetime]]) -> None:
    """Let talks hold their rooms where these are free: (room, booking, start, end) of each."""
    _insert(
        sorted(
            (ClaimKind.ROOM, room, tick, booking_id)
            for room, booking_id, starts_at, ends_at in talks
            for tick in ticks(starts_at, ends_at)
        ),
        "booking_id",
    )


def drop(booking_ids: Set[int]) -> None:
    """Delete the claims of talks that were never had."""
    if booking_ids:
        db.session.execute(delete(Claim).where(Claim.booking_id.in_(booking_ids)))


def release_bookings(booking_ids: Set[int]) -> None:
    """Give back the time of talks, before they end or move.

    A room that holds one talk at a time may have been promised to two before it did. The first
    one held it; when that one leaves, the second one has it.
    """
    if not booking_ids:
        return
    theirs = sitting(Booking.id.in_(booking_ids), Room.exclusive).with_only_columns(Room.id)
    # The people of two talks are others, so only the room's row makes one wait for the other.
    lock = select(Room.id).where(Room.id.in_(theirs)).order_by(Room.id)
    db.session.execute(lock.with_for_update(key_share=True))
    freed = db.session.execute(
        delete(Claim)
        .where(Claim.booking_id.in_(booking_ids))
        .returning(Claim.kind, Claim.resource_id, Claim.tick)
        .execution_options(synchronize_session=False)
    ).all()
    rooms = [(room, tick) for kind, room, tick in freed if kind == ClaimKind.ROOM]
    if rooms:
        staying = sitting(
            Room.id.in_({room for room, _tick in rooms}),
            Booking.id.not_in(booking_ids),
            Booking.starts_at < tick_start(max(tick for _room, tick in rooms) + 1),
            Booking.ends_at > tick_start(min(tick for _room, tick in rooms)),
        )
        take_rooms(db.session.execute(staying).all())


def sitting(*which: ColumnExpressionArgument[bool]) -> Select[int, int, datetime, datetime]:
    """Return the live talks of these and where each is: (room, booking, start, end), for a query."""
    return (
        select(Room.id, Booking.id, Booking.starts_at, Booking.ends_at)
        .join(EveningRoom, EveningRoom.room_id == Room.id)
        .join(OfferTeacher, OfferTeacher.teacher_id == EveningRoom.teacher_id)
        .join(
            Booking,
            (Booking.offer_id == OfferTeacher.offer_id)
            & (Booking.evening_id == EveningRoom.evening_id),
        )
        .where(OfferTeacher.position == 0, Booking.cancelled_at.is_(None), *which)
    )


def release_people(booking_id: int, people: Set[int]) -> None:
    """Give back the time of some who will not come after all."""
    db.session.execute(
        delete(Claim).where(
            Claim.booking_id == booking_id,
            Claim.kind == ClaimKind.PERSON,
            Claim.resource_id.in_(people),
        )
    )


@cache
def _insert_with(reason: str, dialect: str) -> Executable:
    return (
        insert_of(Claim, dialect)
        .on_conflict_do_nothing(index_elements=["kind", "resource_id", "tick"])
        .returning(Claim.kind, Claim.resource_id, Claim.tick, getattr(Claim, reason))
    )


def _insert(
    rows: Sequence[tuple[str, int, int, int]], reason: str
) -> set[tuple[str, int, int, int]]:
    """Insert claims in their order and return those that were had."""
    if not rows:
        return set()
    got = run(
        _insert_with(reason, dialect()),
        [
            {"kind": kind, "resource_id": resource, "tick": tick, reason: owner}
            for kind, resource, tick, owner in rows
        ],
    )
    return {(kind, resource, tick, owner) for kind, resource, tick, owner in got}
