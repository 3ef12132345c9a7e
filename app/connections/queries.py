"""Which calendar each teacher has, and what hangs, since when and why."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import and_, func, or_, select

from app.bookings.mails.families import News
from app.bookings.models import Booking
from app.calendars.certificate import certificate_ends
from app.calendars.errors import Refusal
from app.calendars.models import CalendarEntry, Mailbox
from app.calendars.providers import ProviderName, has_provider
from app.calendars.teachers import OwnCalendar, calendars_of, own_choices, usual_calendar
from app.calendars.wanted import MEETING_OF
from app.calendars.words import sentence_of
from app.config import Settings
from app.core.errors import found
from app.core.i18n import long_day_text
from app.core.statements import counts
from app.extensions import db
from app.outbox.errors import Unprepared
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.rounds.models import MEETINGS, Modality, OfferTeacher
from app.rounds.places import place_text
from app.school.models import Person, Student, Teacher
from app.school.reading import NAME

MOST_MAILS = 50
LATE = timedelta(minutes=30)  # from then on an entry that is not there yet is worth a look


@dataclass(frozen=True)
class Hanging:
    """A talk that is not as it should be in a calendar, or has no link."""

    entry_id: int | None  # None if there is nothing to try again
    starts_at: datetime
    student: str
    since: datetime | None
    why: str
    given_up: bool  # only somebody who tries again changes that


@dataclass(frozen=True)
class HangingReason:
    """Talks of a teacher that hang for one reason, by time."""

    why: str
    talks: tuple[Hanging, ...]

    @property
    def entry_ids(self) -> list[int]:
        """What can be tried again."""
        return [talk.entry_id for talk in self.talks if talk.entry_id is not None]


@dataclass(frozen=True)
class TeacherConnection:
    """A teacher, the calendar, and what hangs there."""

    teacher_id: int
    name: str
    calendar: OwnCalendar
    is_usual: bool
    talks: int  # to come
    reasons: tuple[HangingReason, ...]

    @property
    def can_try(self) -> bool:
        """Whether anything can be tried again."""
        return any(reason.entry_ids for reason in self.reasons)


@dataclass(frozen=True)
class ConnectionsPage:
    """What the office sees of all calendars."""

    usual: str
    is_set: Mapping[str, bool]  # whether the operator has set a provider
    certificate: str  # when that for Microsoft ends, in words; "" without one
    teachers: tuple[TeacherConnection, ...]

    @property
    def troubled(self) -> Sequence[TeacherConnection]:
        """The teachers in whose calendar something hangs."""
        return [teacher for teacher in self.teachers if teacher.reasons]

    @property
    def unset(self) -> Sequence[str]:
        """The kinds of calendars that teachers have and nobody has set up on the server."""
        kinds = {
            teacher.calendar.kind for teacher in self.teachers if teacher.calendar.is_connected
        }
        return sorted(kind for kind in kinds if not self.is_set[kind])


def load_connections(settings: Settings, *, now: datetime) -> ConnectionsPage:
    """Return all teachers who are here, by name."""
    people = db.session.execute(
        select(Teacher.id, NAME)
        .join(Person, Person.id == Teacher.person_id)
        .where(Teacher.ended_on.is_(None))
        .order_by(Person.sort_key, Teacher.id)
    ).all()
    calendars, own = calendars_of([row.id for row in people]), own_choices()
    is_set = {name: has_provider(name, settings) for name in ProviderName}
    hanging, talks = (
        _load_hanging(now, [kind for kind in is_set if is_set[kind]]),
        _count_talks(now),
    )
    for teacher_id, talk in _load_without_link(calendars, now):
        if all(known.starts_at != talk.starts_at for known in hanging[teacher_id]):
            hanging[teacher_id].append(talk)
    return ConnectionsPage(
        usual=usual_calendar(),
        is_set={str(name): value for name, value in is_set.items()},
        certificate=_certificate(settings, now),
        teachers=tuple(
            TeacherConnection(
                teacher_id=row.id,
                name=row.name.full,
                calendar=calendars[row.id],
                is_usual=row.id not in own,
                talks=talks.get(row.id, 0),
                reasons=_by_reason(hanging[row.id]),
            )
            for row in people
        ),
    )


def _certificate(settings: Settings, now: datetime) -> str:
    try:
        ends_at = certificate_ends(settings)
    except Unprepared:
        return _("The certificate for Microsoft cannot be read on the server.")
    if ends_at is None:
        return ""
    day = long_day_text(ends_at)
    if ends_at <= now:
        return _("The certificate for Microsoft ended on %(day)s. Put a new one there.", day=day)
    return _("The certificate for Microsoft ends on %(day)s %(year)d.", day=day, year=ends_at.year)


def load_teacher_name(teacher_id: int) -> str:
    """Return the name of a teacher who is here. Raises NotFoundError."""
    name: str = found(
        db.session.execute(
            select(NAME)
            .join(Teacher, Teacher.person_id == Person.id)
            .where(Teacher.id == teacher_id, Teacher.ended_on.is_(None))
        ).scalar()
    ).full
    return name


@dataclass(frozen=True)
class FailedMail:
    """A mail about a link that could not leave."""

    to: str
    since: datetime | None
    fault: str  # in our words


def load_failed_mails() -> tuple[FailedMail, ...]:
    """Return the mails about links that were given up, the latest first."""
    payload = OutboxMessage.payload
    rows = db.session.execute(
        select(NAME, OutboxMessage.failed_at, OutboxMessage.last_error)
        .join(Person, Person.id == payload["person_id"].as_integer())
        .where(
            OutboxMessage.kind == Promise.FAMILY_MAIL,
            payload["what"].as_string() == News.LINK,
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.failed_at.is_not(None),
        )
        .order_by(OutboxMessage.id.desc())
        .limit(MOST_MAILS)
    )
    return tuple(FailedMail(name.full, failed_at, fault) for name, failed_at, fault in rows)


def _by_reason(hanging: Sequence[Hanging]) -> tuple[HangingReason, ...]:
    by_reason = defaultdict(list)
    for talk in sorted(hanging, key=lambda talk: talk.starts_at):
        by_reason[talk.why].append(talk)
    return tuple(HangingReason(why, tuple(talks)) for why, talks in by_reason.items())


def _count_talks(now: datetime) -> dict[int, int]:
    return counts(
        select(OfferTeacher.teacher_id, func.count())
        .join(Booking, Booking.offer_id == OfferTeacher.offer_id)
        .where(Booking.cancelled_at.is_(None), Booking.ends_at > now)
        .group_by(OfferTeacher.teacher_id)
    )


def _load_hanging(now: datetime, kinds: Sequence[str]) -> defaultdict[int, list[Hanging]]:
    """Return what is given up, refused or late in these kinds of calendars, by teacher.

    Where a provider is not set up at all, one sentence tells it for all talks.
    """
    is_late = CalendarEntry.due_at.is_not(None) & (CalendarEntry.noted_at <= now - LATE)
    rows = db.session.execute(
        select(
            CalendarEntry.id,
            CalendarEntry.teacher_id,
            CalendarEntry.given_up,
            CalendarEntry.refusal,
            CalendarEntry.fault,
            CalendarEntry.fault_since,
            CalendarEntry.noted_at,
            CalendarEntry.remote_id,
            Booking.starts_at,
            NAME,
        )
        .join(Mailbox, Mailbox.id == CalendarEntry.mailbox_id)
        .join(Booking, Booking.id == CalendarEntry.booking_id)
        .join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .where(
            Booking.ends_at > now,
            Mailbox.kind.in_(kinds),
            or_(CalendarEntry.given_up, CalendarEntry.refusal != "", is_late),
        )
        .order_by(Booking.starts_at, CalendarEntry.id)
    )
    hanging: defaultdict[int, list[Hanging]] = defaultdict(list)
    for row in rows:
        hanging[row.teacher_id].append(
            Hanging(
                entry_id=row.id,
                starts_at=row.starts_at,
                student=row.name.full,
                since=row.fault_since or row.noted_at,
                why=_why(row.refusal, row.fault, is_there=bool(row.remote_id)),
                given_up=row.given_up,
            )
        )
    return hanging


def _load_without_link(
    calendars: Mapping[int, OwnCalendar], now: datetime
) -> Iterator[tuple[int, Hanging]]:
    """Yield talks whose meeting nobody makes, with their first teacher."""
    rows = db.session.execute(
        select(OfferTeacher.teacher_id, Booking.modality, Booking.starts_at, CalendarEntry.id, NAME)
        .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
        .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
        .outerjoin(
            CalendarEntry,
            and_(
                CalendarEntry.booking_id == Booking.id,
                CalendarEntry.teacher_id == OfferTeacher.teacher_id,
            ),
        )
        .join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .where(
            OfferTeacher.position == 0,
            or_(
                and_(Booking.modality.in_(MEETINGS), Booking.link == ""),
                and_(Booking.modality == Modality.OWN_LINK, Teacher.link == ""),
            ),
            Booking.cancelled_at.is_(None),
            Booking.published_at.is_not(None),
            Booking.ends_at > now,
        )
    )
    for teacher_id, modality, starts_at, entry_id, name in rows:
        calendar = calendars.get(teacher_id)
        makes = calendar and calendar.is_connected and MEETING_OF[calendar.kind] == modality
        if makes and entry_id:
            continue  # it comes, or hangs for a reason
        why = _("The talk is online at the teacher's own link, and the teacher has none.")
        if modality in MEETINGS:
            why = _(
                "The talk is %(place)s, and this teacher has no calendar that makes such a link.",
                place=place_text(modality, ""),
            )
        yield teacher_id, Hanging(None, starts_at, name.full, None, why, given_up=True)


def _why(refusal: str, fault: str, *, is_there: bool) -> str:
    if refusal:
        return sentence_of(Refusal(refusal))
    if fault:
        return _("The provider does not answer as it should (%(fault)s).", fault=fault)
    if is_there:
        return _("The talk is in the calendar; its link has not come yet.")
    return _(
        "The talk has not been sent yet. Ask whoever keeps the server whether the worker runs."
    )
