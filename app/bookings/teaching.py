"""The teacher's own evenings: who comes when."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from app.bookings.models import Booking, Claim
from app.core.access import Actor
from app.core.errors import found
from app.core.i18n import local_day
from app.core.ticks import ticks
from app.extensions import db
from app.rounds.models import Offer, OfferTeacher, Round, RoundState
from app.rounds.queries import EveningInfo, load_evenings
from app.school.models import (
    Guardian,
    HomeClass,
    HouseholdGuardian,
    Person,
    Student,
    Subject,
)
from app.school.names import full_name


@dataclass(frozen=True)
class TeachingRow:
    """A time of the evening. ``state`` is "talk", "free" or "away"."""

    starts_at: datetime
    ends_at: datetime
    state: str
    student: str = ""
    class_name: str = ""
    guardians: tuple[str, ...] = ()
    subjects: str = ""
    remark: str = ""


@dataclass(frozen=True)
class TeachingEvening:
    """An evening of a round in which the teacher sits; no contact data of anybody."""

    round_name: str
    day: date
    room: str
    rows: tuple[TeachingRow, ...]

    @property
    def talks(self) -> int:
        """How many talks there are."""
        return sum(row.state == "talk" for row in self.rows)


def load_teaching(actor: Actor, *, now: datetime) -> tuple[TeachingEvening, ...]:
    """Return the teacher's own evenings, those to come first and then the past, nearest first.

    Raises NotFoundError for somebody who does not teach.
    """
    teacher_id = found(actor.teacher_id)
    rounds = db.session.execute(
        select(Round.id, Round.name)
        .where(
            Round.state == RoundState.PUBLISHED,
            Round.id.in_(
                select(Offer.round_id)
                .join(OfferTeacher, OfferTeacher.offer_id == Offer.id)
                .where(OfferTeacher.teacher_id == teacher_id)
            ),
        )
        .order_by(Round.id)
    ).all()
    talks = _talks(teacher_id)
    evenings = []
    for round_id, name in rounds:
        for evening in load_evenings(round_id):
            room = evening.rooms.get(teacher_id)
            rows = _rows(
                evening, talks.get(evening.id, []), _away(teacher_id, actor.person_id, evening)
            )
            evenings.append(TeachingEvening(name, evening.day, room.name if room else "", rows))
    today = local_day(now)
    to_come = sorted((e for e in evenings if e.day >= today), key=lambda e: e.day)
    past = sorted((e for e in evenings if e.day < today), key=lambda e: e.day, reverse=True)
    return tuple(to_come + past)


def _rows(
    evening: EveningInfo, talks: list[TeachingRow], away: set[int]
) -> tuple[TeachingRow, ...]:
    rows = list(talks)
    for slot in evening.slots:
        if any(t.starts_at < slot.ends_at and slot.starts_at < t.ends_at for t in talks):
            continue
        blocked = not away.isdisjoint(ticks(slot.starts_at, slot.ends_at))
        rows.append(TeachingRow(slot.starts_at, slot.ends_at, "away" if blocked else "free"))
    return tuple(sorted(rows, key=lambda row: row.starts_at))


def _talks(teacher_id: int) -> Mapping[int, list[TeachingRow]]:
    bookings = db.session.execute(
        select(
            Booking,
            Person.given_name,
            Person.prefix,
            Person.family_name,
            HomeClass.name,
            Subject.name,
        )
        .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
        .join(Offer, Offer.id == Booking.offer_id)
        .join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .outerjoin(Subject, Subject.code == Offer.subject_code)
        .where(OfferTeacher.teacher_id == teacher_id, Booking.cancelled_at.is_(None))
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    guardians = _guardians({row[0].household_id for row in bookings})
    evenings: dict[int, list[TeachingRow]] = defaultdict(list)
    for booking, *name, class_name, subject in bookings:
        evenings[booking.evening_id].append(
            TeachingRow(
                booking.starts_at,
                booking.ends_at,
                "talk",
                full_name(*name),
                class_name or "",
                guardians.get(booking.household_id, ()),
                subject or "",
                booking.remark,
            )
        )
    return evenings


def _guardians(household_ids: Collection[int | None]) -> Mapping[int | None, tuple[str, ...]]:
    names: dict[int | None, list[str]] = defaultdict(list)
    for household_id, *name in db.session.execute(
        select(
            HouseholdGuardian.household_id,
            Person.given_name,
            Person.prefix,
            Person.family_name,
        )
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .where(HouseholdGuardian.household_id.in_(household_ids))
        .order_by(HouseholdGuardian.household_id, Person.sort_key)
    ):
        names[household_id].append(full_name(*name))
    return {household: tuple(of_household) for household, of_household in names.items()}


def _away(teacher_id: int, person_id: int, evening: EveningInfo) -> set[int]:
    if not evening.slots:
        return set()
    wanted = ticks(evening.slots[0].starts_at, evening.slots[-1].ends_at)
    return set(
        db.session.scalars(
            select(Claim.tick).where(
                or_(
                    (Claim.kind == "teach")
                    & (Claim.resource_id == teacher_id)
                    & Claim.booking_id.is_(None),
                    # Sitting as a parent; own talks as a teacher are rows already.
                    (Claim.kind == "person") & (Claim.resource_id == person_id),
                ),
                Claim.tick.between(wanted[0], wanted[-1]),
            )
        )
    )
