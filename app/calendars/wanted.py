"""What should stand in a teacher's calendar about a talk, as it is now."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings.cells import Talk
from app.bookings.models import Booking
from app.bookings.talks import talks_for_mail
from app.calendars.event import Event
from app.calendars.models import CalendarKind
from app.calendars.teachers import OwnCalendar, calendars_of
from app.core.i18n import DEFAULT_LANGUAGE
from app.core.links import Page, endpoint_of
from app.extensions import db
from app.mail.message import page_url
from app.rounds.models import Modality, OfferTeacher
from app.school.models import Teacher
from app.settings.queries import load_school

MEETING_OF: Mapping[str, Modality] = {
    CalendarKind.MICROSOFT: Modality.TEAMS,
    CalendarKind.GOOGLE: Modality.MEET,
}
"""The meetings that a kind of calendar makes."""


class WantedEvent(NamedTuple):
    """An event, and the calendar it belongs in."""

    calendar: OwnCalendar
    event: Event


class TalkTimes(NamedTuple):
    """What stays of a talk even if it is cancelled."""

    uid: str
    ends_at: datetime
    link: str


def talk_of(booking_id: int) -> TalkTimes:
    """Return a talk's uid, end and link."""
    columns = select(Booking.uid, Booking.ends_at, Booking.link)
    return TalkTimes(*db.session.execute(columns.where(Booking.id == booking_id)).one())


def teachers_of(booking_ids: Collection[int]) -> list[tuple[int, int]]:
    """Return the teachers of live talks that families know of, as (booking id, teacher id)."""
    rows = db.session.execute(
        select(Booking.id, OfferTeacher.teacher_id)
        .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
        .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
        .where(
            Booking.id.in_(booking_ids),
            Booking.cancelled_at.is_(None),
            Booking.published_at.is_not(None),
            Teacher.ended_on.is_(None),
        )
        .order_by(Booking.id, OfferTeacher.position)
    )
    return [(booking_id, teacher_id) for booking_id, teacher_id in rows]


def wanted_of(booking_id: int, teacher_id: int, key: str, *, now: datetime) -> WantedEvent | None:
    """Return the event that should stand in a teacher's calendar, or None if none should."""
    return wanted_events({(booking_id, teacher_id): key}, now=now).get((booking_id, teacher_id))


def wanted_events(
    keys: Mapping[tuple[int, int], str], *, now: datetime
) -> Mapping[tuple[int, int], WantedEvent]:
    """Return the events that should stand in calendars, by booking and teacher id.

    ``keys`` are those of the events that are asked about; it lacks in the answer if none should.
    Only the first of several teachers holds the online meeting; the others' events name its link.
    """
    pairs = teachers_of({booking for booking, _teacher in keys})
    hosts = dict(reversed(pairs))
    calendars = calendars_of({teacher for _booking, teacher in pairs})
    asked = [(it, calendars[it[1]]) for it in pairs if it in keys and calendars[it[1]].is_connected]
    with force_locale(DEFAULT_LANGUAGE):
        ids = {booking for (booking, _teacher), _calendar in asked}
        talks = {talk.booking_id: talk for talk in talks_for_mail(ids, now=now)}
        time_zone = load_school().zone.key
        wanted = {}
        for pair, calendar in asked:
            booking, teacher = pair
            is_host = hosts[booking] == teacher
            event = _event(talks[booking], keys[pair], calendar, time_zone, is_host=is_host)
            wanted[pair] = WantedEvent(calendar, event)
        return wanted


def _event(talk: Talk, key: str, calendar: OwnCalendar, time_zone: str, *, is_host: bool) -> Event:
    return Event(
        key=key,
        starts_at=talk.starts_at,
        ends_at=talk.ends_at,
        time_zone=time_zone,
        subject=_subject(talk),
        text=_text(talk),
        place=(not is_host and talk.link) or talk.place,
        meeting=is_host and talk.modality == MEETING_OF.get(calendar.kind),
    )


def _subject(talk: Talk) -> str:
    # No family name: colleagues and secretaries may read along.
    return _(
        "Talk about %(child)s (%(class_name)s)",
        child=talk.child.given_name,
        class_name=talk.child.class_name,
    )


def _text(talk: Talk) -> str:
    about = ". ".join(filter(None, (talk.round_name, talk.subjects)))
    kept = _("The reservation site keeps this appointment. See and change your times there:")
    return "\n".join((about, kept, page_url(endpoint_of(Page.OWN_EVENINGS))))


def said_of(event: Event) -> dict[str, Any]:
    """Return an event as plain values to store."""
    moments = {"starts_at": event.starts_at.isoformat(), "ends_at": event.ends_at.isoformat()}
    return asdict(event) | moments


def event_of(said: dict[str, Any]) -> Event:
    """Return a stored event."""
    moments = {name: datetime.fromisoformat(said[name]) for name in ("starts_at", "ends_at")}
    return Event(**said | moments | {"attendees": tuple(said["attendees"])})
