"""Find a place for what has none, by moving on what is in its way. Pure.

A request takes the place of another, which takes the place of a third, and so on until one finds a
free place: an ejection chain (F. Glover, Ejection chains, reference structures and alternating path
methods for traveling salesman problems, 1996). Without walks, pairs and long talks it is an
augmenting path of bipartite matching.
"""

from collections.abc import Callable
from random import Random

from app.planner.layout import NOWHERE
from app.planner.state import State

DEPTH = 7
"""How many talks may move for one that had no place."""
NODES = 1500
"""How many changes are tried for one that has no place."""


def repair(state: State, random: Random, stopped: Callable[[], bool]) -> None:
    """Try a chain for each request without a place, those that weigh most first.

    A chain stays only if the plan costs less with it.
    """
    layout = state.layout
    waiting = [it for it in range(layout.requests) if state.place[it] < 0 and layout.legal[it]]
    random.shuffle(waiting)
    waiting.sort(key=lambda it: -layout.price_of[it])
    for request in waiting:
        if stopped():
            break
        _Chain(state).insert(request, DEPTH)


class _Chain:
    """One search, depth first, which looks at each talk once.

    Nothing in it is left to chance: a plan in which no chain helps is one for the next night too.
    """

    def __init__(self, state: State) -> None:
        self._tried = 0
        self._state = state
        self._before = state.cost
        self._seen: set[int] = set()

    def insert(self, request: int, depth: int) -> bool:
        """Give a request a place, and those that it moves; or change nothing and return False."""
        state, layout = self._state, self._state.layout
        self._seen.add(request)
        place = state.best(request, state.free(request))
        if place != NOWHERE:
            state.put(request, place)
            if state.cost < self._before:
                return True
            state.take(request)
        if not depth:
            return False
        for place in layout.starts[request]:
            if self._tried >= NODES:
                return False
            blockers = state.blockers(request, place)
            if len(blockers) != 1 or not self._seen.isdisjoint(blockers):
                continue
            self._tried += 1
            (blocker,) = blockers
            home = state.take(blocker)
            state.put(request, place)
            if self.insert(blocker, depth - 1):
                return True
            state.take(request)
            state.put(blocker, home)
        return False
