"""Where a round stands at a moment: what the school decided, and what the clock says. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.rounds.models import RoundState

# Right after the opening times go fast, and a page that is behind offers what is gone.
RUSH = timedelta(minutes=10)
RUSH_POLL_SECONDS = 5
POLL_SECONDS = 15


STEPS = {
    "check_at": RoundState.CHECK,
    "publish_at": RoundState.PUBLISHED,
    "archive_at": RoundState.ARCHIVED,
}
"""The dates of a round, and the state to which each leads."""


class Phase(StrEnum):
    """What can be done with a round now."""

    DRAFT = "draft"  # the office prepares it
    CHECK = "check"  # teachers look at it
    ANNOUNCED = "announced"  # families see it, and when booking opens
    OPEN = "open"
    CLOSED = "closed"  # families see their talks; the office can still book
    ARCHIVED = "archived"


class Dated(Protocol):
    """What a phase follows from: a row of rounds, or what a query made of it."""

    @property
    def state(self) -> str:
        """What the school decided (RoundState)."""

    @property
    def opens_at(self) -> datetime:
        """From when families may book."""

    @property
    def closes_at(self) -> datetime:
        """From when they may no longer book."""

    @property
    def cancel_until(self) -> datetime:
        """From when they may no longer cancel."""


def phase_of(round_: Dated, now: datetime) -> Phase:
    """Return the phase of a round at ``now``; it opens and closes on the second."""
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
    """Whether ``state`` comes after ``of`` in the life of a round."""
    order = list(RoundState)
    return order.index(state) > order.index(of)


def accepts_bookings(round_: Dated, now: datetime) -> bool:
    """Whether families may book and move talks."""
    return phase_of(round_, now) is Phase.OPEN


def accepts_cancelling(round_: Dated, now: datetime) -> bool:
    """Whether families may cancel; the school can allow that longer, or shorter, than booking."""
    return phase_of(round_, now) in {Phase.OPEN, Phase.CLOSED} and now < round_.cancel_until


def is_settled(round_: Dated, now: datetime) -> bool:
    """Whether families can change nothing any more: talks stand, unless the office changes them."""
    return phase_of(round_, now) is Phase.CLOSED and not accepts_cancelling(round_, now)


def poll_seconds(round_: Dated, now: datetime) -> int:
    """Return after how many seconds an open page should ask again what is still free."""
    in_rush = round_.opens_at <= now < round_.opens_at + RUSH
    return RUSH_POLL_SECONDS if in_rush else POLL_SECONDS
