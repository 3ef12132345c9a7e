"""The office's page of one student: guardians, households, talks, log and mails."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import exists, select

from app.bookings.cells import Talk
from app.bookings.left import has_left_teacher
from app.bookings.models import Booking, Origin
from app.bookings.office import WORKING
from app.bookings.talks import talks_for_mail
from app.core.errors import found
from app.core.i18n import local_day
from app.extensions import db
from app.people.asked import AskedLine, load_asked
from app.people.log import StudentLogLine, load_log
from app.people.mail_status import MailLine, load_mails
from app.rounds.info import RoundInfo
from app.rounds.phases import Phase
from app.rounds.queries import rounds_of_student
from app.school.age import is_open
from app.school.homes import Home, homes_named, homes_of
from app.school.models import Guardian, Guardianship, Person, Student
from app.school.reading import STUDENTS


@dataclass(frozen=True)
class StudentInfo:
    """A student as the office's pages show it."""

    id: int
    person_id: int
    name: str
    class_name: str
    number: str
    apart: bool
    apart_reason: str
    ended_on: date | None


OPENED, GROWN = "opened", "grown"


@dataclass(frozen=True)
class GuardianLine:
    """A guardian of the student; ``why`` says why the child is open or closed to this person.

    Open: "" by rule, or OPENED by the school. Closed: a ClosedReason, or GROWN for a student of 18
    or older.
    """

    id: int
    person_id: int
    name: str
    relation: str
    legal_authority: bool
    is_open: bool
    why: str
    opened_reason: str
    has_mail: bool
    phone: str


@dataclass(frozen=True)
class Sibling:
    """Another child of one of these guardians."""

    id: int
    name: str
    class_name: str


class TalkState(StrEnum):
    """Where a talk about a student is."""

    COMING = "coming"
    PAST = "past"
    CANCELLED = "cancelled"
    CALLED_OFF = "called_off"


@dataclass(frozen=True)
class TalkLine:
    """A talk about the student."""

    talk: Talk
    home: Home | None  # None: the student comes alone
    state: TalkState
    by_office: bool
    can_cancel: bool
    can_switch: bool  # between what the round offers
    can_move: bool  # not if student or teacher left, or the child has left the talk's household
    teacher_left: bool  # to come, but the teacher is no longer at the school


@dataclass(frozen=True)
class RoundLine:
    """A round in which talks can be booked for the student now."""

    round: RoundInfo
    phase: Phase
    booked: int


@dataclass(frozen=True)
class FamilyPage:
    """Everything about one student."""

    student: StudentInfo
    guardians: tuple[GuardianLine, ...]
    siblings: tuple[Sibling, ...]
    homes: tuple[Home, ...]
    rounds: tuple[RoundLine, ...]
    asked: tuple[AskedLine, ...]
    talks: tuple[TalkLine, ...]  # future ones first, by time; then the others, latest first
    log: tuple[StudentLogLine, ...]
    mails: tuple[MailLine, ...]


def load_student(student_id: int) -> StudentInfo:
    """Return one student, even one who has left. Raises NotFoundError."""
    row = found(
        db.session.execute(
            STUDENTS.add_columns(
                Student.person_id,
                Student.number,
                Student.apart,
                Student.apart_reason,
                Student.ended_on,
            ).where(Student.id == student_id)
        ).one_or_none()
    )
    return StudentInfo(
        row.id,
        row.person_id,
        row.name.full,
        row.class_name or "",
        row.number,
        row.apart,
        row.apart_reason,
        row.ended_on,
    )


def load_guardians(student_id: int, *, today: date) -> tuple[GuardianLine, ...]:
    """Return the guardians whose link to the student has not ended, by name."""
    rows = db.session.execute(
        select(
            Guardian.id,
            Person,
            Guardianship,
            Guardian.number(),
            is_open(today).label("is_open"),
        )
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Person, Person.id == Guardian.person_id)
        .join(Student, Student.id == Guardianship.student_id)
        .where(Guardianship.student_id == student_id, Guardianship.ended_at.is_(None))
        .order_by(Person.sort_key, Guardian.id)
    ).all()
    return tuple(
        GuardianLine(
            id_,
            person.id,
            person.full_name,
            link.relation,
            link.legal_authority,
            bool(open_),
            _why(link, is_open=bool(open_)),
            link.opened_reason,
            bool(person.email_key),
            phone,
        )
        for id_, person, link, phone, open_ in rows
    )


