"""Which calendar each teacher has, and whether it works."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.bookings.mails.families import News
from app.bookings.models import Booking
from app.calendars.certificate import certificate_ends
from app.calendars.providers import ProviderName, has_provider
from app.calendars.teachers import (
    OwnCalendar,
    calendars_of,
    own_choices,
    teachers_by_name,
    usual_calendar,
)
from app.config import Settings
from app.connections.hanging import HangingReason, load_hanging
from app.core.errors import found
from app.core.i18n import long_day_text
from app.core.statements import counts
from app.extensions import db
from app.outbox.errors import Unprepared, in_words
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.rounds.models import OfferTeacher
from app.school.models import Person, Teacher
from app.school.reading import NAME

MOST_MAILS = 50


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
    teachers = teachers_by_name()
    calendars, own = calendars_of([id_ for id_, _name in teachers]), own_choices()
    is_set = {name: has_provider(name, settings) for name in ProviderName}
    hanging = load_hanging(calendars, [kind for kind in is_set if is_set[kind]], now=now)
    talks = _count_talks(now)
    return ConnectionsPage(
        usual=usual_calendar(),
        is_set={str(name): value for name, value in is_set.items()},
        certificate=_certificate(settings, now),
        teachers=tuple(
            TeacherConnection(
                teacher_id=id_,
                name=name.full,
                calendar=calendars[id_],
                is_usual=id_ not in own,
                talks=talks.get(id_, 0),
                reasons=hanging.get(id_, ()),
            )
            for id_, name in teachers
        ),
    )


def _certificate(settings: Settings, now: datetime) -> str:
    try:
        ends_at = certificate_ends(settings)
    except Unprepared:
        return _(
            "The certificate for Microsoft cannot be read on the server. Ask whoever keeps the "
            "server of this site to mend this."
        )
    if ends_at is None:
        return ""
    day = long_day_text(ends_at)
    if ends_at <= now:
        return _(
            "The certificate for Microsoft ended on %(day)s. Since then talks wait. Ask whoever "
            "keeps the server of this site to put a new one there.",
            day=day,
        )
    return _(
        "The certificate for Microsoft ends on %(day)s %(year)d. Have whoever keeps the server of "
        "this site put a new one there before that day.",
        day=day,
        year=ends_at.year,
    )


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
    return tuple(
        FailedMail(name.full, failed_at, in_words(fault)) for name, failed_at, fault in rows
    )


def _count_talks(now: datetime) -> dict[int, int]:
    return counts(
        select(OfferTeacher.teacher_id, func.count())
        .join(Booking, Booking.offer_id == OfferTeacher.offer_id)
        .where(Booking.cancelled_at.is_(None), Booking.ends_at > now)
        .group_by(OfferTeacher.teacher_id)
    )
