"""Claim and release time; the unique key of ``claims`` decides, without a check beforehand.

Each transaction takes its locks in the same order, so that no two clients can deadlock: first the
rows of all people whose tables change, by id; then the rows of rooms that talks leave, by id;
then all claims, by key.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnExpressionArgument,
    Select,
    Update,
    bindparam,
    delete,
    select,
    union,
    update,
)

from app.bookings import attendees
from app.bookings.at_work import all_at_work
from app.bookings.models import Booking, Claim, ClaimKind
from app.core import compiled
from app.core.statements import run
from app.core.ticks import tick_start, ticks
from app.extensions import db
from app.rounds.models import EveningRoom, Modality, Offer, OfferTeacher
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
    """A talk to be claimed: its times (UTC) and the resources it needs."""

    starts_at: datetime
    ends_at: datetime
    teachers: tuple[int, ...]
    people: frozenset[int]  # person ids of the teachers and of the family
    room: int | None  # room id, only if the room holds one talk at a time
    family: frozenset[int] = frozenset()  # of these people one at least must come

    def resources(self) -> Iterable[tuple[ClaimKind, int]]:
        """Return the (kind, id) pairs that the talk keeps busy."""
        yield from ((ClaimKind.PERSON, person) for person in self.people)
        yield from ((ClaimKind.TEACH, teacher) for teacher in self.teachers)
        if self.room is not None:
            yield (ClaimKind.ROOM, self.room)


def _ids(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


def _bump(*whom: Select[int]) -> Update:
    # PostgreSQL updates rows in any order; locking them by id first avoids deadlocks.
    # FOR NO KEY UPDATE, so that inserting rows which reference these people does not wait.
    # A union, because PostgreSQL answers an OR of subqueries by reading all people.
    in_order = (
        select(Person.id)
        .where(Person.id.in_(union(*whom)))
        .order_by(Person.id)
        .with_for_update(key_share=True)
        .subquery()
    )
    return (
        update(Person)
        .where(Person.id.in_(select(in_order.c.id)))
        .values(revision=Person.revision + 1)
        .returning(Person.id)
    )


_BUMP = _bump(
    select(Person.id).where(Person.id.in_(_ids("people"))),
    select(Student.person_id).where(Student.id.in_(_ids("students"))),
    select(Teacher.person_id).where(Teacher.id.in_(_ids("teachers"))),
)
_BUMP_CHILD = _bump(
    select(Guardian.person_id)
    .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
    .join(HouseholdStudent, HouseholdStudent.household_id == HouseholdGuardian.household_id)
    .where(HouseholdStudent.student_id == bindparam("student_id")),
    select(Student.person_id).where(Student.id == bindparam("student_id")),
    select(Teacher.person_id).where(Teacher.id.in_(_ids("teachers"))),
    select(Teacher.person_id)
    .join(OfferTeacher, OfferTeacher.teacher_id == Teacher.id)
    .join(Offer, Offer.id == OfferTeacher.offer_id)
    .where(Offer.id.in_(_ids("offers")), Offer.student_id == bindparam("student_id")),
)
_DROP = delete(Claim).where(Claim.booking_id.in_(_ids("booking_ids")))


def lock(student_id: int, teachers: Set[int], people: Set[int]) -> None:
    """Lock everybody whose table changes with a talk, and increase their revisions for the polls."""
    lock_all({student_id}, teachers, people)


def lock_child(
    student_id: int, *, offers: Set[int] = frozenset(), teachers: Set[int] = frozenset()
) -> set[int]:
    """Lock a student, all its guardians, and teachers given by id or by the student's offers.

    Returns the ids of these people; the revision of each has increased by one.

    Call this before reading anything that decides about the change: a caller that waited here for
    the office or an import then reads the family, the round and its times as they are now.
    """
    locked = compiled.execute(_BUMP_CHILD, student_id=student_id, offers=offers, teachers=teachers)
    return {person_id for (person_id,) in locked}


def lock_children(student_ids: Set[int]) -> None:
    """Lock several students and all their guardians, in one order, like ``lock_child`` does one."""
    lock_all(student_ids, set(), attendees.guardians_of(student_ids))


def lock_all(students: Set[int], teachers: Set[int], people: Set[int]) -> None:
    """Lock like ``lock``, for the talks of several students at once."""
    run(_BUMP, {"students": students, "teachers": teachers, "people": people})


def bump_teachers(teachers: Set[int]) -> None:
    """Lock teachers and increase their revisions."""
    lock_all(set(), teachers, set())


def take(talks: Sequence[Wanted], booking_ids: Sequence[int]) -> set[int]:
    """Claim the time of all talks in one statement; return the booking ids that missed a claim.

    A family comes without those who work then. Bookings that missed a claim keep those they did
    get: the caller must drop them or roll back.
    """
    rows = sorted(
        (kind, resource, tick, booking_id)
        for talk, booking_id in zip(talks, booking_ids, strict=True)
        for kind, resource in talk.resources()
        for tick in ticks(talk.starts_at, talk.ends_at)
    )
    missed: dict[int, set[tuple[str, int, int]]] = {id_: set() for id_ in booking_ids}
    for kind, resource, tick, booking_id in set(rows) - _insert(rows, "booking_id"):
        missed[booking_id].add((kind, resource, tick))
    for talk, booking_id in zip(talks, booking_ids, strict=True):
        if people := all_at_work(talk.family, missed[booking_id]):
            release_people(booking_id, people)  # they may have got some of its ticks
            missed[booking_id].clear()
    return {booking_id for booking_id, theirs in missed.items() if theirs}


def take_absence(teacher_id: int, wanted: range, unavailability_id: int) -> None:
    """Claim the ticks of a teacher that are still free; talks and other absences keep theirs."""
    _insert(
        [(ClaimKind.TEACH, teacher_id, tick, unavailability_id) for tick in wanted],
        "unavailability_id",
    )


def seat(booking_id: int, people: Set[int], wanted: range) -> None:
    """Claim these ticks of people for a talk, except where they already attend another one."""
    rows = [(ClaimKind.PERSON, it, tick, booking_id) for it in sorted(people) for tick in wanted]
    _insert(rows, "booking_id")


def take_rooms(talks: Iterable[tuple[int, int, datetime, datetime]]) -> set[int]:
    """Claim rooms for talks where they are free; each talk is (room, booking, start, end).

    Returns the booking ids that missed a claim, as ``take`` does.
    """
    rows = sorted(
        (ClaimKind.ROOM, room, tick, booking_id)
        for room, booking_id, starts_at, ends_at in talks
        for tick in ticks(starts_at, ends_at)
    )
    return {booking_id for *_claim, booking_id in set(rows) - _insert(rows, "booking_id")}


def take_own_rooms(booking_ids: Set[int]) -> set[int]:
    """Claim the rooms of talks that hold one at a time; return the booking ids that missed one."""
    return take_rooms(
        db.session.execute(sitting(Booking.id.in_(booking_ids), Room.exclusive)).all()
    )


def drop(booking_ids: Set[int]) -> None:
    """Delete the claims of bookings that missed a claim."""
    compiled.execute(_DROP, booking_ids=booking_ids)


def release_bookings(booking_ids: Set[int]) -> None:
    """Release the time and the rooms of talks that are about to be cancelled or moved."""
    _release(booking_ids)


def release_rooms(booking_ids: Set[int]) -> None:
    """Release the rooms of talks that are about to be held elsewhere."""
    _release(booking_ids, Claim.kind == ClaimKind.ROOM)


def _release(booking_ids: Set[int], *which: ColumnExpressionArgument[bool]) -> None:
    """Release claims of talks, and give on their rooms.

    Two talks may share a room from before it became exclusive; the first one holds it. When that
    one leaves, the second one claims the room.
    """
    if not booking_ids:
        return
    theirs = sitting(Booking.id.in_(booking_ids), Room.exclusive).with_only_columns(Room.id)
    # Two talks in a room share no people, so only the room's row serialises their transactions.
    lock = select(Room.id).where(Room.id.in_(theirs)).order_by(Room.id)
    db.session.execute(lock.with_for_update(key_share=True))
    freed = db.session.execute(
        delete(Claim)
        .where(Claim.booking_id.in_(booking_ids), *which)
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
    """Return a query for live talks at school in a room: (room id, booking id, start, end)."""
    return (
        select(Room.id, Booking.id, Booking.starts_at, Booking.ends_at)
        .join(EveningRoom, EveningRoom.room_id == Room.id)
        .join(OfferTeacher, OfferTeacher.teacher_id == EveningRoom.teacher_id)
        .join(
            Booking,
            (Booking.offer_id == OfferTeacher.offer_id)
            & (Booking.evening_id == EveningRoom.evening_id),
        )
        .where(
            OfferTeacher.position == 0,
            Booking.cancelled_at.is_(None),
            Booking.modality == Modality.SITE,
            *which,
        )
    )


def release_people(booking_id: int, people: Set[int]) -> None:
    """Release the time of people who do not attend a talk, or no longer."""
    db.session.execute(
        delete(Claim).where(
            Claim.booking_id == booking_id,
            Claim.kind == ClaimKind.PERSON,
            Claim.resource_id.in_(people),
        )
    )


@cache
def _where_free(reason: str) -> Callable[[compiled.Insert], compiled.Statement]:
    return lambda insert: insert.on_conflict_do_nothing(
        index_elements=["kind", "resource_id", "tick"]
    ).returning(Claim.kind, Claim.resource_id, Claim.tick, getattr(Claim, reason))


def _insert(
    rows: Sequence[tuple[str, int, int, int]], reason: str
) -> set[tuple[str, int, int, int]]:
    """Insert claims in the given order and return those that were free."""
    if not rows:
        return set()
    got = compiled.insert(
        Claim,
        [
            {"kind": kind, "resource_id": resource, "tick": tick, reason: owner}
            for kind, resource, tick, owner in rows
        ],
        _where_free(reason),
    )
    return {(kind, resource, tick, owner) for kind, resource, tick, owner in got}
