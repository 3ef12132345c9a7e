"""How good the nightly plan is, and how fast: the instances, through the command line.

`make bench-plan` plans each of them once; `make bench-plan BENCH="--only S-1101 --seconds 3"` one of them,
for as long as you like. What comes out is judged by the checker of the tests, not by the planner.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.planner.checker import judge, load
from tests.rush.machine import Load

INSTANCES = Path(__file__).with_name("instances")
ROOT = Path(__file__).parents[2]


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
    """Plan as the arguments say, and print a row for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=GOALS, help="this one (more than once)")
    parser.add_argument("--seconds", type=float, help="for each, instead of its own")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    machine = Load()
    print(
        "| | placed | first goal | waiting, min | further evenings | moved | cost | by best | goal "
        "| seconds | first plan | moves/s | MB |"
    )
    print("|" + " --- |" * 13)
    for name in arguments.only or GOALS:
        seconds = arguments.seconds or GOALS[name].seconds
        print(_row(name, _run(name, seconds, arguments.seed)), flush=True)
    print(f"\nOther programs used {machine.others:.2f} of {os.cpu_count()} processors.")


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


def _row(name: str, run: Measured) -> str:
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
    cells = [
        name,
        f"{figures['placed']:,} of {len(problem['requests']):,}",
        f"{first:,} (best {goal.first:,})",
        f"{figures['waiting_slots'] * problem['slot_minutes']:,}",
        figures["extra_evenings"],
        figures["announced_moved"],
        f"{verdict.cost:,}",
        f"{verdict.cost / goal.best:.4f}",
        f"{goal.within}",
        f"{run.seconds:.1f}",
        f"{run.first_plan:.1f}",
        f"{run.plan['planner']['moves'] / run.seconds:,.0f}",
        f"{run.memory:.0f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
