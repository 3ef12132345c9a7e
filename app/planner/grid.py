"""The cells of a round: each time at which a talk can begin, and breaks between them. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from app.core.ticks import ticks
from app.planner.problem import Cell, Day
from app.rounds.info import EveningInfo


@dataclass(frozen=True)
class Grid:
    """The cells of all evenings: with their ticks, or none where nobody can talk."""

    days: tuple[Day, ...]
    cells: Mapping[Cell, range]
    starts: Mapping[datetime, Cell]
    minutes: int

    def within(self, busy: Collection[int]) -> set[Cell]:
        """Return the cells in which something of these ticks lies, and those of breaks."""
        taken = set(busy)
        return {cell for cell, its in self.cells.items() if not its or not taken.isdisjoint(its)}

    def length(self, cell: Cell, starts_at: datetime, ends_at: datetime) -> int:
        """Return how many cells a talk takes that begins in this one."""
        taken = ticks(starts_at, ends_at)
        return sum(
            it[0] == cell[0] and bool(its) and its.start < taken.stop and its.start >= taken.start
            for it, its in self.cells.items()
        )


def grid_of(evenings: Iterable[EveningInfo]) -> Grid:
    """Return the cells of these evenings. A break takes as many as talks would, at least one."""
    days, cells, starts, steps = [], {}, {}, []
    for evening in evenings:
        step = timedelta(minutes=evening.talk_minutes + evening.gap_minutes)
        steps.append(step)
        day, number, expected = f"e{evening.id}", 0, evening.slots[0].starts_at
        for slot in evening.slots:
            for _gap in range(ceil(max(timedelta(0), slot.starts_at - expected) / step)):
                cells[day, number] = range(0)  # a break
                number += 1
            cells[day, number] = ticks(slot.starts_at, slot.ends_at)
            starts[slot.starts_at] = (day, number)
            number, expected = number + 1, slot.starts_at + step
        days.append(Day(day, evening.day.isoformat(), number))
    minutes = int(max(steps, default=timedelta(minutes=10)) / timedelta(minutes=1))
    return Grid(tuple(days), cells, starts, minutes)
