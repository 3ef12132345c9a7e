"""The phase of a round at a moment, from the school's decision and the clock. Pure functions."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.rounds.models import RoundState

# Right after opening, times go fast, and a stale page offers times that are gone.
RUSH = timedelta(minutes=10)
RUSH_POLL_SECONDS = 5
POLL_SECONDS = 15

SWITCH_BEFORE = timedelta(hours=1)
"""Until so long before a talk a family chooses where it is."""


STEPS = {
    "check_at": RoundState.CHECK,
    "publish_at": RoundState.PUBLISHED,
    "archive_at": RoundState.ARCHIVED,
}
"""The date fields of a round, and the state each leads to."""


class Phase(StrEnum):
    """What can be done with a round now."""

    DRAFT = "draft"  # the office prepares it
    CHECK = "check"  # teachers check it
    ANNOUNCED = "announced"  # families see it and the time at which booking opens
    OPEN = "open"
    CLOSED = "closed"  # families see their talks; the office can still book
    ARCHIVED = "archived"


class Dated(Protocol):
    """The fields that determine a phase: a row of rounds, or a query's result."""

    @property
    def state(self) -> str:
        """The school's decision (RoundState)."""

    @property
    def opens_at(self) -> datetime:
        """When families can start to book."""

    @property
    def closes_at(self) -> datetime:
        """When families can no longer book."""

    @property
    def cancel_until(self) -> datetime:
        """When families can no longer cancel."""


def phase_of(round_: Dated, now: datetime) -> Phase:
    """Return the phase of a round at ``now``; it opens and closes to the second."""
    match RoundState(round_.state):
        case RoundState.DRAFT:
            return Phase.DRAFT
        case RoundState.CHECK:
            return Phase.CHECK
        case RoundState.ARCHIVED:
            return Phase.ARCHIVED
        case RoundState.PUBLISHED:
            pass
    if now < round_.opens_at:
        return Phase.ANNOUNCED
    return Phase.OPEN if now < round_.closes_at else Phase.CLOSED


def is_ahead(of: RoundState, state: RoundState) -> bool:
    """Whether ``state`` comes after ``of`` in a round's life cycle."""
    order = list(RoundState)
    return order.index(state) > order.index(of)


def accepts_bookings(round_: Dated, now: datetime) -> bool:
    """Whether families may book and move talks."""
    return phase_of(round_, now) is Phase.OPEN


def accepts_cancelling(round_: Dated, now: datetime) -> bool:
    """Whether families may cancel; the school can end this later or earlier than booking."""
    return phase_of(round_, now) in {Phase.OPEN, Phase.CLOSED} and now < round_.cancel_until


def accepts_switching(round_: Dated, starts_at: datetime, now: datetime) -> bool:
    """Whether families may still choose where a talk is: a child that is ill need not miss it."""
    visible = {Phase.ANNOUNCED, Phase.OPEN, Phase.CLOSED}
    return now < starts_at - SWITCH_BEFORE and phase_of(round_, now) in visible


def is_settled(round_: Dated, now: datetime) -> bool:
    """Whether families can change no time any more; only the office still does."""
    return phase_of(round_, now) is Phase.CLOSED and not accepts_cancelling(round_, now)


def poll_seconds(round_: Dated, now: datetime) -> int:
    """Return the seconds after which an open page should poll again."""
    in_rush = round_.opens_at <= now < round_.opens_at + RUSH
    return RUSH_POLL_SECONDS if in_rush else POLL_SECONDS
