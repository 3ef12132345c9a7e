"""One request at a time through the WSGI application, without server and network: its own work.

An old build, the working tree and the bare program (the floor) are measured round by round in
turn, each in a process of its own. What is measured is CPU: of the site and of its database.
"""

import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from statistics import median

from tests.bench.builds import Build, School
from tests.bench.goals import Figures

ROUNDS, EACH = 7, 10
FEWER = {"first_table": 8, "signing_in": 6}  # each family once
FAMILIES = 220
TASKS = (
    ("link, button, first page", "signing_in", "phone"),
    ("first table of a family", "first_table", "phone"),
    ("table, phone", "table", "phone"),
    ("table, computer", "table", "computer"),
    ("poll without news", "poll", "phone"),
    ("poll with news, phone", "news", "phone"),
    ("poll with news, computer", "news", "computer"),
    ("booking with its answer, phone", "booking", "phone"),
    ("booking with its answer, computer", "booking", "computer"),
    ("cancelling with its answer", "cancelling", "phone"),
)


@dataclass
class Worker:
    """A build's process that measures itself, and what it said."""

    process: subprocess.Popen
    web: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def ask(self, what: dict) -> dict:
        """Send a line and read its answer."""
        print(json.dumps(what), file=self.process.stdin, flush=True)
        if not (line := self.process.stdout.readline()):
            raise SystemExit(f"a process ended while it measured {what}")
        return json.loads(line)

    def work(self, name: str, device: str) -> None:
        """Measure one round."""
        times = FEWER.get(name, EACH)
        answer = self.ask({"name": name, "device": device, "times": times, "count": False})
        self.web.append(answer["web"])
        self.database.append(answer["database"])

    def forget(self) -> None:
        """Begin a new row."""
        self.web, self.database = [], []

    @property
    def spent(self) -> list[float]:
        """Return the milliseconds of CPU a call, round by round."""
        return [web + database for web, database in zip(self.web, self.database, strict=True)]

    def ratio(self, other: "Worker") -> float:
        """Return the median of what this one spent in a round, divided by what the other did."""
        return median(mine / theirs for mine, theirs in zip(self.spent, other.spent, strict=True))


def start(stack: ExitStack, build: Build, school: School, mode: str = "site") -> Worker:
    """Start the measuring process of a build."""
    process = stack.enter_context(build.inside(school.url, "tasks.py", mode))
    stack.callback(process.kill)
    print(json.dumps(asdict(school)), file=process.stdin, flush=True)
    return Worker(process)


def measure(builds: list[Build], empty: Callable[[], str], figures: Figures) -> None:
    """Print each request's figures on one database; ``empty`` makes an empty one."""
    with ExitStack() as stack:
        sites = [start(stack, build, build.school(empty(), FAMILIES, 0.7)) for build in builds]
        base, new = sites[0], sites[-1]  # the same one if there is nothing to compare with
        floor = start(stack, builds[-1], School(empty(), 0, [], {}, {}), "floor")
        print(f"{'in process, ms CPU (web + database)':36}{'base':>14}{'new':>14}", end="")
        print(f"{'÷ base':>7}{'÷ floor':>9}{'statements':>12}{'bytes':>14}")
        for label, name, device in TASKS:
            for worker in (*sites, floor):
                worker.forget()
            for round_ in range(ROUNDS):
                for worker in (*(sites if round_ % 2 else sites[::-1]), floor):
                    worker.work(name, device)
            once = {"name": name, "device": device, "times": 2, "count": True}
            old, now = base.ask(once), new.ask(once)
            ratio = new.ratio(base)
            print(
                f"{label:36}{_both(base):>14}{_both(new):>14}{ratio:7.2f}"
                f"{new.ratio(floor):9.1f}{old['statements']:7.0f}{now['statements']:5.0f}"
                f"{old['bytes']:8.0f}{now['bytes']:6.0f}",
                flush=True,
            )
            if len(sites) > 1:
                figures.add(f"{label} ÷ base", ratio)
            if name == "poll":
                figures.add("poll without news, statements", now["statements"])
            if name == "news" and device == "phone":
                figures.add("poll with news, bytes", now["bytes"])
        print(f"{'floor':36}{_both(floor):>14}")


def _both(worker: Worker) -> str:
    return f"{median(worker.web):.2f} + {median(worker.database):.2f}"
