"""The times of an evening, for talks of a given length, with the ticks that they take. Pure.

Ticks are kept as bit masks: of a table's hundreds of cells each asks whether any tick is taken.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import NamedTuple

from app.core.ticks import ticks
from app.rounds.info import EveningInfo


def span(evening: EveningInfo, index: int, slots: int) -> tuple[datetime, datetime] | None:
    """Return start and end of a talk that takes ``slots`` slots from this index on.

    Returns None if the evening ends too early or a break lies between.
    """
    run = evening.slots[index : index + slots]
    if len(run) < slots:
        return None
    start, end = run[0].starts_at, run[-1].ends_at
    if any(start < pause.ends_at and pause.starts_at < end for pause in evening.breaks):
        return None
    return start, end


class Time(NamedTuple):
    """A slot of an evening, for talks of a given length; shared by all columns."""

    slot_id: int
    starts_at: datetime
    ends_at: datetime
    touched: int  # mask of the slot's ticks
    fitting: tuple[datetime, datetime] | None  # start and end of a talk that begins here, or None
    wanted: int  # mask of the talk's ticks

    @property
    def talk_ends_at(self) -> datetime:
        """The end of a talk that begins here; of the slot, if none can."""
        return self.fitting[1] if self.fitting else self.ends_at


@dataclass(frozen=True, eq=False)  # compared as an object, like its evening
class Times:
    """The times of an evening for talks of a given length; bit 0 of its masks is ``first``."""

    first: int  # tick
    within: int  # mask of the whole evening
    each: tuple[Time, ...]

    @cached_property
    def minutes(self) -> int:
        """The length of a talk in minutes; 0 if none fits."""
        start, end = next(filter(None, (time.fitting for time in self.each)), (None, None))
        return (end - start).seconds // 60 if start and end else 0

    def begun(self, now: datetime) -> int:
        """Return how many times have begun."""
        return bisect_right(self.each, now, key=attrgetter("starts_at"))


@lru_cache(maxsize=256)
def times_of(evening: EveningInfo, slots: int) -> Times:
    """Return the times of an evening for talks of ``slots`` slots."""
    all_ticks = ticks(evening.slots[0].starts_at, evening.slots[-1].ends_at)
    first = all_ticks.start
    times = []
    for index, slot in enumerate(evening.slots):
        fitting = span(evening, index, slots)
        touched = mask_of(ticks(slot.starts_at, slot.ends_at), first)
        wanted = mask_of(ticks(*fitting), first) if fitting else touched
        times.append(Time(slot.id, slot.starts_at, slot.ends_at, touched, fitting, wanted))
    return Times(first, mask_of(all_ticks, first), tuple(times))


def mask_of(ticks_: Iterable[int], first: int) -> int:
    """Return the mask of these ticks; those before ``first`` are left out."""
    mask = 0
    for tick in ticks_:
        if tick >= first:
            mask |= 1 << (tick - first)
    return mask
