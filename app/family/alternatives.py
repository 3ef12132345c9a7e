"""What a family can book instead of a talk that the school called off, or could not plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select

from app.bookings import attendees, policy
from app.bookings.availability import columns_of, evenings_with_times
from app.bookings.calling_off.queries import chosen_instead, reasons
from app.bookings.cells import Cell, CellState, Column, Talk
from app.bookings.guards import own_booking
from app.bookings.models import Booking, BookingRequest
from app.bookings.talks import own_talks, talks_of_ids
from app.core.access import Actor
from app.core.errors import NotFoundError
from app.core.i18n import local_day
from app.extensions import db
from app.family.table import Card, EveningTable, comers, read_table
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import Modality, Offer, RoundState
from app.rounds.offers import is_bookable
from app.rounds.queries import load_round
from app.school.models import Person, Teacher
from app.school.queries import children_of
from app.school.reading import NAME

NEAREST = 6
"""How many of a colleague's times to show: those nearest to the called-off talk."""


@dataclass(frozen=True)
class OtherTime:
    """A time that is one tap away; ``value`` is what the form sends: slot and teachers."""

    value: str
    starts_at: datetime
    is_tight: bool  # closer to an own talk than the walking time
    coming: str  # see ``comers``

    @classmethod
    def of(cls, card: Card, cell: Cell) -> "OtherTime":
        """Return a cell as a time to tap."""
        return cls(
            f"{cell.slot_id}-{card.key}", cell.starts_at, cell.near is not None, comers(cell.coming)
        )


@dataclass(frozen=True)
class OtherDay:
    """Free times of one evening, and what the family has then."""

    day: date
    times: tuple[OtherTime, ...]
    talks: tuple[Talk, ...]


@dataclass(frozen=True)
class Alternative:
    """A teacher who has times free for this family."""

    teacher: str
    subjects: str
    days: tuple[OtherDay, ...]

    def distance(self, moment: datetime) -> timedelta:
        """Return how far the nearest free time is from ``moment``."""
        return min(abs(time.starts_at - moment) for day in self.days for time in day.times)


@dataclass(frozen=True)
class AlternativesPage:
    """A called-off talk, the reason, and the alternatives."""

    talk: Talk
    reason: str
    round: RoundInfo
    is_answered: bool
    has_chosen: bool  # a replacement that is not cancelled
    may_choose: bool
    same: Alternative | None  # other times of the same teacher
    colleagues: tuple[Alternative, ...]  # the one free nearest to the old time first


def load_alternatives(actor: Actor, booking_id: int, *, now: datetime) -> AlternativesPage:
    """Return what this actor's family can book instead of a talk.

    Raises NotFoundError if the talk is not the actor's or was not called off.
    """
    booking, child = own_booking(actor, booking_id, now)
    round_ = load_round(booking.round_id)
    if not booking.called_off or not policy.may_see(actor, round_.open_to):
        raise NotFoundError
    children = children_of(actor, local_day(now))
    (talk,) = talks_of_ids([booking_id], children, now=now)
    evenings = evenings_with_times(round_)
    keys = own_keys(booking)
    own = columns_of(round_, child, evenings)
    columns = [c for c in own if c.key in keys and c.offered and c.live is None]
    columns += colleagues_for(booking, round_, evenings)
    family = attendees.of_booking(child, booking.household_id).people
    talks = own_talks(children, now=now)
    tables, cards = read_table(round_, child, family, talks, now=now, columns=columns)
    same = [_alternative(card, tables) for card in cards if card.key == booking.teacher_key]
    colleagues = [
        _alternative(card, tables, near=booking.starts_at)
        for card in cards
        if card.key != booking.teacher_key
    ]
    return AlternativesPage(
        talk=talk,
        reason=reasons([booking_id]).get(booking_id, ""),
        round=round_,
        is_answered=booking.answered_at is not None,
        has_chosen=chosen_instead(booking) is not None,
        may_choose=round_.state is RoundState.PUBLISHED
        and policy.may_book_in(actor, round_.open_to),
        same=next((alternative for alternative in same if alternative.days), None),
        colleagues=tuple(
            sorted(
                (alternative for alternative in colleagues if alternative.days),
                key=lambda alternative: alternative.distance(booking.starts_at),
            )
        ),
    )


