"""A site with its worker, its database and its mail server, to which something happens."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from app.core import clock
from app.outbox.models import OutboxMessage
from tests import services
from tests.faults import mails, table
from tests.faults.crowd import Answer, Crowd, Family, Notes, Person, most
from tests.faults.school import School, fill
from tests.faults.table import Row
from tests.mail.server import MailServer
from tests.rush import check
from tests.rush.browser import Record
from tests.sites import Site, environment_of

FAMILIES, SECONDS = 12, 3.0  # of a row: how many come, within how long
SENT_WITHIN = 60  # seconds after a row, for all mails
UNSENT = OutboxMessage.delivered_at.is_(None) & OutboxMessage.failed_at.is_(None)


class Worker:
    """The process that sends mails, which a test may kill."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment, self._log = environment, log
        self.start()

    def start(self) -> None:
        """Start it, as systemd does again when it was killed."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.program"],
                cwd=services.ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """Kill it, as the kernel does when memory is short."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Stop it, as systemd does."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass
class Stage:
    """All of it. A row takes families of its own; nothing is put back between two rows."""

    database: str
    site: Site
    worker: Worker
    mail: MailServer
    clock: Path
    school: School
    families: Iterator[Family]  # who did nothing yet
    _confirmed: set[tuple[int, int, int]] = field(default_factory=set)

    @contextmanager
    def row(self, fault: str, *, held: int = 0) -> Iterator[Row]:
        """Let a crowd book while the block makes something happen; then look what became of it all.

        It begins half a second later. So many families, the ``held``, come when the block says so.
        """
        row = Row(fault, self.database)
        mails_before = len(self.mail.messages)
        row.families = [next(self.families) for _ in range(FAMILIES)]
        crowd = Crowd(self.site.base_url, row.families, SECONDS, self.school.looker, held)
        row.let_in = crowd.let_in
        try:
            yield row
        finally:
            row.over = row.over or time.perf_counter()
            crowd.wait()
            row.waiting = self.send_all()
            self._judge(row, crowd, mails_before)
            table.ROWS.append(row)

    def step_clock(self, hours: float) -> None:
        """Let the clock of the site and the worker be wrong by this much."""
        draft = self.clock.with_suffix(".new")
        draft.write_text(str(hours * 3600))
        draft.replace(self.clock)

    def processes(self) -> list[int]:
        """Return the ids of the processes that write to the database."""
        return [*self.web_workers(), self.worker.process.pid]

    def size(self) -> int:
        """Return how long SQLite's longest file is, in bytes."""
        database = Path(sa.make_url(self.site.database_url).database)
        return max(path.stat().st_size for path in database.parent.glob(f"{database.name}*"))

    def web_workers(self) -> list[int]:
        """Return the ids of gunicorn's worker processes."""
        children = Path(f"/proc/{self.site.pid}/task/{self.site.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def reload(self) -> None:
        """Let gunicorn replace its workers, and wait until it has."""
        old = set(self.web_workers())
        os.kill(self.site.pid, signal.SIGHUP)
        wait_until(lambda: len(now := set(self.web_workers())) == len(old) and not now & old)

    def send_all(self) -> int:
        """Let the worker send what is due, and then what it keeps for later; return what is left.

        It waits five minutes before it takes over the mail of a worker that died, and twenty
        seconds and more after a refusal. Nobody wants to wait for that here.
        """
        deadline = time.monotonic() + SENT_WITHIN
        while (unsent := self.count(UNSENT)) and time.monotonic() < deadline:
            if self.count(UNSENT, OutboxMessage.due_at > clock.now()) == unsent:
                with self._database() as connection:
                    now = sa.update(OutboxMessage).where(UNSENT).values(due_at=clock.now())
                    connection.execute(now)
            time.sleep(0.3)
        return unsent

    def count(self, *which: sa.ColumnElement[bool]) -> int:
        """Return how many promises of a mail are such."""
        with self._database() as connection:
            return connection.scalar(sa.select(sa.func.count(OutboxMessage.id)).where(*which))

    @contextmanager
    def _database(self) -> Iterator[sa.Connection]:
        """Open a connection past the site."""
        engine = sa.create_engine(self.site.database_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            yield connection

    def page(self, path: str) -> Answer:
        """Open a page as the office."""
        return asyncio.run(Person(self.site.base_url, Notes(), self.school.office).once(path))

    def knock(self, times: int) -> list[Answer]:
        """Open a table so many times at once, once each."""
        looker = self.school.looker

        async def all_() -> list[Answer]:
            people = [Person(self.site.base_url, Notes(), looker.cookies) for _ in range(times)]
            return await asyncio.gather(*(person.once(looker.path) for person in people))

        return asyncio.run(all_())

    def _judge(self, row: Row, crowd: Crowd, mails_before: int) -> None:
        notes = crowd.notes
        row.asked, row.confirmed = notes.asked, len(notes.changed_at)
        row.taken, row.resent, row.unanswered = notes.taken, notes.resent, notes.unanswered
        row.longest, row.expected = notes.longest, len(notes.confirmed)
        told = Record(confirmed=self._confirmed | notes.confirmed)
        verdict = check.check(self.site.database_url, told)
        row.missing, row.unconfirmed = verdict.missing, verdict.unconfirmed
        row.double = verdict.doubles + verdict.incomplete + verdict.too_many
        row.stored = row.expected - row.missing + row.unconfirmed
        self._confirmed = check.stored(self.site.database_url)  # the next row is judged by itself
        messages = self.mail.messages[mails_before:]
        several = mails.copies(messages)
        row.mails, row.twice = len(messages), sum(len(same) - 1 for same in several)
        row.twice_renamed = mails.renamed(several)
        row.untold = mails.untold(crowd.families, messages, self.school)
        row.read = most(notes.failed, self.school.offline)
        row.failed, row.pages = notes.failed, notes.pages
        after = [moment for moment in notes.changed_at if moment >= row.over]
        row.back_after = min(after) - row.over if after else None


def _came(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (came := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return came


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so."""
    assert _came(condition, seconds), f"it did not come within {seconds} s"


@contextmanager
def staged(
    database: str,
    start: Callable[..., Site],
    url: str,
    folder: Path,
    *,
    rows: int,
    **options: object,
) -> Iterator[Stage]:
    """Fill a database for so many rows, and start everything on it."""
    clock_file = folder / "clock"
    clock_file.write_text("0")
    os.environ["STEPPED_CLOCK"] = str(clock_file)
    with MailServer() as mail:
        settings = {"proxies": 1, **mail.settings}
        site = start(2, 4, url, "tests.faults.program:application", **options, **settings)
        school = fill(site, 1 + rows * FAMILIES)
        environment = environment_of(database_url=url, site_url=site.base_url, **settings)
        worker = Worker(environment, folder / "worker.log")
        try:
            wait_until(lambda: b"worker started" in (folder / "worker.log").read_bytes(), 90)
            yield Stage(
                database,
                site,
                worker,
                mail,
                clock_file,
                school,
                iter(school.families),
            )
        finally:
            worker.stop()
