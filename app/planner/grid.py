"""The cells of a round: each time at which a talk can begin, and breaks between them. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from app.core.ticks import ticks
from app.planner.problem import Cell, Day
from app.rounds.info import EveningInfo, SlotInfo

Times = tuple[int, datetime, datetime]
"""An evening's id, and from when to when (UTC) a talk is."""


@dataclass(frozen=True)
class Grid:
    """The cells of all evenings: with their ticks, or none where nobody can talk."""

    days: tuple[Day, ...]
    cells: Mapping[Cell, range]
    slots: Mapping[Cell, SlotInfo]
    starts: Mapping[datetime, Cell]
    minutes: int

    def within(self, busy: Collection[int]) -> set[Cell]:
        """Return the cells in which something of these ticks lies, and those of breaks."""
        taken = set(busy)
        return {cell for cell, its in self.cells.items() if not its or not taken.isdisjoint(its)}

    def times(self, cell: Cell, length: int) -> Times:
        """Return when a talk of so many cells is that begins in this one."""
        day, number = cell
        last = self.slots[day, number + length - 1]
        return int(day.removeprefix("e")), self.slots[cell].starts_at, last.ends_at

    def begun(self, now: datetime) -> set[Cell]:
        """Return the cells that have begun: no talk can be planned there any more."""
        return {cell for cell, slot in self.slots.items() if slot.starts_at <= now}

    def length(self, cell: Cell, starts_at: datetime, ends_at: datetime) -> int:
        """Return how many cells a talk takes that begins in this one."""
        taken = ticks(starts_at, ends_at)
        return sum(
            it[0] == cell[0] and bool(its) and its.start < taken.stop and its.start >= taken.start
            for it, its in self.cells.items()
        )


def grid_of(evenings: Iterable[EveningInfo]) -> Grid:
    """Return the cells of these evenings. A break takes as many as talks would, at least one."""
    days, cells, slots, steps = [], {}, {}, []
    for evening in evenings:
        step = timedelta(minutes=evening.talk_minutes + evening.gap_minutes)
        steps.append(step)
        day, number, expected = f"e{evening.id}", 0, evening.slots[0].starts_at
        for slot in evening.slots:
            for _gap in range(ceil(max(timedelta(0), slot.starts_at - expected) / step)):
                cells[day, number] = range(0)  # a break
                number += 1
            cells[day, number] = ticks(slot.starts_at, slot.ends_at)
            slots[day, number] = slot
            number, expected = number + 1, slot.starts_at + step
        days.append(Day(day, evening.day.isoformat(), number))
    minutes = int(max(steps, default=timedelta(minutes=10)) / timedelta(minutes=1))
    starts = {slot.starts_at: cell for cell, slot in slots.items()}
    return Grid(tuple(days), cells, slots, starts, minutes)
