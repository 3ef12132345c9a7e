"""The lists behind the figures: talks, and families without any."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from app.bookings.availability import join_names
from app.bookings.left import has_left_teacher
from app.bookings.models import Booking, Origin
from app.evenings.filters import (
    Filter,
    FilterChoices,
    load_choices,
    student_matches,
    teacher_matches,
)
from app.evenings.queries import silent
from app.extensions import db
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import EveningRoom, OfferTeacher
from app.rounds.offers import teachers_by_offer
from app.rounds.phases import Phase
from app.rounds.places import place_text, room_of
from app.rounds.queries import evenings_of, load_round
from app.school.branches import CLASS_NAME
from app.school.models import (
    HomeClass,
    Person,
    Room,
    Student,
    Teacher,
)
from app.school.reading import NAME, STUDENTS, Contact, contacts_of, name_of

PER_PAGE = 200


@dataclass(frozen=True)
class TalkRow:
    """A talk in an office list."""

    booking_id: int
    student_id: int
    student: str
    class_name: str
    student_left: bool  # is no longer at the school
    teacher: str
    teacher_left: bool  # one of them is no longer at the school
    place: str  # the room, or how they meet instead
    starts_at: datetime
    ends_at: datetime
    booked_by: str  # "" if no longer known
    by_student: bool
    origin: Origin
    booked_at: datetime


@dataclass(frozen=True)
class SilentRow:
    """A student who can book a talk but has none."""

    student_id: int
    student: str
    class_name: str
    guardians: tuple[Contact, ...]


@dataclass(frozen=True)
class ListPage:
    """What all lists of a round share."""

    round: RoundInfo
    evenings: tuple[EveningInfo, ...]
    chosen: Filter
    choices: FilterChoices
    number: int  # the page number, from 1
    has_more: bool


@dataclass(frozen=True)
class TalksPage(ListPage):
    """Talks of a round, by time."""

    rows: tuple[TalkRow, ...]


@dataclass(frozen=True)
class SilentPage(ListPage):
    """Students without a talk, by class and name."""

    rows: tuple[SilentRow, ...]
    is_open: bool  # whether families can still choose or ask


def load_talks(round_id: int, chosen: Filter, number: int) -> TalksPage:
    """Return a page of the talks that match. Raises NotFoundError for an unknown round."""
    round_ = load_round(round_id)
    conditions = [Booking.round_id == round_id, *_stands(chosen.state), *student_matches(chosen)]
    if chosen.evening:
        conditions.append(Booking.evening_id == chosen.evening)
    if matching := teacher_matches(chosen):
        conditions.append(
            exists()
            .where(
                OfferTeacher.offer_id == Booking.offer_id,
                Teacher.id == OfferTeacher.teacher_id,
                Person.id == Teacher.person_id,
                *matching,
            )
            .correlate(Booking)
        )
    rows = _talks(conditions, (number - 1) * PER_PAGE, PER_PAGE + 1)
    return TalksPage(
        *_frame(round_, chosen, number, len(rows)),
        rows[:PER_PAGE],
    )


def talks_named(booking_ids: Collection[int]) -> tuple[TalkRow, ...]:
    """Return the talks with these ids, by time."""
    return _talks([Booking.id.in_(booking_ids)], 0, len(booking_ids))


def load_silent(round_id: int, chosen: Filter, number: int, *, now: datetime) -> SilentPage:
    """Return a page of the students without a talk. Raises NotFoundError for an unknown round."""
    round_ = load_round(round_id)
    rows = db.session.execute(
        STUDENTS.where(Student.id.in_(silent(round_id, chosen)))
        .order_by(HomeClass.name, HomeClass.id, Person.sort_key, Student.id)
        .offset((number - 1) * PER_PAGE)
        .limit(PER_PAGE + 1)
    ).all()
    guardians = contacts_of([row.id for row in rows])
    return SilentPage(
        *_frame(round_, chosen, number, len(rows)),
        tuple(
            SilentRow(row.id, row.name.full, row.class_name or "", tuple(guardians.get(row.id, ())))
            for row in rows[:PER_PAGE]
        ),
        round_.phase(now) is Phase.OPEN,
    )


def _frame(
    round_: RoundInfo, chosen: Filter, number: int, found: int
) -> tuple[RoundInfo, tuple[EveningInfo, ...], Filter, FilterChoices, int, bool]:
    """Return what all list pages have in common; ``found``: rows, one more than a page if any."""
    choices = load_choices(round_.id)
    return round_, evenings_of(round_), chosen, choices, number, found > PER_PAGE


def _stands(state: str) -> list[ColumnElement[bool]]:
    if state == "called_off":
        return [Booking.called_off != ""]
    if state == "cancelled":
        return [Booking.cancelled_at.is_not(None), Booking.called_off == ""]
    return [Booking.cancelled_at.is_(None)]


def _talks(conditions: Sequence[ColumnElement[bool]], skip: int, most: int) -> tuple[TalkRow, ...]:
    booker = aliased(Person)
    rows = db.session.execute(
        select(
            Booking.id,
            Booking.student_id,
            Booking.offer_id,
            Booking.evening_id,
            Booking.starts_at,
            Booking.ends_at,
            Booking.modality,
            Booking.origin,
            Booking.booked_at,
            NAME,
            CLASS_NAME,
            name_of(booker, "booked_by"),
            (Booking.booked_by_id == Student.person_id).label("by_student"),
            Student.ended_on.is_not(None).label("student_left"),
            has_left_teacher().label("teacher_left"),
        )
        .join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .outerjoin(booker, booker.id == Booking.booked_by_id)
        .where(*conditions)
        .order_by(Booking.starts_at, Person.sort_key, Booking.id)
        .offset(skip)
        .limit(most)
    ).all()
    teachers = teachers_by_offer({row.offer_id for row in rows})
    rooms = _rooms({row.evening_id for row in rows})
    return tuple(
        TalkRow(
            booking_id=row.id,
            student_id=row.student_id,
            student=row.name.full,
            class_name=row.class_name or "",
            student_left=row.student_left,
            teacher=join_names([name for _id, name in of_talk]),
            teacher_left=row.teacher_left,
            place=place_text(
                row.modality,
                room_of(row.modality, [rooms.get((row.evening_id, id_)) for id_, _name in of_talk]),
            ),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            booked_by=row.booked_by.full,
            by_student=bool(row.by_student),
            origin=Origin(row.origin),
            booked_at=row.booked_at,
        )
        for row in rows
        for of_talk in [teachers.get(row.offer_id, [])]
    )


def _rooms(evening_ids: Collection[int]) -> Mapping[tuple[int, int], str]:
    rows = db.session.execute(
        select(EveningRoom.evening_id, EveningRoom.teacher_id, Room.name)
        .join(Room, Room.id == EveningRoom.room_id)
        .where(EveningRoom.evening_id.in_(evening_ids))
    )
    return {(evening_id, teacher_id): name for evening_id, teacher_id, name in rows}
