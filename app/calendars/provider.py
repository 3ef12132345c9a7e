"""What this site asks of a provider of calendars, whichever it is."""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.calendars.errors import Refusal
from app.calendars.event import Event, Part


class LinkState(StrEnum):
    """Whether an event has the link of its meeting."""

    READY = "ready"
    PENDING = "pending"  # it comes later: look again
    NONE = "none"  # no meeting was wanted, or there will be none, and ``refusal`` says why


@dataclass(frozen=True)
class Remote:
    """An event as the provider has it."""

    id: str
    state: LinkState = LinkState.NONE
    link: str = ""
    refusal: Refusal | None = None


class Provider(Protocol):
    """Microsoft or Google. ``account`` is a teacher there: a mail address, or an object id.

    Each method asks the provider and returns what it answered, or raises Delayed, Refused,
    Disappeared (the event is gone) or Unprepared (the operator has something to set). It may be
    called in any thread, and must be called with no transaction open.
    """

    def create(self, account: str, event: Event, *, again: bool = False) -> Remote:
        """Put an event in a calendar, once, however often this is called with its key.

        ``again`` says that an earlier try may have arrived, whatever came of it. What that one put
        there is brought up to date. Raises Disappeared if the event was deleted since: then the
        key's generation must rise.
        """

    def change(
        self, account: str, remote_id: str, event: Event, *, parts: Set[Part], link: str = ""
    ) -> Remote:
        """Change these parts of an event; ``link`` is the one that families have.

        A provider that loses the link is asked for another. The caller compares.
        """

    def look(self, account: str, remote_id: str, event: Event) -> Remote:
        """Return an event as it is now, to learn a link that comes late."""

    def remove(
        self, account: str, remote_id: str | None, key: str, *, tell_attendees: bool = False
    ) -> bool:
        """Take an event out of a calendar; return False if there was nothing to take out.

        Without its id it is found by its key. An event whose creation is in doubt may still
        arrive: after False the caller tries once more, later.
        """

    def check(self, account: str) -> Refusal | None:
        """Try whether this teacher's calendar can be used, and change nothing.

        It signs in anew. Returns NO_MEETING if the calendar works and meetings do not, as far as
        the provider tells.
        """

    def forget(self) -> None:
        """Forget tokens and failures, because somebody has mended something."""
