"""One rush on one database: start the site, warm it, let the households come, compare."""

import asyncio
import math
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from tests.bench.builds import Build, School, Server, serving
from tests.rush.browser import Record
from tests.rush.check import Verdict, check
from tests.rush.edges import Edges
from tests.rush.household import Rush
from tests.rush.machine import Load, memory
from tests.rush.trouble import Office, import_twice, kill_workers

KINDS = ("sign-in", "table", "booking", "taken", "poll")
WARM = 60  # families that come before the rush
EXTRA = 80  # who look on, and those of the small rushes
JUDGED = ("table", "booking", "poll")


@dataclass(frozen=True)
class Plan:
    """What happens in a rush; ``name`` is what the goals call it, if they do."""

    name: str = ""
    rate: int = 1500
    seconds: float = 60
    office: bool = False
    kills: int = 0
    imports: bool = False
    edges: bool = False

    @property
    def families(self) -> int:
        """Return how many families come."""
        return round(self.rate * self.seconds / 60)

    def __str__(self):
        more = [
            f"{self.families} households at {self.rate} a minute",
            *(["an office"] if self.office else []),
            *([f"{self.kills} workers killed"] if self.kills else []),
            *(["two imports"] if self.imports else []),
            *(["hot, twin and crossing"] if self.edges else []),
        ]
        return ", ".join(more)


GOALS = (
    Plan("R1"),
    Plan("R1 with a busy office", office=True),
    Plan("all in 15 s", rate=6000, seconds=15),
    Plan("rough rush", office=True, kills=4, imports=True, edges=True),
)


@dataclass(frozen=True)
class Outcome:
    """What came of a rush."""

    p95: dict[str, float]  # in ms, of what is judged
    wrong: int  # errors, and faults in what is stored
    stale: float
    memory: float
    others: float  # cores that other programs used meanwhile


def measure(build: Build, school: School, plan: Plan) -> Outcome:
    """Run a rush on this school's database and print what came of it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tienminuten-rush-")))
        server = stack.enter_context(serving(build, school.url, folder))
        record, notes = Record(), []
        load = asyncio.run(_rush(build, school, plan, server, record, notes))
        print(f"\n{build.name}{f', {plan.name}' if plan.name else ''}: {plan}\n{load.told()}")
        print(f"{'':10}{'count':>8}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
        for kind in KINDS:
            print(_line(kind, sorted(record.times[kind])))
        sizes = [memory(pid) for pid in server.workers()]
        verdict = check(school.url, record)
        stale = max((it.stale for it in notes if isinstance(it, Office)), default=0.0)
        for note in notes:
            print(note.told() if isinstance(note, Office) else note)
        print(f"memory of a worker: {', '.join(f'{size:.0f}' for size in sizes)} MiB (PSS)")
        if record.resent:
            print(
                f"{record.resent} sent again because the connection broke; "
                f"{record.used_up} mailed links were used up by an answer that was lost"
            )
        print(f"errors: {_errors(record)}; {verdict}", flush=True)
        p95 = {kind: _share(sorted(record.times[kind]), 0.95) for kind in JUDGED}
        return Outcome(p95, _wrong(plan, record, verdict, notes), stale, max(sizes), load.others)


def _wrong(plan: Plan, record: Record, verdict: Verdict, notes: list) -> int:
    broken = 0 if plan.kills else record.resent  # only a killed worker may break a connection
    office = sum(sum(it.record.errors.values()) for it in notes if isinstance(it, Office))
    badly = sum("badly" in str(note) for note in notes)
    return sum(record.errors.values()) + broken + office + badly + verdict.wrong


async def _rush(
    build: Build, school: School, plan: Plan, server: Server, record: Record, notes: list
) -> Load:
    edges = Edges.choose(school) if plan.edges else None
    away = edges.busy() if edges else []
    families = [it for it in school.families if it not in away]
    watcher = next(it for it in families if it["signed_in"])
    families = [it for it in families if it is not watcher]
    rush = Rush(server.base_url, school, record)
    await replace(rush, haste=10).all(families[:WARM], 4)
    if edges:
        await edges.seat(server.base_url, record)
    record.forget_times()
    load, beside, tasks = Load(), [], []
    if plan.office:
        office = Office(server.base_url, school, watcher)
        notes.append(office)
        tasks += [office.edit(), office.watch()]
    if plan.kills:
        beside.append(kill_workers(server, plan.kills, plan.seconds))
    if plan.imports:
        beside.append(import_twice(build, school.url))
    if edges:
        beside.append(edges.run(server.base_url, record))
    endless = [asyncio.create_task(task) for task in tasks]
    rest = families[WARM : WARM + plan.families]
    _none, *said = await asyncio.gather(rush.all(rest, plan.seconds), *beside)
    for task in endless:
        task.cancel()
    ended = await asyncio.gather(*endless, return_exceptions=True)
    notes += [one for one in said if one]
    notes += [f"it ended: {one!r}" for one in ended if not isinstance(one, asyncio.CancelledError)]
    load.stop()
    return load


def copied(school: School, empty: Callable[[], str]) -> School:
    """Return the same school on a database of its own."""
    target = empty()
    here, there = sa.make_url(school.url), sa.make_url(target)
    if here.get_backend_name() == "sqlite":
        shutil.copyfile(here.database, there.database)
        return replace(school, url=target)
    engine = sa.create_engine(
        there.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {there.database}")
        connection.exec_driver_sql(f"CREATE DATABASE {there.database} TEMPLATE {here.database}")
    return replace(school, url=target)


def _errors(record: Record) -> str:
    return ", ".join(f"{n} x {what}" for what, n in record.errors.items()) or "none"


def _share(times: list[float], share: float) -> float:
    return times[math.ceil(len(times) * share) - 1] if times else 0.0


def _line(kind: str, times: list[float]) -> str:
    if not times:
        return f"{kind:10}{0:8}"
    p50, p95 = (_share(times, share) for share in (0.5, 0.95))
    return f"{kind:10}{len(times):8}{p50:9.0f}{p95:9.0f}{times[-1]:9.0f}"
