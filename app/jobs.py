"""Scheduled jobs and when they run; each calls one function of a package."""

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from time import monotonic
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

from app import purge
from app.accounts import attempts, counters
from app.audit import behind
from app.calendars import following
from app.calendars import service as calendars
from app.calendars.worker import sync_due
from app.config import Settings
from app.core import clock, heartbeats
from app.core.outages import is_outage
from app.exports import packs
from app.extensions import db
from app.family import consent
from app.handlers import HANDLERS
from app.mail import smtp
from app.outbox import service as outbox
from app.outbox.errors import describe
from app.outbox.worker import deliver_due, hasten, take_up_again
from app.planner import runs
from app.round_setup import steps
from app.settings.queries import load_school

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds; a sign-in mail must not wait
REST = 10.0  # seconds, after the database did not answer
GRACE = 10.0  # seconds for the current job to end in when the worker is stopped
BEAT_EVERY = 30.0  # seconds; within two minutes somebody who watches must know
CALENDAR_LANES = 4  # a provider takes up to a second for each talk


@dataclass(frozen=True)
class Nightly:
    """A job that runs once a day, from this local time on."""

    name: str
    at: time
    run: Callable[[datetime], object]


NIGHTLY = (
    Nightly("birthdays", time(0, 1), lambda now: consent.follow_birthdays(now=now)),
    Nightly(runs.NIGHT_JOB, runs.NIGHT, lambda now: runs.ask_nightly(now=now)),
    Nightly("purge", time(3, 10), lambda now: purge.run(now=now)),
    Nightly("calendars", time(3, 40), lambda now: calendars.note_all(now=now)),
)


@dataclass(frozen=True)
class Recurring:
    """A job that runs every so many seconds while the worker runs, in each worker."""

    every: float
    run: Callable[[datetime], object]


RECURRING = (
    Recurring(60.0, lambda now: behind.watch_clock(now=now)),
    Recurring(60.0, lambda now: hasten(now=now)),
    Recurring(60.0, lambda now: attempts.tell(now=now)),
    Recurring(60.0, lambda now: packs.refresh_packs(now=now)),
    Recurring(60.0, lambda now: following.follow(now=now)),
    Recurring(60.0, lambda now: steps.take_due(now=now)),
    Recurring(60.0, lambda now: runs.bury(now=now)),
    Recurring(60.0, lambda now: counters.purge(now=now)),
    Recurring(24 * 3600.0, lambda now: take_up_again(now=now)),
)


def run_nightly(*, now: datetime, jobs: tuple[Nightly, ...] = NIGHTLY) -> list[str]:
    """Run the jobs that are due and have not run today; return their names.

    A worker that was down at night catches up when it starts. Only one of several workers gets a
    job. A failed job is not retried before the next night: the log says so, and its row has no
    end time.
    """
    local = now.astimezone(load_school().zone)
    ran = []
    for job in jobs:
        if local.time() < job.at or not outbox.begin_job(job.name, local.date(), now=now):
            continue
        try:
            job.run(now)
        except Exception as error:  # noqa: BLE001  one job must not stop the others
            db.session.rollback()
            logger.error("nightly job %s failed: %s", job.name, describe(error))  # noqa: TRY400
        else:
            outbox.finish_job(job.name, local.date(), now=clock.now())
            ran.append(job.name)
    return ran


def run_recurring(due: dict[Recurring, float], *, stopped: Callable[[], bool]) -> None:
    """Run the jobs that are due and schedule their next run; start none after ``stopped()``."""
    for job, moment in due.items():
        if monotonic() >= moment and not stopped():
            due[job] = monotonic() + job.every
            job.run(clock.now())


