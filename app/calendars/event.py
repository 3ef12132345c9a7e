"""What a calendar should say about one talk of one teacher."""

import hashlib
import uuid
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

_NAMESPACE = uuid.UUID("6d1f3c52-0f0b-5f9e-9c39-2f2a5c1f1b1a")
"""Of the keys of events. Never change it: a repeated request would make a second event."""


class Part(StrEnum):
    """What of an event can change. Its text cannot: see ``app/calendars/teams.py``."""

    TIMES = "times"
    SUBJECT = "subject"
    PLACE = "place"


@dataclass(frozen=True)
class Event:
    """An event as it should be.

    It is private in every calendar. ``attendees`` are mailed by the provider, which the school has
    to want: without them nobody is.
    """

    key: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    subject: str
    text: str
    place: str
    meeting: bool  # an online meeting is wanted
    attendees: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse times that a calendar would have to guess."""
        for moment in (self.starts_at, self.ends_at):
            if moment.utcoffset() is None:
                raise ValueError("the times of an event need a time zone")

    def local(self, moment: datetime) -> str:
        """Return a moment on the clock of the event's time zone, without an offset.

        A calendar reads the zone beside it; an offset too would contradict it in some of them.
        """
        return moment.astimezone(ZoneInfo(self.time_zone)).strftime("%Y-%m-%dT%H:%M:%S")

    def has_times(self, starts_at: datetime | None, ends_at: datetime | None) -> bool:
        """Return whether these are the event's times, to the second."""
        wanted = (self.starts_at.astimezone(UTC), self.ends_at.astimezone(UTC))
        return tuple(time.replace(microsecond=0) for time in wanted) == (starts_at, ends_at)


def key_of(booking: str, teacher_id: int, generation: int) -> str:
    """Return the key of an event: the same for every try, another one for every other event.

    ``booking`` is the uid of the talk, which no other installation has. The generation is 1, and
    rises by one only when the event is known to be gone.
    """
    return f"{booking}/{teacher_id}/{generation}"


def uuid_of(key: str) -> str:
    """Return a key as a UUID."""
    return str(uuid.uuid5(_NAMESPACE, key))


def hex_of(key: str) -> str:
    """Return a key as 64 characters of 0-9a-f."""
    return hashlib.sha256(key.encode()).hexdigest()


def parts_between(before: Event, after: Event) -> Set[Part]:
    """Return what has changed."""
    same = {
        Part.TIMES: _times(before) == _times(after),
        Part.SUBJECT: before.subject == after.subject,
        Part.PLACE: before.place == after.place,
    }
    return frozenset(part for part, is_same in same.items() if not is_same)


def _times(event: Event) -> tuple[object, ...]:
    return event.starts_at, event.ends_at, event.time_zone
