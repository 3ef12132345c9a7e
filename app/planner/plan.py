"""What a night decides: where each talk is that was asked for, and why the others have no place. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.planner.problem import Cell

FORMAT = "talk-plan-solution/1"


class NotPlaced(StrEnum):
    """Why a talk has no place. The search gives the first four, which are those of the format."""

    NO_COMMON_TIME = "no_common_time"
    TEACHER_FULL = "teacher_full"
    HOUSEHOLD_FULL = "household_full"
    NOT_FOUND = "not_found"
    NOT_GRANTED = "not_granted"  # the child has as many talks as the round grants
    BY_HAND = "by_hand"  # more teachers than the search can bring together


@dataclass(frozen=True)
class Placement:
    """Where a talk begins that was asked for."""

    request: str
    cell: Cell


@dataclass(frozen=True)
class Unplaced:
    """A talk that was asked for and has no place."""

    request: str
    reason: NotPlaced | None = None


@dataclass(frozen=True)
class TalkPlan:
    """A plan for a problem of this name: each request is in one of both lists, in the problem's order.

    ``cost`` is in the units of the problem's weights. ``moves`` is how many changes were tried.
    """

    problem: str
    placements: Sequence[Placement]
    unplaced: Sequence[Unplaced]
    cost: int
    moves: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the plan in the format talk-plan-solution/1."""
        return {
            "format": FORMAT,
            "instance": self.problem,
            "planner": {"cost": self.cost, "moves": self.moves},
            "placements": [
                {"request": it.request, "day": it.cell[0], "slot": it.cell[1]}
                for it in self.placements
            ],
            "unplaced": [
                {"request": it.request} | ({"reason": it.reason} if it.reason else {})
                for it in self.unplaced
            ],
        }