def work(
    stop: threading.Event,
    *,
    nightly: tuple[Nightly, ...] = NIGHTLY,
    recurring: tuple[Recurring, ...] = RECURRING,
    look_every: float = LOOK_EVERY,
    rest: float = REST,
    grace: float = GRACE,
) -> None:
    """Deliver mails, keep calendars and run jobs until ``stop`` is set.

    While the database is down, it waits. Jobs have their own thread, so that a job of five minutes
    delays no mail, calendars have some, because their providers take their time, and plans a process
    of their own, because they compute. On stop the current mail is finished, and what the others are
    at if it ends within ``grace``. Times are in seconds.
    """
    settings: Settings = current_app.config["SETTINGS"]
    due = dict.fromkeys(recurring, 0.0)

    def deliver() -> None:
        with smtp.one_connection():
            deliver_due(HANDLERS, stopped=stop.is_set)

    def run_jobs() -> None:
        run_nightly(now=clock.now(), jobs=nightly)
        run_recurring(due, stopped=stop.is_set)

    def make_plans() -> None:
        if runs.is_waiting():
            _in_own_process(["plan", "next"], stop, grace=grace)

    def keep_calendars() -> None:
        sync_due(settings, stopped=stop.is_set)

    def live() -> None:
        heartbeats.beat(heartbeats.Heart.WORKER, now=clock.now())

    lane = partial(_look_until, stop, _Outage(), look_every=look_every, rest=rest)
    lanes = [("jobs", run_jobs), ("plans", make_plans)]
    if settings.has_microsoft or settings.has_google:
        lanes += [("calendars", keep_calendars)] * CALENDAR_LANES
    threads = [
        threading.Thread(
            name=name,
            target=copy_context().run,  # the context gives the thread its app
            args=(lane, name, look),
            kwargs={"look_every": BEAT_EVERY} if look is live else {},
            daemon=True,  # a job that does not end must not keep the process alive
        )
        for name, look in [*lanes, ("heartbeat", live)]
    ]
    for thread in threads:
        thread.start()
    lane("mails", deliver)
    until = monotonic() + grace
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
        if thread.is_alive():  # the process exit closes its connection, which rolls back
            logger.warning(
                "%s: one did not end in time; the database undoes its open transaction", thread.name
            )


def _in_own_process(command: Sequence[str], stop: threading.Event, *, grace: float) -> None:
    """Run a command of the site that computes for minutes, which would hold up all other threads."""
    child = subprocess.Popen([sys.executable, "-m", "flask", *command])  # noqa: S603  (our own)
    while child.poll() is None and not stop.wait(0.5):
        pass
    if child.poll() is None:
        child.terminate()  # it keeps what it has
        try:
            child.wait(0.8 * grace)  # before this process gives up, which would leave it behind
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if child.returncode:
        logger.error("flask %s ended with %d", " ".join(command), child.returncode)


class _Outage:
    """The lanes that wait for the database: the log has a line when the first does, and one when
    none does any more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[int] = set()
        self._since = 0.0

    def meets(self, error: Exception) -> None:
        """Note that this thread's lane waits."""
        with self._lock:
            if not self._waiting:
                self._since = monotonic()
                logger.warning("the database does not serve: %s", describe(error))
            self._waiting.add(threading.get_ident())

    def is_over(self) -> None:
        """Note that this thread's lane does not wait any more."""
        with self._lock:
            if self._waiting == {threading.get_ident()}:
                seconds = monotonic() - self._since
                logger.warning("the database serves again, after %.0f seconds", seconds)
            self._waiting.discard(threading.get_ident())


def _look_until(
    stop: threading.Event,
    outage: _Outage,
    lane: str,
    look: Callable[[], None],
    *,
    look_every: float,
    rest: float,
) -> None:
    """Look again and again, even after an error."""
    while not stop.is_set():
        try:
            with current_app.app_context():  # a fresh session for each look
                look()
        except Exception as error:  # noqa: BLE001  the lane must go on
            if is_outage(error):
                outage.meets(error)
            else:
                logger.error("%s: a look failed: %s", lane, describe(error))  # noqa: TRY400
            stop.wait(rest)
        else:
            outage.is_over()
            stop.wait(look_every)


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Deliver mails and run jobs, until stopped."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logger.info("worker started")
    work(stop)
    logger.info("worker stopped")


@click.command("calendar-sync")
@click.option("--once", is_flag=True, help="Send what is due, and return.")
@with_appcontext
def calendar_sync(*, once: bool) -> None:
    """Bring the calendars of teachers up to date, as the worker does by itself."""
    if not once:
        raise click.UsageError("Only --once: what runs all the time is `flask worker`.")
    settings: Settings = current_app.config["SETTINGS"]
    deliver_due(HANDLERS)
    done = sync_due(settings)
    deliver_due(HANDLERS)
    click.echo(f"{done} looked at")
