"""How good the nightly plan is, and how fast: the instances, through the command line.

`make bench-plan` plans each of them once, then looks at the next nights of two, and publishes a plan.
`make bench-plan BENCH="--part plans --only S-1101 --seconds 3"` plans one of them, for as long as you
like. What comes out is judged by the checker of the tests, not by the planner.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.planner import nights, publication
from tests.planner.checker import judge, load
from tests.rush.machine import Load

INSTANCES = Path(__file__).with_name("instances")
ROOT = Path(__file__).parents[2]

Rows = Iterator[tuple[str, dict[str, object]]]
"""The name of a row, and its figures by the name of their column."""


@dataclass(frozen=True)
class Goal:
    """What is known of an instance, and what its plan may take and cost."""

    best: int  # the cheapest plan that is known
    first: int  # what it pays for talks without a place, announced or not
    seconds: float
    within: float  # of the best cost


GOALS = {
    "S-1101": Goal(14_954, 13_000, 10, 1.01),
    "M-1102": Goal(90_744, 78_000, 30, 1.015),
    "M-1103": Goal(281_504, 238_000, 30, 1.015),
    "L-1104": Goal(281_208, 238_000, 120, 1.025),
    "L-1106-planted": Goal(54_026, 0, 120, 1.11),
    "XL-1105": Goal(750_802, 527_500, 300, 1.03),
}


@dataclass(frozen=True)
class Measured:
    """What one run took and gave."""

    seconds: float
    first_plan: float  # seconds until there was a valid plan; the start of Python and Flask in both
    memory: float  # MB at most
    plan: dict


def main() -> None:
    """Measure what the arguments say, and print tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--part", choices=PARTS, help="this part alone")
    parser.add_argument("--only", action="append", choices=GOALS, help="this one (more than once)")
    parser.add_argument("--seconds", type=float, help="for each, instead of its own")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    machine = Load()
    for part in [arguments.part] if arguments.part else PARTS:
        print(f"\n{part}")
        _print(PARTS[part](arguments))
    print(f"\nOther programs used {machine.others:.2f} of {os.cpu_count()} processors.")


def _plans(arguments: argparse.Namespace) -> Rows:
    for name in arguments.only or GOALS:
        seconds = arguments.seconds or GOALS[name].seconds
        yield name, _figures(name, _run(name, seconds, arguments.seed))


def _nights(arguments: argparse.Namespace) -> Rows:
    for name in arguments.only or ("M-1102", "M-1103"):
        seconds = arguments.seconds or GOALS[name].seconds
        problem = load(INSTANCES / f"{name}.json.gz")
        yield name, nights.compare(problem, seconds, arguments.seed)


def _publication(_arguments: argparse.Namespace) -> Rows:
    yield "SQLite", publication.measure()


PARTS = {"plans": _plans, "nights": _nights, "publication": _publication}


def _print(rows: Rows) -> None:
    """Print a table, each row as soon as it is there."""
    for number, (name, figures) in enumerate(rows):
        if not number:
            print(f"| | {' | '.join(figures)} |")
            print("|" + " --- |" * (len(figures) + 1))
        print(f"| {name} | {' | '.join(map(str, figures.values()))} |", flush=True)


def _run(name: str, seconds: float, seed: int) -> Measured:
    with tempfile.TemporaryDirectory(prefix="tienminuten-plan-") as folder:
        file = Path(folder) / "plan.json"
        started = time.monotonic()
        command = [sys.executable, "-m", "flask", "plan", "solve-file"]
        files = [INSTANCES / f"{name}.json.gz", file]
        process = subprocess.Popen(
            [*command, *files, "--seconds", str(seconds), "--seed", str(seed)],
            env=os.environ | {"TIENMINUTEN_DATABASE_URL": f"sqlite:///{folder}/none.db"},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr
        said = process.stderr.readline()
        first = time.monotonic() - started
        for line in process.stderr:
            said += line
        _pid, status, usage = os.wait4(process.pid, 0)
        taken = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{name}: {said}")
        return Measured(taken, first, usage.ru_maxrss / 1024, load(file))


def _figures(name: str, run: Measured) -> dict[str, object]:
    goal = GOALS[name]
    problem = load(INSTANCES / f"{name}.json.gz")
    verdict = judge(problem, run.plan)
    if verdict.broken or verdict.cost != run.plan["planner"]["cost"]:
        raise SystemExit(f"{name} is not valid: {verdict.broken[:5]}")
    weights, figures = problem["settings"]["weights"], verdict.figures
    first = (
        weights["unplaced_per_priority"] * figures["unplaced_weight"]
        + weights["announced_dropped"] * figures["announced_dropped"]
    )
    return {
        "placed": f"{figures['placed']:,} of {len(problem['requests']):,}",
        "first goal": f"{first:,} (best {goal.first:,})",
        "waiting, min": f"{figures['waiting_slots'] * problem['slot_minutes']:,}",
        "further evenings": figures["extra_evenings"],
        "moved": figures["announced_moved"],
        "cost": f"{verdict.cost:,}",
        "by best": f"{verdict.cost / goal.best:.4f}",
        "goal": goal.within,
        "seconds": f"{run.seconds:.1f}",
        "first plan": f"{run.first_plan:.1f}",
        "moves/s": f"{run.plan['planner']['moves'] / run.seconds:,.0f}",
        "MB": f"{run.memory:.0f}",
    }


if __name__ == "__main__":
    main()