def _why(link: Guardianship, *, is_open: bool) -> str:
    if is_open:
        return OPENED if link.opened_at else ""
    return GROWN if link.opened_at else link.closed_reason or GROWN


def load_family(student_id: int, *, now: datetime) -> FamilyPage:
    """Return the page of one student. Raises NotFoundError."""
    student = load_student(student_id)
    guardians = load_guardians(student_id, today=local_day(now))
    homes = homes_of(student_id)
    talks = _talks(student, homes, now)
    booked = [
        line.talk.round_id for line in talks if line.state in {TalkState.COMING, TalkState.PAST}
    ]
    return FamilyPage(
        student=student,
        guardians=guardians,
        siblings=load_siblings(student_id, [guardian.id for guardian in guardians]),
        homes=homes,
        rounds=tuple(
            RoundLine(round_, round_.phase(now), booked.count(round_.id))
            for round_ in rounds_of_student(student_id)
            if round_.phase(now) in WORKING and max(round_.days, default=date.min) >= local_day(now)
        ),
        asked=load_asked(student_id, now=now),
        talks=talks,
        log=load_log(student_id),
        mails=load_mails([student.person_id, *(guardian.person_id for guardian in guardians)]),
    )


def load_siblings(student_id: int, guardian_ids: Collection[int]) -> tuple[Sibling, ...]:
    """Return the other children of these guardians, by name."""
    rows = db.session.execute(
        STUDENTS.where(
            Student.id != student_id,
            exists().where(
                Guardianship.student_id == Student.id,
                Guardianship.guardian_id.in_(guardian_ids),
                Guardianship.ended_at.is_(None),
            ),
        ).order_by(Person.sort_key, Student.id)
    )
    return tuple(Sibling(id_, name.full, class_name or "") for id_, name, class_name in rows)


def _talks(student: StudentInfo, homes: Sequence[Home], now: datetime) -> tuple[TalkLine, ...]:
    rows = db.session.execute(
        select(
            Booking.id,
            Booking.household_id,
            Booking.cancelled_at,
            Booking.called_off,
            Booking.origin,
            has_left_teacher().label("teacher_left"),
        ).where(Booking.student_id == student.id, Booking.published_at.is_not(None))
    ).all()
    bookings = {row.id: row for row in rows}
    # A talk booked before a change of households may belong to one that the child has left.
    named = homes_named({row.household_id for row in rows if row.household_id is not None})
    present = {None, *(home.household_id for home in homes)} if student.ended_on is None else set()
    lines = []
    for talk in talks_for_mail(list(bookings), now=now):
        row = bookings[talk.booking_id]
        stands = row.cancelled_at is None
        state = TalkState.COMING if talk.starts_at > now else TalkState.PAST
        if not stands:
            state = TalkState.CALLED_OFF if row.called_off else TalkState.CANCELLED
        lines.append(
            TalkLine(
                talk,
                named.get(row.household_id or 0),
                state,
                row.origin == Origin.OFFICE,
                state is TalkState.COMING,
                state is TalkState.COMING and len(talk.choosable) > 1 and not row.teacher_left,
                state is TalkState.COMING and row.household_id in present and not row.teacher_left,
                state is TalkState.COMING and row.teacher_left,
            )
        )
    coming = [line for line in lines if line.state is TalkState.COMING]
    others = sorted(
        (line for line in lines if line.state is not TalkState.COMING),
        key=lambda line: line.talk.starts_at,
        reverse=True,
    )
    return (*coming, *others)


def load_addresses(student_id: int) -> Mapping[int, str]:
    """Return the mail addresses of a student and the student's guardians, by person."""
    guardians = (
        select(Guardian.person_id)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .where(Guardianship.student_id == student_id, Guardianship.ended_at.is_(None))
    )
    itself = select(Student.person_id).where(Student.id == student_id)
    rows = db.session.execute(
        select(Person.id, Person.email).where(
            Person.id.in_(guardians.union(itself)), Person.email != ""
        )
    ).all()
    return {person_id: email for person_id, email in rows}  # noqa: C416  (mypy knows rows this way)
