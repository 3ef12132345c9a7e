"""Many families at once through gunicorn, as it is set up for a school: two processes, four threads.

32 connections, each of which asks again when it was answered. An old build, the working tree and
the bare program run at the same time, but only one of them is asked, in turn.
"""

import asyncio
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from tests.bench.builds import INSIDE, Build, School, Server, backends, cpu, serving
from tests.bench.goals import Figures
from tests.bench.load import PHONE, Home, Took, closed_loop, homes, opened, share_out

ROUNDS, FAMILIES, TALKS = 5, 90, 1
REQUESTS = {"base": 150, "new": 300, "floor": 1000}  # a second or two each


@dataclass
class Asked:
    """A server, its families, and what their requests took, round by round."""

    build: Build
    server: Server
    url: str
    homes: list[Home]
    shares: list[list[str]] = field(default_factory=list)
    took: list[Took] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)  # ms CPU of servers and database a request

    def ask(self, works: Iterator[Callable], *, measured: bool = True) -> None:
        """Let everybody do this work at once."""
        pids = self._pids()
        before = cpu(pids)
        took = asyncio.run(closed_loop(self.server.base_url, works))
        if took.wrong:
            raise SystemExit(f"{self.build.name}: {took.wrong} wrong answers")
        if measured:
            self.took.append(took)
            self.spent.append((cpu(pids) - before) / len(took.times))

    def _pids(self) -> list[int]:
        return [*self.server.workers(), *backends(self.url)]

    @property
    def each(self) -> list[float]:
        """Return the milliseconds a request took of the machine, round by round."""
        return [took.each for took in self.took]

    def ratio(self, other: "Asked") -> float:
        """Return the median CPU of this one's rounds divided by the other's.

        The clock would count what other programs of the machine take.
        """
        return median(mine / theirs for mine, theirs in zip(self.spent, other.spent, strict=True))

    def told(self, label: str, base: "Asked", floor: "Asked") -> str:
        """Return a line of figures."""
        times = sorted(time for took in self.took for time in took.times)
        p50, p95 = (times[math.ceil(len(times) * share) - 1] for share in (0.5, 0.95))
        return (
            f"{label:24}{self.build.name:8}{1000 / median(self.each):9.0f}{median(self.each):8.2f}"
            f"{median(self.spent):9.2f}{p50:8.1f}{p95:8.1f}"
            f"{self.ratio(base):8.2f}{self.ratio(floor):9.1f}"
        )


def measure(builds: list[Build], empty: Callable[[], str], figures: Figures) -> None:
    """Print tables and bookings of all three on one database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tienminuten-log-")))
        sites = []
        for build in builds:
            school = build.school(empty(), FAMILIES, 1)
            server = stack.enter_context(serving(build, school.url, folder))
            sites.append(_site(build, server, school))
        url, build = empty(), Build("floor", builds[-1].tree)
        server = stack.enter_context(serving(build, url, folder, "floor:application", INSIDE))
        floor = Asked(build, server, url, [Home("/", {}, PHONE)])
        print(
            f"{'through gunicorn':24}{'':8}{'a second':>9}{'ms':>8}{'ms CPU':>9}{'p50':>8}{'p95':>8}"
            f"{'÷ base':>8}{'÷ floor':>9}"
        )
        _rounds("table", figures, [*sites, floor], _tables)
        _rounds("booking", figures, [*sites, floor], _bookings)
        for asked in sites:
            asyncio.run(opened(asked.server.base_url, asked.homes))  # nothing is new any more
        _rounds("poll", figures, [*sites, floor], _polls)


def _site(build: Build, server: Server, school: School) -> Asked:
    families = homes(school, FAMILIES)
    asyncio.run(opened(server.base_url, families))
    asked = Asked(build, server, school.url, families, share_out(school, families, TALKS))
    # Twice in both processes: nobody comes for the first time, and PostgreSQL has its plans.
    asked.ask((home.look for _time in range(4) for home in families), measured=False)
    return asked


def _rounds(label: str, figures: Figures, all_: list[Asked], round_: Callable) -> None:
    base, new, floor = all_[0], all_[-2], all_[-1]
    for asked in all_:
        asked.took, asked.spent = [], []
    for number in range(ROUNDS):
        for asked in all_ if number % 2 else all_[::-1]:
            round_(asked)
    for asked in all_:
        print(asked.told(label, base, floor), flush=True)
    if new is not base:
        figures.add(f"{label} through gunicorn ÷ base", new.ratio(base))
    figures.add(f"{label} through gunicorn ÷ floor", new.ratio(floor))


def _tables(asked: Asked) -> None:
    works = (home.look for home in cycle(asked.homes))
    asked.ask(islice(works, REQUESTS[asked.build.name]))


def _polls(asked: Asked) -> None:
    if asked.build.name == "floor":
        _tables(asked)
        return
    works = (home.ask for home in cycle(asked.homes))
    asked.ask(islice(works, 2 * REQUESTS[asked.build.name]))


def _bookings(asked: Asked) -> None:
    """Each family books its talks; afterwards, unmeasured, all are cancelled."""
    if asked.build.name == "floor":
        _tables(asked)
        return
    for home, share in zip(asked.homes, asked.shares, strict=True):
        home.wanted = share
    asked.ask(iter([home.book for home in asked.homes]))
    asked.ask(iter([home.cancel for home in asked.homes]), measured=False)