def own_keys(booking: Booking | BookingRequest) -> tuple[str, ...]:
    """Return the keys of the teachers offered to this student for the talk's subjects.

    They include the talk's own teachers, unless the school withdrew them.
    """
    return tuple(
        db.session.scalars(
            select(Offer.teacher_key)
            .where(
                Offer.round_id == booking.round_id,
                Offer.student_id == booking.student_id,
                is_bookable(),
                or_(
                    Offer.teacher_key == booking.teacher_key,
                    and_(
                        Offer.subject_code.in_(_subjects(booking)),
                        Offer.subject_code != "",
                    ),
                ),
            )
            .distinct()
        )
    )


def colleague_keys(booking: Booking | BookingRequest) -> tuple[str, ...]:
    """Return the keys of the teachers offered to other students of the round for the same subjects.

    Leaves out teachers whom this student has, or had before the school withdrew them, and duos.
    """
    had = select(Offer.teacher_key).where(
        Offer.round_id == booking.round_id, Offer.student_id == booking.student_id
    )
    return tuple(
        db.session.scalars(
            select(Offer.teacher_key)
            .where(
                Offer.round_id == booking.round_id,
                Offer.subject_code.in_(_subjects(booking)),
                Offer.subject_code != "",
                is_bookable(),
                Offer.teacher_key.not_in(had),
                ~Offer.teacher_key.contains("-"),
            )
            .distinct()
            .order_by(Offer.teacher_key)
        )
    )


def _subjects(booking: Booking | BookingRequest) -> Sequence[str]:
    return db.session.scalars(
        select(Offer.subject_code).where(
            Offer.round_id == booking.round_id,
            Offer.student_id == booking.student_id,
            Offer.teacher_key == booking.teacher_key,
        )
    ).all()


def colleagues_for(
    booking: Booking | BookingRequest, round_: RoundInfo, evenings: Sequence[EveningInfo]
) -> list[Column]:
    """Return the columns of colleagues who teach the same subjects."""
    columns, at_school = [], round_.modality is Modality.SITE
    slots = db.session.get_one(Offer, booking.offer_id).slots
    teachers = db.session.execute(
        select(Teacher.id, Teacher.person_id, NAME)
        .join(Person, Person.id == Teacher.person_id)
        .where(Teacher.id.in_([int(key) for key in colleague_keys(booking)]))
        .order_by(Person.sort_key, Teacher.id)
    )
    for teacher_id, person_id, name in teachers:
        rooms = {e.id: e.rooms[teacher_id] for e in evenings if at_school and teacher_id in e.rooms}
        columns.append(
            Column(
                key=str(teacher_id),
                offer_id=0,  # made when it is chosen
                teacher=name.formal,
                subjects="",
                talk_subjects="",
                slots=slots,
                offered=True,
                teacher_ids=(teacher_id,),
                person_ids=(person_id,),
                rooms={evening: room.name for evening, room in rooms.items()},
                exclusive_rooms={e: room.id for e, room in rooms.items() if room.exclusive},
                modality=round_.modality,
            )
        )
    return columns


def _alternative(
    card: Card, tables: Sequence[EveningTable], near: datetime | None = None
) -> Alternative:
    """Return a teacher's free times: all of them, or the NEAREST ones to ``near``."""
    free = [
        (table, OtherTime.of(card, cell))
        for table, on in zip(tables, card.evenings, strict=True)
        for cell in on.cells
        if cell.state is CellState.FREE
    ]
    if near is not None:
        nearest = sorted(free, key=lambda it: (abs(it[1].starts_at - near), it[1].starts_at))
        free = sorted(nearest[:NEAREST], key=lambda it: it[1].starts_at)
    days = (
        OtherDay(table.day, tuple(time for at, time in free if at is table), table.talks)
        for table in tables
    )
    return Alternative(card.teacher, card.subjects, tuple(day for day in days if day.times))
