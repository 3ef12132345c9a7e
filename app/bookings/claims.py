"""Taking and giving back time. The unique key of ``claims`` decides; nobody asks first.

Always in this order within one transaction, which no two clients can cross: the rows of all
people whose table changes, in order of their id, then all claims in order of their key.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.bookings.models import Claim
from app.core.ticks import ticks
from app.extensions import db
from app.rounds.models import Offer, OfferTeacher
from app.school.models import Person, Student, Teacher


@dataclass(frozen=True)
class Wanted:
    """A talk somebody wants: when, and what it takes."""

    starts_at: datetime
    ends_at: datetime
    teachers: tuple[int, ...]
    people: frozenset[int]  # the teachers' persons and the family's
    room: int | None  # only where the room holds one talk at a time

    def resources(self) -> Iterable[tuple[str, int]]:
        """Return what the talk keeps busy."""
        yield from (("person", person) for person in self.people)
        yield from (("teach", teacher) for teacher in self.teachers)
        if self.room is not None:
            yield ("room", self.room)


def lock(student_id: int, teachers: Set[int], people: Set[int]) -> None:
    """Lock all whose tables change with a talk, and move their revisions on so that polls notice.

    These are the student, the teachers, and everybody who will sit somewhere, as ids.
    """
    lock_all({student_id}, teachers, people)


def lock_offers(student_id: int, offers: Set[int], people: Set[int]) -> None:
    """Lock as ``lock`` does, by the offers of the student that are about to be booked."""
    teachers = (
        select(OfferTeacher.teacher_id)
        .join(Offer, Offer.id == OfferTeacher.offer_id)
        .where(Offer.id.in_(offers), Offer.student_id == student_id)
    )
    _lock({student_id}, teachers, people)


def lock_all(students: Set[int], teachers: Set[int], people: Set[int]) -> None:
    """Lock as ``lock`` does, for the talks of several students at once."""
    _lock(students, teachers, people)


def bump_teachers(teachers: Set[int]) -> None:
    """Lock teachers and move their revisions on."""
    _bump(Person.id.in_(_people_of(teachers)))


def _lock(students: Set[int], teachers: Set[int] | Select[int], people: Set[int]) -> None:
    _bump(
        or_(
            Person.id.in_(people),
            Person.id.in_(select(Student.person_id).where(Student.id.in_(students))),
            Person.id.in_(_people_of(teachers)),
        )
    )


def _people_of(teachers: Set[int] | Select[int]) -> Select[int]:
    return select(Teacher.person_id).where(Teacher.id.in_(teachers))


def _bump(whom: ColumnElement[bool]) -> None:
    # PostgreSQL updates rows in any order; taking the locks in order of id first avoids deadlocks.
    # Not so strong a lock that rows which merely refer to these people would wait for it.
    in_order = (
        select(Person.id).where(whom).order_by(Person.id).with_for_update(key_share=True).subquery()
    )
    db.session.execute(
        update(Person)
        .where(Person.id.in_(select(in_order.c.id)))
        .values(revision=Person.revision + 1)
        .execution_options(synchronize_session=False)
    )


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
    return {row[3] for row in set(rows) - _insert(rows, "booking_id")}


def take_absence(teacher_id: int, wanted: range, unavailability_id: int) -> None:
    """Claim what is still free of a teacher's time; talks and other absences keep theirs."""
    _insert(
        [("teach", teacher_id, tick, unavailability_id) for tick in wanted], "unavailability_id"
    )


def seat(booking_id: int, people: Set[int], wanted: range) -> None:
    """Let people sit at a talk at those ticks, where they do not sit elsewhere already."""
    _insert(
        [("person", person, tick, booking_id) for person in sorted(people) for tick in wanted],
        "booking_id",
    )


def take_rooms(talks: Iterable[tuple[int, int, datetime, datetime]]) -> None:
    """Let talks hold their rooms where these are free: (room, booking, start, end) of each."""
    _insert(
        sorted(
            ("room", room, tick, booking_id)
            for room, booking_id, starts_at, ends_at in talks
            for tick in ticks(starts_at, ends_at)
        ),
        "booking_id",
    )


def release_bookings(booking_ids: Set[int]) -> None:
    """Give back the time of talks."""
    if booking_ids:
        db.session.execute(delete(Claim).where(Claim.booking_id.in_(booking_ids)))


def release_people(booking_id: int, people: Set[int]) -> None:
    """Give back the time of some who will not come after all."""
    db.session.execute(
        delete(Claim).where(
            Claim.booking_id == booking_id, Claim.kind == "person", Claim.resource_id.in_(people)
        )
    )


def _insert(
    rows: Sequence[tuple[str, int, int, int]], reason: str
) -> set[tuple[str, int, int, int]]:
    """Insert claims in their order and return those that were had."""
    if not rows:
        return set()
    dialect = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    column = getattr(Claim, reason)
    got = db.session.execute(
        dialect.insert(Claim)
        .on_conflict_do_nothing(index_elements=["kind", "resource_id", "tick"])
        .returning(Claim.kind, Claim.resource_id, Claim.tick, column),
        [
            {"kind": kind, "resource_id": resource, "tick": tick, reason: owner}
            for kind, resource, tick, owner in rows
        ],
    )
    return {(kind, resource, tick, owner) for kind, resource, tick, owner in got}
