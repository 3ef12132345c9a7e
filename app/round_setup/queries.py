"""Queries for the office's pages of rounds, and the choices that the round's form offers."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select, union

from app.bookings import requests
from app.bookings.models import Booking, BookingRequest
from app.core.i18n import local_day
from app.core.statements import counts
from app.extensions import db
from app.rounds.info import RoundInfo
from app.rounds.loading import load_rooms
from app.rounds.models import Evening, EveningRoom, Offer
from app.rounds.phases import Phase
from app.rounds.queries import list_rounds
from app.rounds.spec import RoomSpec
from app.school.branches import CLASS_BRANCH, CLASS_NAME, DEPARTMENT_NAME
from app.school.models import Branch, Department, HomeClass, Person, Room, Student, Teacher
from app.school.reading import NAME


@dataclass(frozen=True)
class OfficeRound:
    """A round, its phase and its figures.

    They count only students who are still at the school.
    """

    round: RoundInfo
    phase: Phase
    students: int  # with at least one teacher offered, or a talk from before that changed
    booked: int
    families: int  # students with at least one talk booked
    asked: int  # talks that families ask for


@dataclass(frozen=True)
class OfficeRounds:
    """All rounds of the school, grouped by whether they are coming, past or archived."""

    coming: tuple[OfficeRound, ...]  # the next evening first
    past: tuple[OfficeRound, ...]  # latest first, like the archived ones
    archived: tuple[OfficeRound, ...]


@dataclass(frozen=True)
class ClassChoice:
    """A class that can take part."""

    id: int
    name: str


@dataclass(frozen=True)
class DepartmentChoice:
    """A department with its classes.

    Classes without a department stand together, by branch if there are several; their id is that of
    the branch as a negative number, or 0.
    """

    id: int
    code: str
    classes: tuple[ClassChoice, ...]


@dataclass(frozen=True)
class BranchChoice:
    """A branch with its departments; id 0 has those without a branch, and no name.

    A school with one branch has only the latter.
    """

    id: int
    name: str
    departments: tuple[DepartmentChoice, ...]


@dataclass(frozen=True)
class TeacherChoice:
    """A teacher who can have a room."""

    id: int
    name: str
    code: str


@dataclass(frozen=True)
class FormChoices:
    """The choices that the form of a round offers."""

    branches: tuple[BranchChoice, ...]
    teachers: tuple[TeacherChoice, ...]
    room_names: tuple[str, ...]
    rooms: tuple[RoomSpec, ...]  # of the latest round that had any


def load_rounds(*, now: datetime) -> OfficeRounds:
    """Return all rounds with their figures."""
    live = Booking.cancelled_at.is_(None)
    taking_part = union(
        select(Offer.round_id, Offer.student_id).where(Offer.offered),
        select(Booking.round_id, Booking.student_id).where(live),
    ).subquery()
    students = counts(
        select(taking_part.c.round_id, func.count())
        .join(Student, Student.id == taking_part.c.student_id)
        .where(Student.ended_on.is_(None))
        .group_by(taking_part.c.round_id)
    )
    booked = counts(select(Booking.round_id, func.count()).where(live).group_by(Booking.round_id))
    families = counts(
        select(Booking.round_id, func.count(Booking.student_id.distinct()))
        .join(Student, Student.id == Booking.student_id)
        .where(live, Student.ended_on.is_(None))
        .group_by(Booking.round_id)
    )
    asked = counts(
        select(BookingRequest.round_id, func.count())
        .join(Student, Student.id == BookingRequest.student_id)
        .where(requests.is_open(), Student.ended_on.is_(None))
        .group_by(BookingRequest.round_id)
    )
    rounds = [
        OfficeRound(
            round_,
            round_.phase(now),
            students.get(round_.id, 0),
            booked.get(round_.id, 0),
            families.get(round_.id, 0),
            asked.get(round_.id, 0),
        )
        for round_ in list_rounds()
    ]
    return _sections(rounds, local_day(now))


def load_choices() -> FormChoices:
    """Return the classes by branch and department, the teachers who have not left, and the rooms."""
    return FormChoices(
        branches=_branches(),
        teachers=_teachers(),
        room_names=tuple(db.session.scalars(select(Room.name).order_by(Room.name))),
        rooms=_earlier_rooms(),
    )


def _sections(rounds: list[OfficeRound], today: date) -> OfficeRounds:
    archived = [line for line in rounds if line.phase is Phase.ARCHIVED]
    at_work = [line for line in rounds if line.phase is not Phase.ARCHIVED]
    past = [line for line in at_work if line.round.days and line.round.days[-1] < today]
    coming = [line for line in reversed(at_work) if line not in past]
    return OfficeRounds(tuple(coming), tuple(past), tuple(archived))


def _branches() -> tuple[BranchChoice, ...]:
    """Return the classes by branch and department; what has no branch comes first.

    A name needs no branch behind it where the branch stands above it.
    """
    rows = db.session.execute(
        select(
            HomeClass.id,
            HomeClass.name,
            CLASS_NAME,
            CLASS_BRANCH.label("class_branch_id"),
            Department.id.label("department_id"),
            Department.code,
            DEPARTMENT_NAME,
            Branch.id.label("branch_id"),
            Branch.name.label("branch"),
        )
        .outerjoin_from(HomeClass, Department, Department.id == HomeClass.department_id)
        .outerjoin(
            Branch,
            Branch.id == case((Department.id.is_(None), CLASS_BRANCH), else_=Department.branch_id),
        )
        .order_by(
            Branch.name.is_not(None),
            Branch.name,
            Branch.id,
            Department.id.is_(None),
            Department.year,
            Department.level,
            Department.code,
            Department.id,
            HomeClass.name,
            HomeClass.id,
        )
    ).all()
    several = len({row.branch_id for row in rows if row.branch_id}) > 1
    found: dict[tuple[int, str], dict[tuple[int, str], list[ClassChoice]]] = {}
    for row in rows:
        above = row.branch_id if several and row.branch_id else 0
        branch = found.setdefault((above, row.branch if above else ""), {})
        code = row.code if above else row.department_name
        name = row.name if above and row.class_branch_id == above else row.class_name
        department = branch.setdefault((row.department_id or -above, code or ""), [])
        department.append(ClassChoice(row.id, name))
    return tuple(
        BranchChoice(
            *branch,
            tuple(DepartmentChoice(*its, tuple(classes)) for its, classes in departments.items()),
        )
        for branch, departments in found.items()
    )


def _teachers() -> tuple[TeacherChoice, ...]:
    rows = db.session.execute(
        select(Teacher.id, Teacher.code, NAME)
        .join(Person, Person.id == Teacher.person_id)
        .where(Teacher.ended_on.is_(None))
        .order_by(Person.sort_key, Teacher.id)
    )
    return tuple(TeacherChoice(id_, name.full, code) for id_, code, name in rows)


def _earlier_rooms() -> tuple[RoomSpec, ...]:
    latest = db.session.scalar(
        select(func.max(Evening.round_id)).where(Evening.id.in_(select(EveningRoom.evening_id)))
    )
    return load_rooms(latest) if latest else ()
