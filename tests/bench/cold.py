"""What the first requests of a process cost: after a start, a reload, or when a worker was killed.

Templates are not read yet, nothing is remembered, and PostgreSQL plans each statement anew, the
large ones ten times on each connection. Each process here is new; the school stays the same.
"""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from statistics import median

from tests.bench.builds import Build
from tests.bench.goals import Figures
from tests.bench.process import start

PROCESSES, FIRST = 3, 12  # how many processes, and how many of their requests are the first ones
FAMILIES = 220


def measure(builds: list[Build], empty: Callable[[], str], figures: Figures) -> None:
    """Print the dearest of the newest build's first requests, beside what one costs later."""
    build = builds[-1]
    school = build.school(empty(), FAMILIES, 0.4)
    signed_in = [it for it in school.families if it["signed_in"]]
    links = [it for it in school.families if not it["signed_in"]]
    seen = []
    for number in range(PROCESSES):
        own = replace(school, families=signed_in + links[number::PROCESSES])  # a link works once
        with ExitStack() as stack:
            seen.append(json.loads(start(stack, build, own, "cold").process.stdout.readline()))
    print(f"{'the first requests, ms CPU':36}{'first':>8}{'dearest':>9}{'later':>8}{'x':>7}")
    for kind in seen[0]:
        # The median of the processes, so that another program's moment is not ours.
        costs = [median(values) for values in zip(*(it[kind] for it in seen), strict=True)]
        dearest, later = max(costs[:FIRST]), median(costs[FIRST:])
        print(
            f"{kind.replace('_', ' '):36}{costs[0]:8.1f}{dearest:9.1f}{later:8.1f}"
            f"{dearest / later:7.1f}"
        )
        figures.add("cold start: dearest page ÷ warm", dearest / later)
