"""Divide an evening as the school plans it into the times at which talks can begin. Pure.

Input is the school's local times, as "18:30"; output is UTC. The rules:

* Talks begin on five-minute ticks, so start to start is a multiple of five minutes.
* A talk never crosses a break or the end of the evening; it may end exactly there.
* After a break, talks restart at the end of the break, rounded up to the next tick, and do
  not keep the old rhythm: ten minutes of everybody's evening are worth more than times that
  end in the same digit.
* A local time that occurs twice (the night the clock goes back) means the first of the two;
  one that does not exist (the clock goes forward) is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.core.ticks import TICK, is_on_tick, next_tick

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
STEP_MINUTES = TICK // timedelta(minutes=1)


class BadGrid(DomainError):
    """An evening that cannot be divided into talks; ``field`` names the field to change."""

    def __init__(self, field: str, message: str) -> None:
        """Keep the name of the EveningSpec field and the message."""
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class EveningSpec:
    """An evening as the school plans it; ``breaks`` are pairs of start and end."""

    day: date
    first_start: str
    end: str
    talk_minutes: int = 10
    gap_minutes: int = 0
    breaks: tuple[tuple[str, str], ...] = ()


def moment(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """Convert a local time of a day to UTC; a time that occurs twice means the first."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)


def make_grid(evening: EveningSpec, zone: ZoneInfo) -> tuple[tuple[datetime, datetime], ...]:
    """Return start and end (UTC) of each time, in order; raise BadGrid if none fits."""
    _check_lengths(evening)
    start = existing_moment("first_start", evening.day, evening.first_start, zone)
    end = existing_moment("end", evening.day, evening.end, zone)
    if end <= start:
        raise BadGrid("end", _("The evening ends before it begins."))
    if not is_on_tick(start):
        raise BadGrid("first_start", _("Let the first talk begin on a multiple of five minutes."))
    breaks = _breaks(evening, start, end, zone)
    talk = timedelta(minutes=evening.talk_minutes)
    step = talk + timedelta(minutes=evening.gap_minutes)
    times = []
    while start + talk <= end:
        crossed = next(
            (stop for begin, stop in breaks if begin < start + talk and start < stop), None
        )
        if crossed is None:
            times.append((start, start + talk))
            start += step
        else:
            start = next_tick(crossed)
    if not times:
        raise BadGrid(
            "end", _("No talk fits into this evening. Make it longer, or the talks shorter.")
        )
    return tuple(times)


def _check_lengths(evening: EveningSpec) -> None:
    if evening.talk_minutes < 1:
        raise BadGrid("talk_minutes", _("A talk takes at least one minute."))
    if evening.gap_minutes < 0:
        raise BadGrid("gap_minutes", _("The gap between two talks cannot be less than nothing."))
    over = (evening.talk_minutes + evening.gap_minutes) % STEP_MINUTES
    if over:
        raise BadGrid(
            "gap_minutes",
            _(
                "Talks begin on a multiple of five minutes. Make the gap %(gap)d: then a talk"
                " of %(talk)d minutes begins every %(step)d minutes.",
                gap=evening.gap_minutes + STEP_MINUTES - over,
                talk=evening.talk_minutes,
                step=evening.talk_minutes + evening.gap_minutes + STEP_MINUTES - over,
            ),
        )


def existing_moment(field: str, day: date, clock: str, zone: ZoneInfo) -> datetime:
    """Convert a local time of a day to UTC; raise BadGrid for ``field`` if it does not exist.

    A time that occurs twice means the first.
    """
    if not CLOCK.fullmatch(clock):
        raise BadGrid(field, _('"%(clock)s" is not a time. Write it as 18:30.', clock=clock))
    found = moment(day, clock, zone)
    if found.astimezone(zone).replace(tzinfo=None) != datetime.combine(
        day, time.fromisoformat(clock)
    ):
        raise BadGrid(
            field,
            _("The clock goes forward that night: %(clock)s does not come.", clock=clock),
        )
    return found


def _breaks(
    evening: EveningSpec, start: datetime, end: datetime, zone: ZoneInfo
) -> Sequence[tuple[datetime, datetime]]:
    breaks = []
    for from_clock, to_clock in evening.breaks:
        begin = existing_moment("breaks", evening.day, from_clock, zone)
        stop = existing_moment("breaks", evening.day, to_clock, zone)
        if not start <= begin < stop <= end:
            raise BadGrid(
                "breaks",
                _(
                    "The break from %(begin)s to %(end)s does not lie within the evening.",
                    begin=from_clock,
                    end=to_clock,
                ),
            )
        breaks.append((begin, stop))
    return sorted(breaks)
