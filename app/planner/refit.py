"""Fit a plan to a round that has changed since: what still fits stays, the rest is placed anew. Pure.

There is no search: it takes as long as the first plan of a night does.
"""

from collections.abc import Mapping
from random import Random

from app.planner.construction import place_greedily
from app.planner.layout import Layout
from app.planner.plan import TalkPlan
from app.planner.problem import Cell, Problem
from app.planner.promises import keep_announced, take_back
from app.planner.repair import repair
from app.planner.solver import plan_of
from app.planner.state import State


def refit(problem: Problem, wanted: Mapping[str, Cell]) -> TalkPlan:
    """Return a plan in which requests are at these cells, by request id, where that is still legal.

    A talk that an earlier plan announced has one in any case, if all of these can still stand: it may
    be the old one, and whoever was to have that gives way.
    """
    layout = Layout(problem)
    promised = keep_announced(State(layout))
    state, random = State(layout), Random(0)  # noqa: S311  (no secret)
    for request, it in enumerate(problem.wanted):
        if it.id in wanted:
            place = layout.place(wanted[it.id])
            if state.free(request) >> place & 1:
                state.put(request, place)
    waiting = [it for it in range(layout.requests) if state.place[it] < 0]
    keep_announced(state, waiting)
    place_greedily(state, random)
    repair(state, random, lambda: False)
    take_back(state, promised)
    return plan_of(state)
