"""What is to be planned, as plain values: times are places in a list, people and teachers are ids.

``as_json`` writes the format talk-plan-instance/1: whole slots, numbered in each evening; ranges are
half open. Nothing in it is a name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

FORMAT = "talk-plan-instance/1"
WEIGHTS = {
    "unplaced_per_priority": 1000,
    "waiting_per_slot": 10,
    "extra_evening": 60,
    "teacher_gap_per_slot": 2,
    "teacher_run_excess_per_slot": 10,
    "announced_moved": 40,
    "announced_dropped": 5000,
}
RUN = 6  # talks of a teacher in a row before a break is wished for

Cell = tuple[str, int]
"""An evening's id, and the number of a slot in it."""


@dataclass(frozen=True)
class Day:
    """An evening; slots in which nobody talks, such as a break, count too."""

    id: str
    date: str
    slots: int


@dataclass
class Seat:
    """A teacher: where, and in which cells not."""

    id: str
    room: str
    away: set[Cell] = field(default_factory=set)


@dataclass
class Party:
    """Who comes together: one household, or several that share a guardian."""

    id: str
    children: set[str] = field(default_factory=set)
    away: set[Cell] = field(default_factory=set)


@dataclass(frozen=True)
class Fixed:
    """A booked talk, which stays where it is."""

    id: str
    party: str
    child: str
    teachers: tuple[str, ...]
    length: int
    cell: Cell


@dataclass(frozen=True)
class Unplanned:
    """A talk that is asked for."""

    id: str
    party: str
    child: str
    teachers: tuple[str, ...]
    length: int
    priority: int


@dataclass(frozen=True)
class Problem:
    """A round to be planned."""

    name: str
    slot_minutes: int
    walking_slots: int
    days: Sequence[Day]
    seats: Sequence[Seat]
    parties: Sequence[Party]
    fixed: Sequence[Fixed]
    wanted: Sequence[Unplanned]

    def as_json(self) -> dict[str, Any]:
        """Return the problem in the format talk-plan-instance/1."""
        return {
            "format": FORMAT,
            "name": self.name,
            "slot_minutes": self.slot_minutes,
            "days": [{"id": it.id, "date": it.date, "slots": it.slots} for it in self.days],
            "settings": {
                "walking_slots": self.walking_slots,
                "walking_slots_between_sites": self.walking_slots,
                "busy_slots_before_break": RUN,
                "weights": WEIGHTS,
            },
            "teachers": [
                {"id": it.id, "room": it.room, "site": "s1", "unavailable": _ranges(it.away)}
                for it in self.seats
            ],
            "households": [
                {"id": it.id, "children": sorted(it.children), "forbidden": _ranges(it.away)}
                for it in self.parties
            ],
            "bookings": [_talk(it) | {"day": it.cell[0], "slot": it.cell[1]} for it in self.fixed],
            "requests": [
                _talk(it) | {"priority": it.priority, "announced": None} for it in self.wanted
            ],
        }


def _talk(it: Fixed | Unplanned) -> dict[str, Any]:
    return {
        "id": it.id,
        "household": it.party,
        "child": it.child,
        "teachers": list(it.teachers),
        "length": it.length,
    }


def _ranges(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """Return cells as ranges: those next to each other in one."""
    ranges = []
    for (day, _shift), run in groupby(
        enumerate(sorted(cells)), lambda it: (it[1][0], it[1][1] - it[0])
    ):
        slots = [cell[1] for _number, cell in run]
        ranges.append({"day": day, "from_slot": slots[0], "until_slot": slots[-1] + 1})
    return ranges
