"""What a plan means for families and teachers, in figures, and what would let more talks fit. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.planner.costs import WaitingCost, teacher_costs
from app.planner.layout import Layout
from app.planner.plan import TalkPlan
from app.planner.problem import Cell, Day, Problem, Seat, Unplanned
from app.planner.refit import refit
from app.planner.state import State

HOUR = 60  # minutes by which evenings could be longer
MOST_TEACHERS = 3
"""For how many teachers to compute what a colleague beside them would bring."""


@dataclass(frozen=True)
class PlanFigures:
    """A round with a plan, or with its bookings alone."""

    placed: int  # talks that were asked for and have a time
    waiting: int  # minutes between talks of families, all together
    evenings: int  # on which a family comes besides its first one
    gaps: int  # minutes in which teachers wait between talks
    long_runs: int  # slots of teachers beyond the wished run without a break
    moved: int  # talks that had another time


def measure(problem: Problem, cells: Mapping[str, Cell]) -> PlanFigures:
    """Return the figures of a round in which requests are at these legal cells, by request id."""
    layout = Layout(problem)
    state = State(layout)
    for request, it in enumerate(problem.wanted):
        if it.id in cells:
            state.put(request, layout.place(cells[it.id]))
    waiting = WaitingCost(1)
    longest = problem.busy_slots_before_break
    gaps, runs = (teacher_costs(layout.open_of, *it, longest) for it in ((1, 0), (0, 1)))
    return PlanFigures(
        placed=len(cells),
        waiting=problem.slot_minutes * sum(waiting[mask] for mask in state.party_mask),
        evenings=sum(it - 1 for it in state.evenings if it),
        gaps=problem.slot_minutes * _sum(gaps, state.teacher_mask),
        long_runs=_sum(runs, state.teacher_mask),
        moved=sum(
            it.announced is not None and cells.get(it.id, it.announced) != it.announced
            for it in problem.wanted
        ),
    )


def _sum(costs: Iterable[Mapping[int, int]], masks: Iterable[int]) -> int:
    return sum(cost[mask] for cost, mask in zip(costs, masks, strict=True))


class Remedy(StrEnum):
    """What the office could change in a round."""

    EVENING = "evening"  # one more, as long as the last one
    LONGER = "longer"  # each evening an hour longer
    COLLEAGUE = "colleague"  # somebody beside a teacher, for the same talks


@dataclass(frozen=True)
class Advice:
    """A remedy, and how many more talks have a time with it: computed, not guessed."""

    remedy: Remedy
    more: int
    teacher: str = ""  # id of the one who needs a colleague


def advise(problem: Problem, plan: TalkPlan) -> Sequence[Advice]:
    """Return what would let more talks fit, the most helpful first; nothing if all fit."""
    cells = {it.request: it.cell for it in plan.placements}
    without = [it for it in problem.wanted if it.id not in cells]
    if not without:
        return ()
    lacking = Counter(teacher for it in without for teacher in it.teachers)
    changed = [
        (Remedy.EVENING, "", _with_evening(problem)),
        (Remedy.LONGER, "", _longer(problem)),
        *(
            (Remedy.COLLEAGUE, teacher, _with_colleague(problem, teacher, without))
            for teacher, _number in lacking.most_common(MOST_TEACHERS)
        ),
    ]
    found = [
        Advice(remedy, len(refit(other, cells).placements) - len(cells), teacher)
        for remedy, teacher, other in changed
    ]
    return sorted((it for it in found if it.more > 0), key=lambda it: -it.more)


def _closed(problem: Problem) -> set[Cell]:
    """Return the cells in which nobody talks at all, such as breaks."""
    return set.intersection(*(it.away for it in problem.seats))


def _with_evening(problem: Problem) -> Problem:
    """Return the round with its last evening once more, on which nothing stands and all can come."""
    last = problem.days[-1]
    more = Day(f"{last.id}-again", "", last.slots)
    closed = {(more.id, slot) for day, slot in _closed(problem) if day == last.id}
    return replace(
        problem,
        days=[*problem.days, more],
        seats=[replace(it, away=it.away | closed) for it in problem.seats],
    )


def _longer(problem: Problem) -> Problem:
    """Return the round with longer evenings. Who is gone at the end now does not come back for it."""
    slots = -(-HOUR // problem.slot_minutes)
    added = {it.id: range(it.slots, it.slots + slots) for it in problem.days}
    ends = {(it.id, it.slots - 1) for it in problem.days}

    def gone(away: set[Cell]) -> set[Cell]:
        return away | {(day, slot) for day, _last in away & ends for slot in added[day]}

    return replace(
        problem,
        days=[replace(it, slots=it.slots + slots) for it in problem.days],
        seats=[replace(it, away=gone(it.away)) for it in problem.seats],
        parties=[replace(it, away=gone(it.away)) for it in problem.parties],
    )


def _with_colleague(problem: Problem, teacher: str, without: Sequence[Unplanned]) -> Problem:
    """Return the round with a colleague who takes talks of a teacher that have no time."""
    seat = next(it for it in problem.seats if it.id == teacher)
    beside = Seat(f"{teacher}-colleague", f"{seat.room}-beside", _closed(problem), seat.site)
    theirs = {it.id for it in without if teacher in it.teachers}

    def asked(it: Unplanned) -> Unplanned:
        if it.id not in theirs:
            return it
        names = (beside.id if name == teacher else name for name in it.teachers)
        return replace(it, teachers=tuple(names))

    return replace(
        problem,
        seats=[*problem.seats, beside],
        wanted=[asked(it) for it in problem.wanted],
    )
