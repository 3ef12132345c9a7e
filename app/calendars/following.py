"""Let entries follow what changes without a promise: rooms, names, addresses of teachers, offers."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from app.bookings.models import Booking
from app.calendars.event import key_of, parts_between
from app.calendars.models import CalendarEntry, Mailbox
from app.calendars.service import BLOCK, is_used, note, talks_to_come
from app.calendars.teachers import calendars_of
from app.calendars.wanted import WantedEvent, event_of, teachers_of, wanted_events
from app.core.memory import Memory
from app.core.versions import Version
from app.extensions import db

_FOLLOWED: Memory[str, tuple[int, int]] = Memory(1)
"""The version and details that calendars have followed."""

_ENTRIES: Select[*tuple[Any, ...]] = (
    select(
        CalendarEntry.booking_id,
        CalendarEntry.teacher_id,
        CalendarEntry.generation,
        CalendarEntry.shown,
        CalendarEntry.due_at,
        CalendarEntry.given_up,
        Mailbox.kind,
        Mailbox.account,
        Booking.uid,
    )
    .join(Booking, Booking.id == CalendarEntry.booking_id)
    .join(Mailbox, Mailbox.id == CalendarEntry.mailbox_id)
)


def follow(*, now: datetime) -> None:
    """Note the talks that calendars tell otherwise than they are, if the office changed anything.

    To be called each minute: where nothing has changed it is one statement.
    """
    number, details = db.session.execute(select(Version.number, Version.details)).one()
    if _FOLLOWED.get("") == (number, details):
        return
    if is_used():
        talks = talks_to_come(now)
        for start in range(0, len(talks), BLOCK):
            stale = sorted(_stale(talks[start : start + BLOCK], now))
            if stale:
                note(stale, now=now)
    _FOLLOWED.put("", (number, details))


def _stale(booking_ids: Collection[int], now: datetime) -> Iterator[int]:
    """Yield the ids of talks of which an entry is missing, or says something else."""
    rows = db.session.execute(_ENTRIES.where(CalendarEntry.booking_id.in_(booking_ids))).all()
    keys = {
        (row.booking_id, row.teacher_id): key_of(row.uid, row.teacher_id, row.generation)
        for row in rows
    }
    wanted = wanted_events(keys, now=now)
    for row in rows:
        if row.due_at is None and _differs(row, wanted.get((row.booking_id, row.teacher_id))):
            yield row.booking_id
    missing = [pair for pair in teachers_of(booking_ids) if pair not in keys]
    calendars = calendars_of({teacher for _booking, teacher in missing})
    yield from (booking for booking, teacher in missing if calendars[teacher].is_connected)


def _differs(row: Row[*tuple[Any, ...]], wanted: WantedEvent | None) -> bool:
    if wanted is None:
        return row.shown is not None
    if row.shown is None:
        return not row.given_up
    shown = event_of(row.shown)
    return (
        wanted.calendar.mailbox != (row.kind, row.account)
        or shown.meeting != wanted.event.meeting
        or bool(parts_between(shown, wanted.event))
    )
