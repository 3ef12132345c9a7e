"""What runs by itself, and when. Each job is one call into a package."""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from time import monotonic
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from app import purge
from app.core import clock
from app.exports import packs
from app.extensions import db
from app.handlers import HANDLERS
from app.outbox import service as outbox
from app.outbox.errors import describe
from app.outbox.worker import deliver_due
from app.round_setup import steps
from app.settings.queries import load_school

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds; a sign-in mail must not wait
REST = 10.0  # seconds, when the database does not answer


@dataclass(frozen=True)
class Nightly:
    """A job for once a day, from this hour on by the school's clock."""

    name: str
    at: time
    run: Callable[[datetime], object]


NIGHTLY = (Nightly("purge", time(3, 10), lambda now: purge.run(now=now)),)


@dataclass(frozen=True)
class Recurring:
    """A job for every so many seconds, as long as the worker runs; several workers all do it."""

    every: float
    run: Callable[[datetime], object]


RECURRING = (
    Recurring(60.0, lambda now: packs.refresh_packs(now=now)),
    Recurring(60.0, lambda now: steps.take_due(now=now)),
)


def run_nightly(*, now: datetime, jobs: tuple[Nightly, ...] = NIGHTLY) -> list[str]:
    """Run what has not yet run today and whose hour has come; return the names.

    A worker that was down at night makes up for it when it starts. Of several workers one
    gets the job. A job that fails is not tried again before the next night: the log says
    so, and its row has no end.
    """
    local = now.astimezone(load_school().zone)
    ran = []
    for job in jobs:
        if local.time() < job.at or not outbox.begin_job(job.name, local.date(), now=now):
            continue
        try:
            job.run(now)
        except Exception as error:  # noqa: BLE001  one job must not keep the others from running
            db.session.rollback()
            logger.error("nightly job %s failed: %s", job.name, describe(error))  # noqa: TRY400
        else:
            outbox.finish_job(job.name, local.date(), now=clock.now())
            ran.append(job.name)
    return ran


def work(stop: threading.Event, *, look_every: float = LOOK_EVERY, rest: float = REST) -> None:
    """Deliver and run jobs until ``stop`` is set; a database that is away is waited for.

    Times in seconds.
    """
    due = dict.fromkeys(RECURRING, 0.0)
    while not stop.is_set():
        try:
            with current_app.app_context():  # a fresh session for each look
                deliver_due(HANDLERS, stopped=stop.is_set)
                run_nightly(now=clock.now())
                for job in RECURRING:
                    if monotonic() >= due[job]:
                        due[job] = monotonic() + job.every
                        job.run(clock.now())
        except SQLAlchemyError as error:
            logger.warning("the database does not answer: %s", describe(error))
            stop.wait(rest)
        except Exception as error:  # noqa: BLE001  mails must go on, whatever one look met
            logger.error("a look failed: %s", describe(error))  # noqa: TRY400
            stop.wait(rest)
        stop.wait(look_every)


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Deliver mails and run nightly jobs, until stopped."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logger.info("worker started")
    work(stop)
    logger.info("worker stopped")
