"""One talk as an iCalendar file (RFC 5545), for the family's own calendar.

We write the time zone block ourselves: Outlook needs one with rules for summer and winter time,
and does not read the lists of dates that libraries generate.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask_babel import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vRecur
from sqlalchemy import select

from app.bookings.cells import Talk
from app.bookings.models import Booking
from app.core.i18n import zone
from app.extensions import db
from app.rounds.models import Modality


def talk_file(talk: Talk, *, site_url: str, school: str) -> bytes:
    """Return an own talk as an .ics file, with no remark and no names but teacher and child."""
    uid, sequence, booked_at, changed_at = db.session.execute(
        select(Booking.uid, Booking.sequence, Booking.booked_at, Booking.changed_at).where(
            Booking.id == talk.booking_id
        )
    ).one()
    event = Event()
    event.add("uid", f"{uid}@{urlsplit(site_url).hostname}")
    event.add("sequence", sequence)
    event.add("dtstamp", changed_at)
    event.add("created", booked_at)
    event.add("last-modified", changed_at)
    event.add("dtstart", talk.starts_at.astimezone(zone()))
    event.add("dtend", talk.ends_at.astimezone(zone()))
    event.add(
        "summary",
        _("Talk with %(teacher)s", teacher=talk.teacher)
        if talk.child.is_self
        else _(
            "Talk about %(child)s: %(teacher)s", child=talk.child.given_name, teacher=talk.teacher
        ),
    )
    at_school = talk.modality is Modality.SITE
    where = (talk.room, school) if at_school else (talk.link or talk.place,)
    event.add("location", ", ".join(filter(None, where)))
    about = f"{talk.round_name}. {talk.subjects}".strip()
    event.add("description", "\n".join(filter(None, (about, talk.link))))
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Tienminuten//EN")
    calendar.add("version", "2.0")
    calendar.add_component(_time_zone(zone().key))
    calendar.add_component(event)
    file: bytes = calendar.to_ical()
    return file


def _time_zone(name: str) -> Timezone:
    """Return Central European time; Amsterdam and Brussels have had the same rule since 1996."""
    time_zone = Timezone()
    time_zone.add("tzid", name)
    winter, summer = timedelta(hours=1), timedelta(hours=2)
    parts = (
        (TimezoneDaylight(), datetime(1996, 3, 31, 2), 3, winter, summer, "CEST"),  # noqa: DTZ001
        (TimezoneStandard(), datetime(1996, 10, 27, 3), 10, summer, winter, "CET"),  # noqa: DTZ001
    )
    for part, start, month, before, after, short in parts:
        part.add("dtstart", start)  # RFC 5545 requires local time without a zone here
        part.add("rrule", vRecur(freq="YEARLY", bymonth=month, byday="-1SU"))
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", short)
        time_zone.add_component(part)
    return time_zone
