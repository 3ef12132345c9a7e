"""The real worker with one slow job: ``python -m tests.outbox.slow_worker compute SECONDS GRACE``."""

import logging
import sys
import time
from datetime import time as hour
from functools import partial

from app import create_app, jobs
from app.core.transaction import transaction
from app.outbox import service

logger = logging.getLogger(__name__)


def compute(seconds, _now):
    """Want the processor all the time and no lock, as who writes an evening's pack."""
    logger.info("slow job began")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sorted(range(1000), key=str)
    logger.info("slow job ended")


def hold(seconds, now):
    """Write, and come to no end of the transaction."""
    with transaction():
        service.enqueue("half done", {}, now=now)
        logger.info("slow job began")
        time.sleep(seconds)


if __name__ == "__main__":
    job, seconds, grace = sys.argv[1:]
    run = partial({"compute": compute, "hold": hold}[job], float(seconds))
    timetable = (
        {"nightly": (jobs.Nightly("slow", hour(0), run),)}
        if job == "compute"
        else {"recurring": (jobs.Recurring(3600.0, run),)}
    )
    jobs.work = partial(jobs.work, **timetable, grace=float(grace))
    with create_app().app_context():
        jobs.worker.main([])
