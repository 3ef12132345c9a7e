"""What is to be planned, as plain values: times are places in a list, people and teachers are ids.

``as_json`` writes the format talk-plan-instance/1: whole slots, numbered in each evening; ranges are
half open. Nothing in it is a name. ``files.py`` reads it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

FORMAT = "talk-plan-instance/1"
RUN = 6  # talks of a teacher in a row before a break is wished for

Cell = tuple[str, int]
"""An evening's id, and the number of a slot in it."""


@dataclass(frozen=True)
class Weights:
    """What a plan costs, in whole numbers: one is a family's minute of waiting.

    They are whole so that two costs compare exactly, whatever the order in which they were added.
    A talk that was announced costs more to drop than the talks gain that fit in its place.
    """

    unplaced_per_priority: int = 1000
    waiting_per_slot: int = 10
    extra_evening: int = 60
    teacher_gap_per_slot: int = 2
    teacher_run_excess_per_slot: int = 10
    announced_moved: int = 40
    announced_dropped: int = 5000


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
    site: str = "s1"


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
    """A talk that is asked for; and where, if an earlier night has told the family of a place."""

    id: str
    party: str
    child: str
    teachers: tuple[str, ...]
    length: int
    priority: int
    announced: Cell | None = None
    order: int = 0  # among those of a child, the dearest first; not in the format


@dataclass(frozen=True)
class Problem:
    """A round to be planned.

    A family walks ``walking_slots`` between two rooms, and as many between two sites unless
    ``walking_slots_between_sites`` says otherwise. ``busy_slots_before_break`` is the longest run of
    busy slots that is wished for a teacher.
    """

    name: str
    slot_minutes: int
    walking_slots: int
    days: Sequence[Day]
    seats: Sequence[Seat]
    parties: Sequence[Party]
    fixed: Sequence[Fixed]
    wanted: Sequence[Unplanned]
    walking_slots_between_sites: int | None = None
    busy_slots_before_break: int = RUN
    weights: Weights = Weights()

    def walk(self, one: Seat, other: Seat) -> int:
        """Return how many free slots a family needs between talks at these two teachers."""
        if one.room == other.room:
            return 0
        return self.walking_slots if one.site == other.site else self._walk_between_sites

    @property
    def _walk_between_sites(self) -> int:
        between = self.walking_slots_between_sites
        return self.walking_slots if between is None else between

    def as_json(self) -> dict[str, Any]:
        """Return the problem in the format talk-plan-instance/1."""
        return {
            "format": FORMAT,
            "name": self.name,
            "slot_minutes": self.slot_minutes,
            "days": [
                {"id": it.id, "slots": it.slots} | ({"date": it.date} if it.date else {})
                for it in self.days
            ],
            "settings": {
                "walking_slots": self.walking_slots,
                "walking_slots_between_sites": self._walk_between_sites,
                "busy_slots_before_break": self.busy_slots_before_break,
                "weights": asdict(self.weights),
            },
            "teachers": [
                {"id": it.id, "room": it.room, "site": it.site, "unavailable": _ranges(it.away)}
                for it in self.seats
            ],
            "households": [
                {"id": it.id, "children": sorted(it.children), "forbidden": _ranges(it.away)}
                for it in self.parties
            ],
            "bookings": [_talk(it) | _place(it.cell) for it in self.fixed],
            "requests": [
                _talk(it)
                | {"priority": it.priority, "announced": it.announced and _place(it.announced)}
                for it in self.wanted
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


def _place(cell: Cell) -> dict[str, Any]:
    return {"day": cell[0], "slot": cell[1]}


def _ranges(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """Return cells as ranges: those next to each other in one."""
    ranges = []
    for (day, _shift), run in groupby(
        enumerate(sorted(cells)), lambda it: (it[1][0], it[1][1] - it[0])
    ):
        slots = [cell[1] for _number, cell in run]
        ranges.append({"day": day, "from_slot": slots[0], "until_slot": slots[-1] + 1})
    return ranges
