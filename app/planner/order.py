"""Let the talks that are dearest to a family have the places, where one can stand for another. Pure.

The cost knows no order among the talks of a child. So it is looked at in the end: a talk without a
place takes that of a less dear one of the same child, if the plan is hardly worse for it.
"""

from app.planner.layout import NOWHERE
from app.planner.state import State

WORTH = 100
"""What the exchange may cost at most, in the units of the cost: ten slots of waiting."""


def prefer_dearest(state: State) -> None:
    """Exchange talks without a place for less dear ones of the same child, priority and promise."""
    wanted, layout = state.layout.problem.wanted, state.layout
    of_child: dict[tuple[str, str], list[int]] = {}
    for request, it in enumerate(wanted):
        of_child.setdefault((it.party, it.child), []).append(request)
    waiting = [it for it in range(layout.requests) if state.place[it] < 0 and layout.legal[it]]
    for request in sorted(waiting, key=lambda it: wanted[it].order):
        mine = wanted[request]
        others = [
            it
            for it in of_child[mine.party, mine.child]
            if state.place[it] >= 0
            and wanted[it].order > mine.order
            and wanted[it].priority == mine.priority
            and wanted[it].announced is None
        ]
        for other in sorted(others, key=lambda it: -wanted[it].order):
            if _exchange(state, request, other):
                break


def _exchange(state: State, request: int, other: int) -> bool:
    before = state.cost
    home = state.take(other)
    place = state.best(request, state.free(request))
    if place != NOWHERE:
        state.put(request, place)
        if (elsewhere := state.best(other, state.free(other))) != NOWHERE:
            state.put(other, elsewhere)
        if state.cost <= before + WORTH:
            return True
        if state.place[other] >= 0:
            state.take(other)
        state.take(request)
    state.put(other, home)
    return False
