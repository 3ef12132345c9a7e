"""What families ask for in a round, as the office sees it before the times are planned."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from app.bookings.availability import evenings_with_times, join_names
from app.bookings.models import Booking, BookingRequest, Claim, ClaimKind
from app.bookings.requests import is_open
from app.core.ticks import ticks
from app.extensions import db
from app.requests.models import NoTalkNeeded, Wishes
from app.rounds.info import RoundInfo
from app.rounds.models import Offer
from app.rounds.offers import is_bookable, teachers_by_offer
from app.rounds.queries import load_round
from app.school.models import Guardian, HomeClass, HouseholdGuardian, Person, Student, Teacher
from app.school.reading import NAME, STUDENTS


class Hindrance(StrEnum):
    """Why a request cannot be planned, and the office has to look."""

    STUDENT_LEFT = "student_left"
    NOT_OFFERED = "not_offered"  # the teacher left, or teaches the student no longer


@dataclass(frozen=True)
class TeacherDemand:
    """How many times families want of a teacher, and how many are free; the tightest first."""

    name: str
    wanted: int  # a long talk takes several
    free: int

    @property
    def lacks(self) -> int:
        """How many times there are too few."""
        return max(0, self.wanted - self.free)


@dataclass(frozen=True)
class RequestRow:
    """A talk that a family asks for."""

    id: int
    student_id: int
    student: str
    class_name: str
    teacher: str
    is_long: bool
    order: int  # 1 is dearest
    hindrance: Hindrance | None  # why it cannot be planned


@dataclass(frozen=True)
class OfficeRemark:
    """A family's remark for whoever plans."""

    id: int
    family: tuple[str, ...]  # the guardians, or the student
    text: str
    is_handled: bool


@dataclass(frozen=True)
class RequestsPage:
    """The requests of a round."""

    round: RoundInfo
    demand: tuple[TeacherDemand, ...]
    rows: tuple[RequestRow, ...]
    remarks: tuple[OfficeRemark, ...]
    none_needed: tuple[tuple[int, str, str], ...]  # students: id, name and class

    @property
    def hindered(self) -> tuple[RequestRow, ...]:
        """The requests that cannot be planned: the office decides."""
        return tuple(row for row in self.rows if row.hindrance)


def load_requests(round_id: int) -> RequestsPage:
    """Return what families ask for in a round. Raises NotFoundError."""
    round_ = load_round(round_id)
    asked = db.session.execute(
        STUDENTS.join(BookingRequest, BookingRequest.student_id == Student.id)
        .add_columns(
            BookingRequest.id.label("request_id"),
            BookingRequest.offer_id,
            BookingRequest.teacher_key,
            BookingRequest.is_long,
            BookingRequest.position,
            Offer.slots,
            Student.ended_on,
            is_bookable().label("is_offered"),
        )
        .join(Offer, Offer.id == BookingRequest.offer_id)
        .where(BookingRequest.round_id == round_id, is_open())
        .order_by(HomeClass.name, Person.sort_key, Student.id, BookingRequest.position)
    ).all()
    teachers = teachers_by_offer(
        select(BookingRequest.offer_id).where(BookingRequest.round_id == round_id)
    )
    wanted: Counter[int] = Counter()
    names: dict[int, str] = {}
    for row in asked:
        if _hindrance(row):
            continue
        for teacher_id, name in teachers[row.offer_id]:
            wanted[teacher_id] += row.slots * (2 if row.is_long else 1)
            names[teacher_id] = name
    free = _free(round_, wanted)
    demand = [TeacherDemand(names[id_], number, free[id_]) for id_, number in wanted.items()]
    return RequestsPage(
        round=round_,
        demand=tuple(sorted(demand, key=lambda it: (it.free - it.wanted, it.name))),
        rows=tuple(
            RequestRow(
                id=row.request_id,
                student_id=row.id,
                student=row.name.full,
                class_name=row.class_name or "",
                teacher=join_names([name for _id, name in teachers[row.offer_id]]),
                is_long=row.is_long,
                order=row.position + 1,
                hindrance=_hindrance(row),
            )
            for row in asked
        ),
        remarks=_remarks(round_id),
        none_needed=tuple(
            (row.id, row.name.full, row.class_name or "")
            for row in db.session.execute(
                STUDENTS.where(
                    Student.id.in_(
                        select(NoTalkNeeded.student_id).where(NoTalkNeeded.round_id == round_id)
                    ),
                    Student.id.not_in(
                        select(Booking.student_id).where(
                            Booking.round_id == round_id, Booking.cancelled_at.is_(None)
                        )
                    ),
                ).order_by(HomeClass.name, Person.sort_key, Student.id)
            )
        ),
    )


def _hindrance(row: Any) -> Hindrance | None:
    if row.ended_on is not None:
        return Hindrance.STUDENT_LEFT
    return None if row.is_offered else Hindrance.NOT_OFFERED


def _free(round_: RoundInfo, teacher_ids: Collection[int]) -> Mapping[int, int]:
    """Return at how many times of the round each teacher neither talks, nor sits as a parent, nor
    is away.
    """
    times = [
        ticks(slot.starts_at, slot.ends_at)
        for evening in evenings_with_times(round_)
        for slot in evening.slots
    ]
    if not times:
        return dict.fromkeys(teacher_ids, 0)
    taken: defaultdict[int, set[int]] = defaultdict(set)
    for kind, resource in ((ClaimKind.TEACH, Teacher.id), (ClaimKind.PERSON, Teacher.person_id)):
        for teacher_id, tick in db.session.execute(
            select(Teacher.id, Claim.tick)
            .join(Claim, Claim.resource_id == resource)
            .where(
                Teacher.id.in_(teacher_ids),
                Claim.kind == kind,
                Claim.tick.between(times[0].start, times[-1].stop),
            )
        ):
            taken[teacher_id].add(tick)
    return {
        teacher_id: sum(taken[teacher_id].isdisjoint(time) for time in times)
        for teacher_id in teacher_ids
    }


def _remarks(round_id: int) -> tuple[OfficeRemark, ...]:
    """Return the remarks, those that are not handled first."""
    rows = db.session.execute(
        select(Wishes.id, Wishes.remark, Wishes.handled_at, NAME)
        .outerjoin(HouseholdGuardian, HouseholdGuardian.household_id == Wishes.household_id)
        .outerjoin(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .outerjoin(Student, Student.id == Wishes.student_id)
        .join(Person, Person.id.in_([Guardian.person_id, Student.person_id]))
        .where(Wishes.round_id == round_id, Wishes.remark != "")
        .order_by(Wishes.handled_at.is_not(None), Wishes.changed_at, Wishes.id, Person.sort_key)
    ).all()
    families: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        families[row.id].append(row.name.full)
    first = {row.id: row for row in reversed(rows)}
    return tuple(
        OfficeRemark(id_, tuple(names), first[id_].remark, first[id_].handled_at is not None)
        for id_, names in families.items()
    )
