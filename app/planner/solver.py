"""Make a plan: keep what was announced, put the rest greedily, repair, anneal, repair again. Pure.

Destroying and repairing a part of the plan beats exact solving for talks of this number (Kristiansen,
Sørensen, Herold, Stidsen, The consultation timetabling problem at Danish high schools, Journal of
Heuristics 2013, doi 10.1007/s10732-013-9219-9); annealing decides which changes stay.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from app.planner.annealing import Annealing
from app.planner.construction import place_greedily
from app.planner.layout import Layout
from app.planner.order import prefer_dearest
from app.planner.plan import Placement, TalkPlan, Unplaced
from app.planner.problem import Problem
from app.planner.promises import all_kept, keep_announced, take_back
from app.planner.reasons import why_not
from app.planner.repair import repair
from app.planner.state import State

BLOCK = 1000
"""Moves between two looks at the clock, a few milliseconds; fewer where few are allowed."""
STEPS = 100
"""Temperatures at least, from hot to cold."""
TELL_EVERY = 1.0
"""Seconds between two reports of how far it is."""


@dataclass(frozen=True)
class SolverProgress:
    """How far a plan is. ``seconds_left`` is None where moves are counted instead of seconds."""

    placed: int
    requests: int
    cost: int
    seconds_left: float | None


def usual_seconds(problem: Problem) -> float:
    """Return how long a problem of this size is worth working on."""
    return min(300.0, 5 + 0.025 * len(problem.wanted))


def solve(
    problem: Problem,
    *,
    seconds: float | None = None,
    moves: int | None = None,
    seed: int = 0,
    told: Callable[[SolverProgress], None] = lambda _progress: None,
    stopped: Callable[[], bool] = lambda: False,
) -> TalkPlan:
    """Return a valid plan that costs as little as was found.

    It ends after so many seconds or moves, whichever comes first; without either, after the usual
    seconds. Counted by moves alone, the same problem and seed give the same plan. ``told`` hears of
    the first plan, then about once a second. ``stopped`` is asked every few milliseconds: once it
    says yes, the best plan so far is returned.
    """
    started = time.monotonic()
    if seconds is None and moves is None:
        seconds = usual_seconds(problem)
    budget = _Budget(started, seconds, moves, stopped)
    search = _Search(problem, Random(seed), budget, told)  # noqa: S311  (no secret)
    if search.begin():
        search.anneal()
        search.finish()
    return search.plan()


class _Budget:
    """How much of the time or of the moves is used."""

    def __init__(
        self,
        started: float,
        seconds: float | None,
        moves: int | None,
        stopped: Callable[[], bool],
    ) -> None:
        self.moves = moves
        self.done = 0
        self.stopped = stopped
        self._started = started
        self._seconds = seconds
        self._reserve = 0.0

    def keep_back(self, since: float) -> None:
        """Keep time for the end: three times what has passed since then, as it is done anew."""
        self._reserve = 3 * (time.monotonic() - since)

    def left(self) -> float | None:
        """Return the seconds left, None where moves alone count."""
        if self._seconds is None:
            return None
        return max(0.0, self._started + self._seconds - time.monotonic())

    def used(self, since: float) -> float:
        """Return which share of the annealing that began then is over: 1 when it must end."""
        if self.stopped():
            return 1.0
        share = 0.0
        if self.moves is not None:
            share = self.done / self.moves if self.moves else 1.0
        left = self.left()
        if left is not None:
            passed = time.monotonic() - since
            share = max(share, passed / max(passed + left - self._reserve, passed, 1e-9))
        return min(1.0, share)


class _Search:
    """One run over a problem: the plan in progress, and the best one met."""

    def __init__(
        self,
        problem: Problem,
        random: Random,
        budget: _Budget,
        told: Callable[[SolverProgress], None],
    ) -> None:
        self._layout = Layout(problem)
        self._state = State(self._layout)
        self._random = random
        self._budget = budget
        self._tell = told
        self._told_at = 0.0
        self._kept: list[int] = []
        self._best: list[int] = []
        self._best_cost = self._state.cost

    def begin(self) -> bool:
        """Make the first plan. Return False if there is nothing to improve.

        When all that was announced stands and nothing else finds a place, nothing is new since the
        plan that was announced: families are not moved for a better search of the same night.
        """
        state = self._state
        self._kept = keep_announced(state)
        announced = sum(it.announced is not None for it in self._layout.problem.wanted)
        before = state.place.copy()
        place_greedily(state, self._random)
        since = time.monotonic()
        repair(state, self._random, self._budget.stopped)
        self._budget.keep_back(since)
        self._keep_best()
        self._tell_progress()
        stands = len(self._kept) == announced > 0 and state.place == before
        return not stands

    def anneal(self) -> None:
        """Improve the plan until the budget is used, from hot to cold."""
        annealing = Annealing(self._state, self._random)
        budget = self._budget
        block = BLOCK if budget.moves is None else max(1, min(BLOCK, budget.moves // STEPS))
        since = time.monotonic()
        while annealing.movable and (used := budget.used(since)) < 1:
            # How many moves there will be by the clock shows as it goes.
            expected = budget.done / used if used else 0.0
            annealing.run(block, annealing.temperature(used, expected))
            budget.done += block
            self._keep_best()
            if time.monotonic() > self._told_at + TELL_EVERY:
                self._tell_progress()

    def finish(self) -> None:
        """Keep promises, repair what is left, and return to the best plan met."""
        state, stopped = self._state, self._budget.stopped
        if stopped():
            state.restore(self._best)
            return
        take_back(state, self._kept)
        if state.cost > self._best_cost:
            state.restore(self._best)
        # Until no chain helps: so that the next night, which begins here, has nothing to move.
        while not stopped():
            cost = state.cost
            repair(state, self._random, stopped)
            if state.cost == cost:
                break
        prefer_dearest(state)

    def plan(self) -> TalkPlan:
        """Return the plan as it is now."""
        return plan_of(self._state, self._budget.done)

    def _keep_best(self) -> None:
        state = self._state
        if not self._best or (state.cost < self._best_cost and all_kept(state, self._kept)):
            self._best_cost = state.cost
            self._best = state.place[: self._layout.requests]

    def _tell_progress(self) -> None:
        self._told_at = time.monotonic()
        requests = self._layout.requests
        placed = requests - self._state.place[:requests].count(-1)
        self._tell(SolverProgress(placed, requests, self._state.cost, self._budget.left()))


def plan_of(state: State, moves: int = 0) -> TalkPlan:
    """Return a state as a plan, after so many moves."""
    layout = state.layout
    placed, unplaced = [], []
    for request, it in enumerate(layout.problem.wanted):
        if state.place[request] >= 0:
            placed.append(Placement(it.id, layout.cell(state.place[request])))
        else:
            unplaced.append(Unplaced(it.id, why_not(state, request)))
    return TalkPlan(layout.problem.name, placed, unplaced, state.cost, moves)
