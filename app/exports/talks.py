"""The talks of a round for prints and exports: no remarks, no contact data."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, select

from app.bookings.at_work import who_comes
from app.bookings.availability import join_names
from app.bookings.cells import coming_text
from app.bookings.models import Booking, Origin
from app.bookings.talks import SAME, with_teachers
from app.core.access import Role
from app.core.statements import run
from app.rounds.models import Modality, OfferTeacher, Round
from app.rounds.places import place_text, room_of
from app.school.branches import CLASS_NAME
from app.school.homes import homes_named
from app.school.models import (
    HomeClass,
    Person,
    Room,
    Student,
    Subject,
    Teacher,
)
from app.school.names import formal_name, full_name


class SheetTeacher(NamedTuple):  # there are thousands, and tuples are fast to create
    """A teacher in a talk; ``room`` is "" if none was assigned or the talk is not at school."""

    id: int
    person_id: int
    code: str
    name: str
    sort_key: str
    room: str


class SheetTalk(NamedTuple):
    """One talk, in UTC; ``family`` is the key of the household, or of a student who comes alone."""

    id: int
    evening_id: int
    starts_at: datetime
    ends_at: datetime
    modality: Modality
    student_number: str
    student: str
    sort_key: str
    class_name: str
    family: str
    guardians: tuple[str, ...]  # the attendees; empty if the student comes alone
    teachers: tuple[SheetTeacher, ...]
    subjects: str
    booked_by: Role | Origin  # the family's role, unless the school booked it
    booked_at: datetime
    coming: tuple[str, ...] = ()  # of the guardians, if not all come

    @property
    def who(self) -> str:
        """Who comes for the family, in words; "" if all do."""
        return coming_text(self.coming)

    @property
    def teacher(self) -> str:
        """The teachers' names."""
        return join_names([teacher.name for teacher in self.teachers])

    @property
    def room(self) -> str:
        """The room of the first teacher who has one."""
        return next((teacher.room for teacher in self.teachers if teacher.room), "")

    @property
    def place(self) -> str:
        """Where the talk is, in words; "" if at school without a room."""
        return place_text(self.modality, self.room)

    @property
    def at_school(self) -> bool:
        """Whether the family comes to the school."""
        return self.modality is Modality.SITE


def talks_of_round(round_id: int) -> tuple[SheetTalk, ...]:
    """Return the live talks of a round that families can see, by time and teacher."""
    return _load(Booking.round_id == round_id)


def talks_of_evening(evening_id: int) -> tuple[SheetTalk, ...]:
    """Return the live talks of one evening that families can see, by time and teacher."""
    return _load(Booking.evening_id == evening_id)


def is_agreed(scope: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition for talks to print: not cancelled, and visible to families."""
    return and_(scope, Booking.cancelled_at.is_(None), Booking.published_at.is_not(None))


def _load(scope: ColumnElement[bool]) -> tuple[SheetTalk, ...]:
    agreed = is_agreed(scope)
    teaching = _teaching(agreed)
    coming = who_comes(select(Booking.id).where(agreed))
    homes = homes_named(select(Booking.household_id).where(agreed))
    rows = run(
        select(
            Booking.id,
            Booking.evening_id,
            Booking.starts_at,
            Booking.ends_at,
            Booking.modality,
            Booking.student_id,
            Booking.household_id,
            Booking.origin,
            Booking.booked_at,
            (Booking.booked_by_id == Student.person_id).label("by_student"),
            Round.participants,
            Student.number,
            Person.given_name,
            Person.prefix,
            Person.family_name,
            Person.sort_key,
            CLASS_NAME,
        )
        .join(Round, Round.id == Booking.round_id)
        .join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .where(agreed)
    ).all()
    talks = [
        SheetTalk(
            id=row.id,
            evening_id=row.evening_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            modality=Modality(row.modality),
            student_number=row.number,
            student=full_name(row.given_name, row.prefix, row.family_name),
            sort_key=row.sort_key,
            class_name=row.class_name or "",
            family=_family(row.household_id, row.student_id),
            guardians=homes[row.household_id].guardians if row.household_id in homes else (),
            teachers=teaching[row.id].teachers,
            subjects=teaching[row.id].subjects,
            booked_by=_booked_by(row.origin, bool(row.by_student)),
            booked_at=row.booked_at,
            coming=coming.get(row.id, ()),
        )
        for row in rows
    ]
    return tuple(sorted(talks, key=lambda it: (it.starts_at, it.teachers[0].sort_key, it.id)))


def _family(household_id: int | None, student_id: int) -> str:
    return f"s{student_id}" if household_id is None else f"h{household_id}"


def _booked_by(origin: str, by_student: bool) -> Role | Origin:  # noqa: FBT001
    if origin != Origin.FAMILY:
        return Origin(origin)
    return Role.STUDENT if by_student else Role.GUARDIAN


class _Teaching(NamedTuple):
    teachers: tuple[SheetTeacher, ...]
    subjects: str


def _teaching(agreed: ColumnElement[bool]) -> Mapping[int, _Teaching]:
    rows = run(
        with_teachers(
            select(
                Booking.id,
                Booking.modality,
                Teacher.id,
                Teacher.person_id,
                Teacher.code,
                Person.salutation,
                Person.given_name,
                Person.prefix,
                Person.family_name,
                Person.sort_key,
                Room.name,
                Subject.name,
            )
        )
        .where(agreed)
        .order_by(Booking.id, OfferTeacher.position, SAME.id)
    ).all()
    teachers: dict[int, dict[int, SheetTeacher]] = defaultdict(dict)
    subjects: dict[int, dict[str, None]] = defaultdict(dict)
    for booking_id, modality, id_, person_id, code, *name, sort_key, room, subject in rows:
        teachers[booking_id][id_] = SheetTeacher(
            id_, person_id, code, formal_name(*name), sort_key, room_of(modality, [room])
        )
        if subject:
            subjects[booking_id][subject] = None
    return {
        booking_id: _Teaching(tuple(of_booking.values()), ", ".join(subjects[booking_id]))
        for booking_id, of_booking in teachers.items()
    }
