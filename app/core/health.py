"""Whether the site and its worker do their work, for monitors and proxies."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Lock
from time import monotonic

from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock
from app.core.access import public
from app.core.heartbeats import Heart, beat, last_beat
from app.core.outages import lacks_tables
from app.core.statements import look
from app.core.versions import Version
from app.extensions import db

WRITE_EVERY = 5.0  # seconds; until then the last try counts
SPARE = 16 * 1024 * 1024  # bytes that SQLite's log may need before it is copied into the file
WORKER_SEEN = timedelta(minutes=2)

_TABLES = select(Version.number)

blueprint = Blueprint("health", __name__, url_prefix="/health")


def init_app(app: Flask, clock_words: Callable[[], str]) -> None:
    """Install what says in a few words what is odd about the clock, or ""."""
    app.extensions["clock words"] = clock_words


@blueprint.get("/live")
@public
def live() -> ResponseReturnValue:
    """Answer that the process runs."""
    return {"status": "live"}


@blueprint.get("/ready")
@public
def ready() -> ResponseReturnValue:
    """Answer whether the database has its tables and can be written, and of a clock put back."""
    if fault := _fault_of_reading() or _writes().fault():
        return {"status": fault}, 503
    words = current_app.extensions["clock words"]()
    return {"status": "ready"} | ({"clock": words} if words else {})


@blueprint.get("/worker")
@public
def worker() -> ResponseReturnValue:
    """Answer whether a worker was seen lately; not for proxies, as the site goes on without one."""
    try:
        seen_at = last_beat(Heart.WORKER)
    except SQLAlchemyError:
        return {"status": "database unreachable"}, 503
    # A clock that was put back leaves a sign of life in the future, until the next one.
    if seen_at is None or abs(clock.now() - seen_at) > WORKER_SEEN:
        return {"status": "no worker", "seen_at": seen_at and seen_at.isoformat()}, 503
    return {"status": "working", "seen_at": seen_at.isoformat()}


def _fault_of_reading() -> str:
    try:
        look(_TABLES)
    except SQLAlchemyError as error:
        return "database without tables" if lacks_tables(error) else "database unreachable"
    return ""


class _Writes:
    """The last try to write. Each is committed: without that, SQLite writes nothing to the disk.

    So it is tried only now and then, by one thread at a time, however often somebody asks.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._until = 0.0
        self._fault = ""

    def fault(self) -> str:
        """Return why nothing can be written, or ""."""
        if monotonic() >= self._until and self._lock.acquire(blocking=False):
            try:
                self._fault = self._try()
                self._until = monotonic() + WRITE_EVERY
            finally:
                self._lock.release()
        return self._fault

    def _try(self) -> str:
        try:
            beat(Heart.SITE, now=clock.now())
        except SQLAlchemyError:
            return "database cannot be written"
        return "disk almost full" if _free_bytes() < SPARE else ""


def _free_bytes() -> float:
    """Return the room on the disk of an SQLite database; that of a server is not ours to see."""
    engine = db.engine.engine  # in tests the session's engine is a connection
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path:
        return float("inf")
    disk = os.statvfs(Path(path).parent)
    return disk.f_bavail * disk.f_frsize


def _writes() -> _Writes:
    writes: _Writes = current_app.extensions.setdefault("writes", _Writes())
    return writes
