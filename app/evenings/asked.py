"""What families ask for in a round, as the office sees it before the times are planned."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.bookings.availability import join_names
from app.bookings.models import Booking, BookingRequest
from app.bookings.requests import is_open, slots_of
from app.evenings.demand import TeacherDemand, free_times
from app.extensions import db
from app.requests.models import NoTalkNeeded, Preference, Wishes
from app.rounds.info import RoundInfo
from app.rounds.models import Offer, Participants
from app.rounds.offers import is_bookable, teachers_by_offer
from app.rounds.queries import load_round
from app.school.homes import homes_apart
from app.school.models import (
    Guardian,
    HomeClass,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
)
from app.school.reading import NAME, STUDENTS


class Hindrance(StrEnum):
    """Why a request cannot be planned, and the office has to look."""

    STUDENT_LEFT = "student_left"
    NOT_OFFERED = "not_offered"  # the teacher left, or teaches the student no longer


@dataclass(frozen=True)
class RequestRow:
    """A talk that a family asks for."""

    id: int
    student_id: int
    student: str
    class_name: str
    family: tuple[str, ...]  # whose it is, where the child has more households than one
    is_alone: bool  # the student comes without parents, unlike others in the round
    teacher: str
    is_long: bool
    preference: Preference  # of the evening; the plan does not look at it
    remark: str  # for the teacher
    order: int  # 1 is dearest of what the household asks for the child
    hindrance: Hindrance | None  # why it cannot be planned


@dataclass(frozen=True)
class OfficeRemark:
    """A family's remark for whoever plans."""

    id: int
    family: tuple[str, ...]  # the guardians, or the student
    children: tuple[tuple[int, str], ...]  # whom they come for in this round: id and name
    text: str
    is_handled: bool


@dataclass(frozen=True)
class NoneNeeded:
    """A student about whom no talk is needed."""

    student_id: int
    student: str
    class_name: str
    family: tuple[str, ...]  # who said so, where the child has more households than one


@dataclass(frozen=True)
class RequestsPage:
    """The requests of a round."""

    round: RoundInfo
    demand: tuple[TeacherDemand, ...]
    rows: tuple[RequestRow, ...]
    remarks: tuple[OfficeRemark, ...]
    none_needed: tuple[NoneNeeded, ...]

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
            BookingRequest.household_id,
            BookingRequest.is_long,
            BookingRequest.remark,
            Offer.slots,
            Student.ended_on,
            is_bookable().label("is_offered"),
        )
        .join(Offer, Offer.id == BookingRequest.offer_id)
        .where(BookingRequest.round_id == round_id, is_open())
        .order_by(
            *(HomeClass.name, Person.sort_key, Student.id, BookingRequest.household_id),
            *(BookingRequest.position, BookingRequest.id),
        )
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
            wanted[teacher_id] += slots_of(row.slots, is_long=row.is_long)
            names[teacher_id] = name
    free = free_times(round_, wanted)
    demand = [TeacherDemand(names[id_], number, free[id_]) for id_, number in wanted.items()]
    apart = homes_apart((row.id, row.household_id) for row in asked)
    liked = _liked(round_id)
    ranks: Counter[tuple[int, int | None]] = Counter()  # positions have gaps
    rows = []
    for row in asked:
        ranks[row.id, row.household_id] += 1
        rows.append(
            RequestRow(
                id=row.request_id,
                student_id=row.id,
                student=row.name.full,
                class_name=row.class_name or "",
                family=apart.get((row.id, row.household_id), ()),
                is_alone=row.household_id is None and round_.participants != Participants.STUDENT,
                teacher=join_names([name for _id, name in teachers[row.offer_id]]),
                is_long=row.is_long,
                preference=liked.get(
                    (row.household_id, row.household_id or row.id), Preference.NONE
                ),
                remark=row.remark,
                order=ranks[row.id, row.household_id],
                hindrance=_hindrance(row),
            )
        )
    return RequestsPage(
        round=round_,
        demand=tuple(sorted(demand, key=lambda it: (it.free - it.wanted, it.name))),
        rows=tuple(rows),
        remarks=_remarks(round_id),
        none_needed=_none_needed(round_id),
    )


