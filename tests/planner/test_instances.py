"""Real sizes: how near a short search comes to the best plans that are known. Counted in moves."""

import pytest

from app.planner.files import problem_of
from app.planner.solver import solve
from tests.planner.bench import GOALS, INSTANCES
from tests.planner.checker import judge, load
from tests.planner.test_solver import announced, places_of


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "moves", "within"),
    [("S-1101", 300_000, 1.02), ("M-1102", 1_000_000, 1.03), ("M-1103", 1_000_000, 1.015)],
)
def test_a_short_search_comes_near_and_the_next_night_moves_nobody(name, moves, within):
    content = load(INSTANCES / f"{name}.json.gz")
    plan = solve(problem_of(content), moves=moves)
    verdict = judge(content, plan.as_json())
    assert verdict.broken == []
    assert verdict.figures["announced_dropped"] == 0
    assert plan.cost == verdict.cost <= within * GOALS[name].best
    again = solve(problem_of(announced(content, plan)), moves=moves, seed=1)
    assert places_of(again) == places_of(plan)
