"""What hangs in calendars, since when and why."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select

from app.bookings.models import Booking
from app.calendars.errors import Refusal
from app.calendars.models import CalendarEntry, Mailbox
from app.calendars.teachers import OwnCalendar
from app.calendars.wanted import MEETING_OF
from app.calendars.words import fault_text, sentence_of
from app.extensions import db
from app.rounds.models import MEETINGS, Modality, OfferTeacher
from app.rounds.places import place_text
from app.school.models import Person, Student, Teacher
from app.school.reading import NAME

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


def load_hanging(
    calendars: Mapping[int, OwnCalendar], kinds: Collection[str], *, now: datetime
) -> Mapping[int, tuple[HangingReason, ...]]:
    """Return what hangs, by teacher: in calendars of these kinds, and talks without a link.

    ``kinds`` are those the operator has set; of the others one sentence tells for all talks.
    """
    hanging: defaultdict[int, dict[int, Hanging]] = defaultdict(dict)
    for teacher_id, booking_id, talk in (
        *_load_without_link(calendars, now),
        *_load_stuck(now, kinds),  # of one talk the better reason
    ):
        hanging[teacher_id][booking_id] = talk
    return {teacher_id: _by_reason(talks.values()) for teacher_id, talks in hanging.items()}


def _by_reason(hanging: Collection[Hanging]) -> tuple[HangingReason, ...]:
    by_reason = defaultdict(list)
    for talk in sorted(hanging, key=lambda talk: talk.starts_at):
        by_reason[talk.why].append(talk)
    return tuple(HangingReason(why, tuple(talks)) for why, talks in by_reason.items())


def _load_stuck(now: datetime, kinds: Collection[str]) -> Iterator[tuple[int, int, Hanging]]:
    """Yield what is given up, refused or late, as (teacher id, booking id, talk)."""
    is_late = CalendarEntry.due_at.is_not(None) & (CalendarEntry.noted_at <= now - LATE)
    rows = db.session.execute(
        select(
            CalendarEntry.id,
            CalendarEntry.teacher_id,
            CalendarEntry.booking_id,
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
    for row in rows:
        talk = Hanging(
            entry_id=row.id,
            starts_at=row.starts_at,
            student=row.name.full,
            since=row.fault_since or row.noted_at,
            why=_why(row.refusal, row.fault, is_there=bool(row.remote_id)),
            given_up=row.given_up,
        )
        yield row.teacher_id, row.booking_id, talk


def _load_without_link(
    calendars: Mapping[int, OwnCalendar], now: datetime
) -> Iterator[tuple[int, int, Hanging]]:
    """Yield talks whose link nobody makes, as (first teacher's id, booking id, talk)."""
    rows = db.session.execute(
        select(
            OfferTeacher.teacher_id,
            Booking.id.label("booking_id"),
            Booking.modality,
            Booking.starts_at,
            CalendarEntry.id.label("entry_id"),
            NAME,
        )
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
    for row in rows:
        calendar = calendars.get(row.teacher_id)
        makes = calendar and calendar.is_connected and MEETING_OF[calendar.kind] == row.modality
        if makes and row.entry_id:
            continue  # it comes, or hangs for a reason
        why = _(
            "The talk is online at the teacher's own link, and the teacher has none. Fill it in on "
            "the page of this teacher."
        )
        if row.modality in MEETINGS:
            why = _(
                "The talk is %(place)s, and this teacher has no calendar that makes such a link. "
                "Choose another calendar for this teacher, or choose in the round where else its "
                "talks are.",
                place=place_text(row.modality, ""),
            )
        talk = Hanging(None, row.starts_at, row.name.full, None, why, given_up=True)
        yield row.teacher_id, row.booking_id, talk


def _why(refusal: str, fault: str, *, is_there: bool) -> str:
    if refusal:
        return sentence_of(Refusal(refusal))
    if fault:
        return fault_text(fault)
    if is_there:
        return _("The talk is in the calendar; its link has not come yet.")
    return _(
        "The talk has not been sent to the calendar yet. Ask whoever keeps the server whether the "
        "worker runs."
    )
