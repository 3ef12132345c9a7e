"""Lists behind the figures: talks, and families that have none."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from app.bookings.availability import join_names
from app.bookings.models import Booking
from app.evenings.filters import (
    Filter,
    FilterChoices,
    load_choices,
    student_matches,
    teacher_matches,
)
from app.evenings.queries import silent
from app.extensions import db
from app.rounds.models import EveningRoom, OfferTeacher
from app.rounds.queries import EveningInfo, RoundInfo, evenings_of, load_round
from app.school.models import (
    Guardian,
    Guardianship,
    HomeClass,
    Person,
    Room,
    Student,
    Teacher,
)
from app.school.names import formal_name, full_name

PER_PAGE = 200
TALK_STATES = ("called_off", "cancelled")
"""Besides the live ones, which no state means."""


@dataclass(frozen=True)
class TalkRow:
    """A talk in a list of the office."""

    booking_id: int
    student_id: int
    student: str
    class_name: str
    teacher: str
    room: str
    starts_at: datetime
    ends_at: datetime
    booked_by: str  # '' where nobody is known any more
    by_student: bool
    origin: str  # "family", "office" or "plan"
    booked_at: datetime


@dataclass(frozen=True)
class SilentRow:
    """A student who could have a talk, and has none."""

    student_id: int
    student: str
    class_name: str
    guardians: tuple[str, ...]


@dataclass(frozen=True)
class ListPage:
    """What the lists of a round have in common."""

    round: RoundInfo
    evenings: tuple[EveningInfo, ...]
    chosen: Filter
    choices: FilterChoices
    number: int  # of the page, from 1
    has_more: bool


@dataclass(frozen=True)
class TalksPage(ListPage):
    """Talks of a round, by time."""

    rows: tuple[TalkRow, ...]


@dataclass(frozen=True)
class SilentPage(ListPage):
    """Students without a talk, by class and name."""

    rows: tuple[SilentRow, ...]


def load_talks(round_id: int, chosen: Filter, number: int) -> TalksPage:
    """Return a page of the talks that are chosen. Raises NotFoundError for an unknown round."""
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
        round_,
        evenings_of(round_),
        chosen,
        load_choices(round_id),
        number,
        len(rows) > PER_PAGE,
        rows[:PER_PAGE],
    )


def talks_named(booking_ids: Collection[int]) -> tuple[TalkRow, ...]:
    """Return talks by their ids, by time."""
    return _talks([Booking.id.in_(booking_ids)], 0, len(booking_ids))


def load_silent(round_id: int, chosen: Filter, number: int) -> SilentPage:
    """Return a page of the students without a talk. Raises NotFoundError for an unknown round."""
    round_ = load_round(round_id)
    rows = db.session.execute(
        select(Student.id, Person.given_name, Person.prefix, Person.family_name, HomeClass.name)
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .where(Student.id.in_(silent(round_id, chosen)))
        .order_by(HomeClass.name, Person.sort_key, Student.id)
        .offset((number - 1) * PER_PAGE)
        .limit(PER_PAGE + 1)
    ).all()
    guardians = _guardians([row[0] for row in rows])
    return SilentPage(
        round_,
        evenings_of(round_),
        chosen,
        load_choices(round_id),
        number,
        len(rows) > PER_PAGE,
        tuple(
            SilentRow(row[0], full_name(*row[1:4]), row[4] or "", guardians.get(row[0], ()))
            for row in rows[:PER_PAGE]
        ),
    )


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
            Booking.origin,
            Booking.booked_at,
            Person.given_name,
            Person.prefix,
            Person.family_name,
            HomeClass.name,
            booker.given_name,
            booker.prefix,
            booker.family_name,
            (Booking.booked_by_id == Student.person_id).label("by_student"),
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
    teachers = _teachers({row[2] for row in rows})
    rooms = _rooms({row[3] for row in rows})
    return tuple(
        TalkRow(
            booking_id=row[0],
            student_id=row[1],
            student=full_name(row[8], row[9], row[10]),
            class_name=row[11] or "",
            teacher=join_names([name for _id, name in teachers.get(row[2], ())]),
            room=next(
                (
                    rooms[row[3], teacher_id]
                    for teacher_id, _name in teachers.get(row[2], ())
                    if (row[3], teacher_id) in rooms
                ),
                "",
            ),
            starts_at=row[4],
            ends_at=row[5],
            booked_by=full_name(row[12] or "", row[13] or "", row[14] or ""),
            by_student=bool(row.by_student),
            origin=row[6],
            booked_at=row[7],
        )
        for row in rows
    )


def _teachers(offer_ids: Collection[int]) -> Mapping[int, list[tuple[int, str]]]:
    names: dict[int, list[tuple[int, str]]] = {}
    for offer_id, teacher_id, *name in db.session.execute(
        select(
            OfferTeacher.offer_id,
            OfferTeacher.teacher_id,
            Person.salutation,
            Person.given_name,
            Person.prefix,
            Person.family_name,
        )
        .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
        .join(Person, Person.id == Teacher.person_id)
        .where(OfferTeacher.offer_id.in_(offer_ids))
        .order_by(OfferTeacher.offer_id, OfferTeacher.position)
    ):
        names.setdefault(offer_id, []).append((teacher_id, formal_name(*name)))
    return names


def _rooms(evening_ids: Collection[int]) -> Mapping[tuple[int, int], str]:
    rows = db.session.execute(
        select(EveningRoom.evening_id, EveningRoom.teacher_id, Room.name)
        .join(Room, Room.id == EveningRoom.room_id)
        .where(EveningRoom.evening_id.in_(evening_ids))
    )
    return {(evening_id, teacher_id): name for evening_id, teacher_id, name in rows}


def _guardians(student_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    names: dict[int, list[str]] = {}
    for student_id, *name in db.session.execute(
        select(Guardianship.student_id, Person.given_name, Person.prefix, Person.family_name)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .where(Guardianship.student_id.in_(student_ids), Guardianship.ended_at.is_(None))
        .order_by(Guardianship.student_id, Person.sort_key)
    ):
        names.setdefault(student_id, []).append(full_name(*name))
    return {student_id: tuple(of_one) for student_id, of_one in names.items()}