def _none_needed(round_id: int) -> tuple[NoneNeeded, ...]:
    rows = db.session.execute(
        STUDENTS.join(NoTalkNeeded, NoTalkNeeded.student_id == Student.id)
        .add_columns(NoTalkNeeded.household_id)
        .where(
            NoTalkNeeded.round_id == round_id,
            Student.id.not_in(
                select(Booking.student_id).where(
                    Booking.round_id == round_id, Booking.cancelled_at.is_(None)
                )
            ),
        )
        .order_by(HomeClass.name, Person.sort_key, Student.id, NoTalkNeeded.household_id)
    ).all()
    apart = homes_apart((row.id, row.household_id) for row in rows)
    return tuple(
        NoneNeeded(
            row.id, row.name.full, row.class_name or "", apart.get((row.id, row.household_id), ())
        )
        for row in rows
    )


def _hindrance(row: Any) -> Hindrance | None:
    if row.ended_on is not None:
        return Hindrance.STUDENT_LEFT
    return None if row.is_offered else Hindrance.NOT_OFFERED


def _liked(round_id: int) -> Mapping[tuple[int | None, int | None], Preference]:
    """Return which times families like, by household, or by student if one comes alone.

    A guardian of several households says it once, for one of them (``wishes.own_family``): the others
    like the same, unless they said something themselves.
    """
    own, other = aliased(HouseholdGuardian), aliased(HouseholdGuardian)
    rows = db.session.execute(
        select(other.household_id, Wishes.student_id, Wishes.preference)
        .outerjoin(own, own.household_id == Wishes.household_id)
        .outerjoin(other, other.guardian_id == own.guardian_id)
        .where(Wishes.round_id == round_id, Wishes.preference != Preference.NONE)
        .order_by(other.household_id == Wishes.household_id, Wishes.id)
    )
    return {
        (household_id, household_id or student_id): Preference(preference)
        for household_id, student_id, preference in rows
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
    children = _children(round_id)
    return tuple(
        OfficeRemark(
            id_,
            tuple(names),
            tuple(children.get(id_, ())),
            first[id_].remark,
            first[id_].handled_at is not None,
        )
        for id_, names in families.items()
    )


def _children(round_id: int) -> Mapping[int, Sequence[tuple[int, str]]]:
    """Return the children of a round about whom each remark can be, by the id of the wishes.

    What a guardian of several households says is kept with the smallest: it is about the children
    of every household in which all of that one's guardians are.
    """
    own, other = aliased(HouseholdGuardian), aliased(HouseholdGuardian)
    size = (
        select(func.count())
        .where(HouseholdGuardian.household_id == Wishes.household_id)
        .correlate(Wishes)
        .scalar_subquery()
    )
    around = (
        select(Wishes.id.label("wishes_id"), other.household_id)
        .join(own, own.household_id == Wishes.household_id)
        .join(other, other.guardian_id == own.guardian_id)
        .where(Wishes.round_id == round_id, Wishes.remark != "")
        .group_by(Wishes.id, Wishes.household_id, other.household_id)
        .having(func.count() == size)
        .subquery()
    )
    itself = select(Wishes.id, Wishes.student_id).where(
        Wishes.round_id == round_id, Wishes.student_id.is_not(None)
    )
    of = (
        select(around.c.wishes_id, HouseholdStudent.student_id)
        .join(HouseholdStudent, HouseholdStudent.household_id == around.c.household_id)
        .union(itself)
        .subquery()
    )
    takes_part = select(Offer.student_id).where(Offer.round_id == round_id, Offer.offered)
    children: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for row in db.session.execute(
        STUDENTS.join(of, of.c.student_id == Student.id)
        .add_columns(of.c.wishes_id)
        .where(Student.id.in_(takes_part))
        .order_by(Person.sort_key, Student.id)
    ):
        children[row.wishes_id].append((row.id, row.name.full))
    return children
