"""When rounds open and close by themselves."""

from datetime import datetime

from sqlalchemy import select

from app.core.memory import Memory
from app.core.statements import read
from app.rounds.models import Round, RoundState

_MOMENTS = select(Round.opens_at, Round.closes_at, Round.cancel_until).where(
    Round.state == RoundState.PUBLISHED
)
_known: Memory[int, tuple[datetime, ...]] = Memory(4)


def moments_after(now: datetime, version: int | None) -> list[datetime]:
    """Return when published rounds will open or close by themselves, in any order.

    They are remembered under the version, if it is given.
    """
    moments = None if version is None else _known.get(version)
    if moments is None:
        moments = tuple(moment for row in read(_MOMENTS) for moment in row)
        if version is not None:
            _known.put(version, moments)
    return [moment for moment in moments if moment > now]
