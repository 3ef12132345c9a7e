"""A teacher's own talks as others may glance at them: with initials, never a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select

from app.accounts.feeds import Subscriber
from app.bookings.models import Booking
from app.bookings.talks import ABOUT_SAME, SAME
from app.core.ical import IcalEntry, whole_uid
from app.extensions import db
from app.feeds.days import entries_of_days, kept_since
from app.rounds.info import RoundInfo
from app.rounds.models import (
    EveningRoom,
    Modality,
    Offer,
    OfferTeacher,
    Round,
    RoundState,
)
from app.rounds.places import link_of, place_text
from app.rounds.queries import list_rounds
from app.school.branches import CLASS_NAME
from app.school.models import HomeClass, Person, Room, Student, Subject, Teacher
from app.school.names import initials

SHOWN = (RoundState.CHECK, RoundState.PUBLISHED)
"""States of rounds that teachers see."""


@dataclass(frozen=True)
class TaughtTalk:
    """A talk of a teacher; about whom is empty while the school does not show it."""

    booking_id: int
    evening_id: int
    uid: str
    sequence: int
    booked_at: datetime
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    is_cancelled: bool
    round_name: str
    at_school: bool
    place: str  # the room, or how they meet if not at school
    link: str  # of an online talk
    subjects: str
    student: str  # initials
    class_name: str


_TALKS = (
    select(
        Booking.id,
        Booking.evening_id,
        Booking.uid,
        Booking.sequence,
        Booking.booked_at,
        Booking.changed_at,
        Booking.starts_at,
        Booking.ends_at,
        Booking.cancelled_at,
        Booking.modality,
        Booking.link.label("meeting"),
        Teacher.link,
        Round.name.label("round_name"),
        Round.timetable_visible,
        Room.name.label("room"),
        Subject.name.label("subject"),
        Person.given_name,
        Person.family_name,
        CLASS_NAME,
    )
    .join(Round, Round.id == Booking.round_id)
    .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
    .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
    .join(SAME, ABOUT_SAME)
    .join(Student, Student.id == Booking.student_id)
    .join(Person, Person.id == Student.person_id)
    .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
    .outerjoin(Subject, Subject.code == SAME.subject_code)
    .outerjoin(
        EveningRoom,
        and_(
            EveningRoom.evening_id == Booking.evening_id,
            EveningRoom.teacher_id == OfferTeacher.teacher_id,
        ),
    )
    .outerjoin(Room, Room.id == EveningRoom.room_id)
    .where(Booking.published_at.is_not(None))
    .order_by(Booking.starts_at, Booking.id, SAME.id)
)


def taught_talks(teacher_id: int, cancelled_since: datetime) -> Sequence[TaughtTalk]:
    """Return a teacher's talks by time, with those that were cancelled since a moment."""
    rows = db.session.execute(
        _TALKS.where(
            OfferTeacher.teacher_id == teacher_id,
            Round.state.in_(SHOWN),
            or_(Booking.cancelled_at.is_(None), Booking.cancelled_at >= cancelled_since),
        )
    ).all()
    return [_talk(list(of_talk)) for _id, of_talk in groupby(rows, key=lambda row: row.id)]


def taught_talk(teacher_id: int, booking_id: int) -> TaughtTalk | None:
    """Return one talk of a teacher, also if it was cancelled; None if it is not theirs."""
    rows = db.session.execute(
        _TALKS.where(OfferTeacher.teacher_id == teacher_id, Booking.id == booking_id)
    ).all()
    return _talk(rows) if rows else None


def _talk(rows: Sequence[Any]) -> TaughtTalk:
    row, seen = rows[0], rows[0].timetable_visible
    cancelled = row.cancelled_at is not None
    subjects = dict.fromkeys(it.subject for it in rows if it.subject)
    return TaughtTalk(
        booking_id=row.id,
        evening_id=row.evening_id,
        uid=row.uid,
        sequence=row.sequence,
        booked_at=row.booked_at,
        changed_at=row.changed_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        is_cancelled=cancelled,
        round_name=row.round_name,
        at_school=row.modality == Modality.SITE,
        place=place_text(row.modality, row.room or ""),
        link="" if cancelled else link_of(row.modality, row.meeting, [row.link]),
        subjects=", ".join(subjects) if seen else "",
        student=initials(row.given_name, row.family_name) if seen else "",
        class_name=(row.class_name or "") if seen else "",
    )


def entry_of(talk: TaughtTalk, school: str) -> IcalEntry:
    """Return a talk as an entry of the teacher's calendar."""
    about = " ".join(part for part in (talk.student, talk.class_name) if part)
    return IcalEntry(
        uid=whole_uid(talk.uid),
        starts_at=talk.starts_at,
        ends_at=talk.ends_at,
        summary=_("Talk about %(student)s", student=about) if about else _("Talk"),
        created_at=talk.booked_at,
        changed_at=talk.changed_at,
        sequence=talk.sequence,
        location=talk.link
        or ", ".join(filter(None, (talk.place, school if talk.at_school else ""))),
        link=talk.link,
        description=f"{talk.round_name}. {talk.subjects}".strip(),
        is_cancelled=talk.is_cancelled,
    )


def teaching_entries(of: Subscriber, *, now: datetime) -> Sequence[IcalEntry]:
    """Return the talks of a teacher, and the evenings of the rounds in which they sit."""
    teacher_id = of.actor.teacher_id or 0
    talks = taught_talks(teacher_id, kept_since(now))
    return [
        *(entry_of(talk, of.school.name) for talk in talks),
        *entries_of_days(of, rounds_of_teacher(teacher_id)),
    ]


def rounds_of_teacher(teacher_id: int) -> Sequence[RoundInfo]:
    """Return the rounds that offer this teacher, as far as teachers see them."""
    offered = db.session.scalars(
        select(Offer.round_id)
        .join(OfferTeacher, OfferTeacher.offer_id == Offer.id)
        .where(OfferTeacher.teacher_id == teacher_id)
        .distinct()
    ).all()
    return [it for it in list_rounds() if it.id in offered and it.state in SHOWN]
