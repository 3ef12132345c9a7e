"""Load upcoming talks as a change of their round needs them: times and resources."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.bookings.availability import join_names
from app.bookings.models import Booking, Claim, ClaimKind
from app.core.i18n import local_day
from app.extensions import db
from app.rescheduling.answers import TalkKey
from app.rounds.info import RoomInfo
from app.rounds.models import EveningRoom, Modality, Offer, OfferTeacher, Round
from app.rounds.offers import teachers_by_offer
from app.school.branches import CLASS_NAME
from app.school.models import HomeClass, Person, Room, Student
from app.school.reading import NAME

Resource = tuple[str, int]
"""A kind of claim, and the id of what it keeps busy."""


@dataclass(frozen=True)
class BookedTalk:
    """An upcoming talk, and what it keeps busy."""

    booking_id: int
    sequence: int  # increases with each change of the talk
    round_id: int
    round_name: str
    student_id: int
    class_id: int | None
    student: str
    class_name: str
    teacher: str
    teacher_key: str
    first_teacher_id: int
    modality: Modality
    room: RoomInfo | None  # of the first teacher, if the talk is at school
    slots: int  # how many slots it takes
    day: date
    starts_at: datetime
    ends_at: datetime
    resources: frozenset[Resource]

    @property
    def key(self) -> TalkKey:
        """What an answer about the talk names."""
        return self.booking_id, self.sequence

    def ids(self, kind: ClaimKind) -> frozenset[int]:
        """Return the ids of one kind ("person" or "teach") whose time the talk takes."""
        return frozenset(id_ for of, id_ in self.resources if of == kind)


def load_talks(
    round_id: int, *, rooms: Collection[int] = (), now: datetime
) -> tuple[BookedTalk, ...]:
    """Return the live upcoming talks of a round or in one of these rooms, by time."""
    rows = db.session.execute(
        select(
            Booking.id,
            Booking.sequence,
            Booking.round_id,
            Round.name.label("round_name"),
            Booking.student_id,
            Booking.teacher_key,
            Student.home_class_id,
            Booking.starts_at,
            Booking.ends_at,
            Booking.offer_id,
            Booking.modality,
            Offer.slots,
            CLASS_NAME,
            NAME,
            Room.id.label("room_id"),
            Room.name.label("room"),
            Room.exclusive,
        )
        .join(Round, Round.id == Booking.round_id)
        .join(Offer, Offer.id == Booking.offer_id)
        .outerjoin(OfferTeacher, (OfferTeacher.offer_id == Offer.id) & (OfferTeacher.position == 0))
        .join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .outerjoin(
            EveningRoom,
            (EveningRoom.evening_id == Booking.evening_id)
            & (EveningRoom.teacher_id == OfferTeacher.teacher_id),
        )
        .outerjoin(Room, Room.id == EveningRoom.room_id)
        .where(
            (Booking.round_id == round_id)
            | (Room.id.in_(rooms) & (Booking.modality == Modality.SITE)),
            Booking.cancelled_at.is_(None),
            Booking.starts_at > now,
        )
        .order_by(Booking.starts_at, Person.sort_key, Booking.id)
    ).all()
    round_ids = {row.round_id for row in rows}
    booked = select(Booking.offer_id).where(Booking.round_id.in_(round_ids))
    teachers = teachers_by_offer(booked)
    resources: dict[int, set[Resource]] = defaultdict(set)
    for booking_id, kind, resource in db.session.execute(
        select(Booking.id, Claim.kind, Claim.resource_id)
        .join(Claim, Claim.booking_id == Booking.id)
        .where(Booking.round_id.in_(round_ids), Claim.kind != ClaimKind.ROOM)
        .distinct()
    ):
        resources[booking_id].add((kind, resource))
    return tuple(
        BookedTalk(
            booking_id=row.id,
            sequence=row.sequence,
            round_id=row.round_id,
            round_name=row.round_name,
            student_id=row.student_id,
            class_id=row.home_class_id,
            student=row.name.full,
            class_name=row.class_name or "",
            teacher=join_names([name for _id, name in teachers[row.offer_id]]),
            teacher_key=row.teacher_key,
            first_teacher_id=teachers[row.offer_id][0][0],
            modality=Modality(row.modality),
            room=(
                RoomInfo(row.room_id, row.room, row.exclusive)
                if row.room_id and row.modality == Modality.SITE
                else None
            ),
            slots=row.slots,
            day=local_day(row.starts_at),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            resources=frozenset(resources[row.id]),
        )
        for row in rows
    )
