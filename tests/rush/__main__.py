"""The opening rush: households come by the hundred and book, on SQLite and on PostgreSQL.

`make rush` runs those that there are goals for, `make rush RUSH="--rate 900 --seconds 20"` one of
your own: 900 households a minute for 20 seconds are 300, half of them in the first quarter. Each
has a page open and does what people do: sign in if need be, look, think for some seconds, book,
look again when somebody else was first; the page asks every five seconds what is new. Nobody waits
for an answer before coming (open loop), and a time is counted from the moment somebody wanted
something, not from when it could be sent.

Afterwards everything that was confirmed is compared with what is stored. Only on this machine:
the site, the database and the households share its processors, so /proc/stat is read too.
"""

import argparse
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core import clock
from tests import services
from tests.bench.builds import Build, checked_out, translate
from tests.bench.goals import Figures, table
from tests.postgresql import DURABLE, serving
from tests.rush.run import EXTRA, GOALS, WARM, Outcome, Plan, copied, measure
from tests.sites import Databases


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--goals", action="store_true", help="all that there are goals for")
    parser.add_argument("--rate", type=int, default=1500, help="households a minute")
    parser.add_argument("--seconds", type=float, default=60, help="how long they keep coming")
    parser.add_argument("--office", action="store_true", help="an office edits each second")
    parser.add_argument("--kill", type=int, default=0, metavar="N", help="kill N workers")
    parser.add_argument("--import", action="store_true", dest="imports", help="two imports run")
    parser.add_argument("--edges", action="store_true", help="hot, twin and crossing moves")
    parser.add_argument("--database", choices=services.DATABASES, help="only this one")
    parser.add_argument("--base", default="", help="let a commit go through the same, in turn")
    it = parser.parse_args()
    # Asked to stop, the run still ends its servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    translate(services.ROOT)
    own = Plan("", it.rate, it.seconds, it.office, it.kill, it.imports, it.edges)
    plans, measured = GOALS if it.goals else [own], []
    with ExitStack() as stack:
        old = [stack.enter_context(checked_out(it.base))] if it.base else []
        for database in [it.database] if it.database else services.DATABASES:
            measured.append(figures := Figures(database))
            _rush([*old, Build("new", services.ROOT)], database, plans, figures)
    if it.goals:
        print(f"\n{table(measured)}")


def _rush(builds: list[Build], database: str, plans: Sequence[Plan], figures: Figures) -> None:
    with ExitStack() as stack:
        enter = stack.enter_context
        folder = Path(enter(TemporaryDirectory(prefix="tienminuten-rush-")))
        server = None if database == "sqlite" else enter(serving(DURABLE)).url
        empty = Databases(folder, server).empty
        print(f"\n{database}, {clock.now():%Y-%m-%d %H:%M} UTC", flush=True)
        families = max(plan.families for plan in plans) + WARM + EXTRA
        schools = [build.school(empty(), families) for build in builds]
        outcomes = {}
        for plan in plans:
            for build, school in zip(builds, schools, strict=True):
                outcomes[plan.name] = measure(build, copied(school, empty), plan)
            _judge(plan, outcomes, figures)


def _judge(plan: Plan, outcomes: dict[str, Outcome], figures: Figures) -> None:
    outcome = outcomes[plan.name]
    figures.add(f"{plan.name}: worst p95 in ms", max(outcome.p95.values()))
    figures.add(f"{plan.name}: errors, doubles, missing", outcome.wrong)
    figures.add("memory of a worker, MiB", outcome.memory)
    figures.others.append(outcome.others)
    if plan.office:
        figures.add("the office's change is seen after, s", outcome.stale)
    if plan.office and "R1" in outcomes:
        quiet = outcomes["R1"].p95
        raised = max(outcome.p95[kind] / quiet[kind] for kind in quiet)
        figures.add(f"{plan.name}: worst p95 ÷ without", raised)


if __name__ == "__main__":
    main()
