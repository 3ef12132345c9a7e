"""Calendar objects (RFC 5545, 5546 and 7986), for files, feeds and mails.

We write the time zone block ourselves: Outlook needs one with rules for summer and winter time,
and does not read the lists of dates that libraries generate. Zones without summer time and those
with Europe's have such a block; the times of others are written in UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import current_app
from icalendar import (
    Calendar,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vDuration,
    vRecur,
    vText,
    vUri,
)

from app.config import Settings

MEDIA_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=1)  # what a feed asks of programs; few obey

_UTC = ZoneInfo("UTC")
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# Rules are compared in these years: talks of earlier ones are in no file.
_SINCE = datetime(2025, 1, 1, tzinfo=UTC)
_YEARS = 3


class Method(StrEnum):
    """What a mailed object asks of its reader; files and feeds have none."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class IcalEntry:
    """Something in somebody's calendar; times are UTC, or a local day for all of it."""

    uid: str
    starts_at: datetime | date
    ends_at: datetime | date  # of days, the first one after
    summary: str
    created_at: datetime
    changed_at: datetime
    sequence: int = 0
    location: str = ""
    description: str = ""
    link: str = ""  # where an online talk is held
    is_cancelled: bool = False
    is_busy: bool = True


@dataclass(frozen=True)
class Invited:
    """Who mails an entry to whom; the answer to it is already yes."""

    organizer: str
    attendee: str


def whole_uid(uid: str) -> str:
    """Return the UID of an entry, which must stay the same for the life of the installation."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{uid}@{settings.uid_host}"


def file_of(entries: Iterable[IcalEntry], zone: ZoneInfo) -> bytes:
    """Return entries as a file to open in a calendar."""
    return _written(_calendar(zone), [_event(entry, zone) for entry in entries])


def feed_of(entries: Iterable[IcalEntry], zone: ZoneInfo, *, name: str) -> bytes:
    """Return entries as a feed to subscribe to; it has the same bytes until an entry changes."""
    calendar = _calendar(zone)
    for key in ("name", "x-wr-calname"):
        calendar.add(key, vText(name))  # of itself the library does not escape these
    calendar.add("refresh-interval", vDuration(REFRESH, params={"VALUE": "DURATION"}))
    calendar.add("x-published-ttl", vDuration(REFRESH))
    return _written(calendar, [_event(entry, zone) for entry in entries])


def message_of(
    entry: IcalEntry, zone: ZoneInfo, invited: Invited, *, now: datetime
) -> tuple[bytes, Method]:
    """Return one entry as the object of a mail (RFC 6047), with its method."""
    method = Method.CANCEL if entry.is_cancelled else Method.REQUEST
    calendar = _calendar(zone)
    calendar.add("method", method.value)
    event = _event(entry, zone, now)  # a program takes the latest of one sequence
    event.add("organizer", f"mailto:{invited.organizer}")
    event.add(
        "attendee",
        f"mailto:{invited.attendee}",
        parameters={"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"},
    )
    return _written(calendar, [event]), method


def _calendar(zone: ZoneInfo) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Tienminuten//EN")
    calendar.add("version", "2.0")
    calendar.add_component(_time_zone(_written_in(zone)))
    return calendar


def _written(calendar: Calendar, events: Iterable[Event]) -> bytes:
    for event in events:
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text


def _event(entry: IcalEntry, zone: ZoneInfo, written_at: datetime | None = None) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    # Else not now: a feed that did not change stays the same.
    event.add("dtstamp", written_at or entry.changed_at)
    event.add("created", entry.created_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", _local(entry.starts_at, zone))
    event.add("dtend", _local(entry.ends_at, zone))
    event.add("summary", entry.summary)
    if entry.location:
        event.add("location", entry.location)
    # The link stands in the description too: few programs show the properties made for it.
    description = "\n".join(part for part in (entry.description, entry.link) if part)
    if description:
        event.add("description", description)
    if entry.link:
        event.add("url", entry.link)
        features = {"VALUE": "URI", "FEATURE": ["AUDIO", "VIDEO"]}
        event.add("conference", vUri(entry.link, params=features))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.is_busy and not entry.is_cancelled else "TRANSPARENT")
    return event


def _local(moment: datetime | date, zone: ZoneInfo) -> datetime | date:
    return moment.astimezone(_written_in(zone)) if isinstance(moment, datetime) else moment


@lru_cache(maxsize=8)
def _written_in(zone: ZoneInfo) -> ZoneInfo:
    """Return the zone for the times of a school in this one: UTC if no block of ours is true there.

    Not UTC for all: classic Outlook shows such times as they are.
    """
    moments = [_SINCE + timedelta(hours=hour) for hour in range(_YEARS * 366 * 24)]
    its = [moment.astimezone(zone).utcoffset() or timedelta() for moment in moments]
    if len(set(its)) == 1:
        return zone
    apart = {
        offset - (moment.astimezone(_AMSTERDAM).utcoffset() or timedelta())
        for offset, moment in zip(its, moments, strict=True)
    }
    # West of the Azores it is still Saturday when Europe changes its clocks.
    return zone if len(apart) == 1 and min(its) >= -timedelta(hours=1) else _UTC


def _time_zone(zone: ZoneInfo) -> Timezone:
    """Return a zone with one offset, or with Europe's rule, the same since 1996 (2000/84/EC)."""
    time_zone = Timezone()
    time_zone.add("tzid", zone.key)
    winter, summer = (datetime(_SINCE.year, month, 1, tzinfo=zone) for month in (1, 7))
    parts: list[tuple[TimezoneDaylight | TimezoneStandard, datetime, datetime, datetime]] = [
        (TimezoneDaylight(), datetime(1996, 3, 31, 1, tzinfo=UTC), winter, summer),
        (TimezoneStandard(), datetime(1996, 10, 27, 1, tzinfo=UTC), summer, winter),
    ]
    if winter.utcoffset() == summer.utcoffset():
        parts = [(TimezoneStandard(), datetime(1970, 1, 1, tzinfo=UTC), winter, winter)]
    for part, onset, before, after in parts:
        was = before.utcoffset() or timedelta()
        # RFC 5545 requires local time without a zone here, by the clock before the change.
        part.add("dtstart", (onset + was).replace(tzinfo=None))
        if before is not after:
            part.add("rrule", vRecur(freq="YEARLY", bymonth=onset.month, byday="-1SU"))
        part.add("tzoffsetfrom", was)
        part.add("tzoffsetto", after.utcoffset())
        part.add("tzname", after.tzname())
        time_zone.add_component(part)
    return time_zone
