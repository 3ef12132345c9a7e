"""Carry out a run that this process has begun: read the round, search, keep the plan, publish it."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from app.core.transaction import transaction
from app.planner import publishing, runs, waiting
from app.planner.figures import advise, measure
from app.planner.models import RunCause
from app.planner.plan import TalkPlan
from app.planner.runs import Begun
from app.planner.settings import load_planning
from app.planner.snapshot import Snapshot, load_snapshot
from app.planner.solver import SolverProgress, solve, usual_seconds


def carry_out(
    begun: Begun,
    *,
    clock: Callable[[], datetime],
    seconds: float | None = None,
    moves: int | None = None,
    told: Callable[[SolverProgress], None] = lambda _progress: None,
    stopped: Callable[[], bool] = lambda: False,
) -> TalkPlan | None:
    """Search for a plan and keep it; return None if the run was given up meanwhile.

    A night's plan is published by itself where the round says so; elsewhere the office is told when
    it waits. ``told`` and ``stopped`` as in ``solve``. Whatever goes wrong, the run ends.
    """
    try:
        return _carry_out(begun, clock, seconds, moves, told, stopped)
    except BaseException:
        runs.fail(begun.id, now=clock())
        raise


def _carry_out(
    begun: Begun,
    clock: Callable[[], datetime],
    seconds: float | None,
    moves: int | None,
    told: Callable[[SolverProgress], None],
    stopped: Callable[[], bool],
) -> TalkPlan | None:
    snapshot = load_snapshot(begun.round_id, now=clock())
    problem = snapshot.problem
    if seconds is None and moves is None:
        seconds = usual_seconds(problem)
    runs.begin_search(begun.id, len(problem.wanted), seconds=seconds or 0, now=clock())
    is_over = False

    def tell(progress: SolverProgress) -> None:
        nonlocal is_over
        is_over = not runs.report(begun.id, progress, now=clock())
        told(progress)

    plan = solve(
        problem,
        seconds=seconds,
        moves=moves,
        seed=begun.id,
        told=tell,
        stopped=lambda: is_over or stopped(),
    )
    figures, is_night = figures_of(snapshot, plan), begun.cause is RunCause.NIGHT
    publishes = load_planning(begun.round_id).publishes_in(snapshot.round)
    with transaction():
        if not runs.keep(begun.id, snapshot, plan, figures, now=clock()):
            return None
        if is_night and not publishes:
            waiting.promise(begun.id, snapshot.round, now=clock())
    if is_night and publishes:
        publishing.publish_by_itself(begun.id, now=clock())
    return plan


def figures_of(snapshot: Snapshot, plan: TalkPlan) -> dict[str, object]:
    """Return the figures of the round before and after, and what would help, to be stored."""
    problem = snapshot.problem
    before = {it.id: it.announced for it in problem.wanted if it.announced}
    after = {it.request: it.cell for it in plan.placements}
    return {
        "wanted": len(problem.wanted),
        "before": asdict(measure(problem, before)),
        "after": asdict(measure(problem, after)),
        "advice": [asdict(it) for it in advise(problem, plan)],
    }
