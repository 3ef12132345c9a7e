"""What a process remembers of rounds: one that everybody asks for, and when they open and close."""

from datetime import datetime

from sqlalchemy import select

from app.core import compiled
from app.core.errors import found
from app.core.memory import Memory, Stamp
from app.rounds.info import RoundInfo
from app.rounds.models import Round, RoundState
from app.rounds.queries import ONE, round_of

_MOMENTS = select(Round.opens_at, Round.closes_at, Round.cancel_until).where(
    Round.state == RoundState.PUBLISHED
)
_moments: Memory[int, tuple[datetime, ...]] = Memory(4)
_rounds: Memory[tuple[int, int, int], RoundInfo] = Memory(16)


def moments_after(now: datetime, stamp: Stamp | None) -> list[datetime]:
    """Return when published rounds will open or close by themselves, in any order.

    They are remembered under the stamp, if it is given.
    """
    moments = None if stamp is None else _moments.get(stamp.version)
    if moments is None:
        moments = tuple(moment for row in compiled.read(_MOMENTS) for moment in row)
        if stamp is not None:
            _moments.put(stamp.version, moments)
    return [moment for moment in moments if moment > now]


def round_at(round_id: int, stamp: Stamp) -> RoundInfo:
    """Return a round as it is under the stamp. Raises NotFoundError."""
    key = (round_id, stamp.version, stamp.details)
    round_ = _rounds.get(key)
    if round_ is None:
        round_ = round_of(found(next(iter(compiled.read(ONE, round_id=round_id)), None)))
        _rounds.put(key, round_)
    return round_
