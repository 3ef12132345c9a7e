"""Transactions: one public service function is one transaction."""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, Response
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.core.engine import prepare
from app.core.errors import describe
from app.extensions import db

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

# PostgreSQL's codes for a deadlock and a serialisation failure, after which to retry.
RETRIABLE = {"40P01", "40001"}


@contextmanager
def transaction() -> Generator[None]:
    """Commit everything the block does, or nothing.

    Joins a transaction that is already open. The outermost one takes SQLite's write lock before its
    first read, so that a check and the write that depends on it see the same rows.
    """
    if "connection" in db.session.info:
        yield
        return
    if _changes():
        raise RuntimeError("changes were made outside a transaction")
    end_reading()  # drop the request's old read snapshot
    connection = db.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
    db.session.info["connection"] = connection
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        db.session.info.pop("connection", None)


@contextmanager
def watched_writes() -> Generator[Callable[[], bool]]:
    """Yield a function that says whether anybody may have written since the block began.

    Only SQLite knows (PRAGMA data_version, of a connection that itself writes nothing); elsewhere
    the answer is yes.
    """
    engine = db.engine.engine  # in tests the session's engine is a connection
    if engine.dialect.name != "sqlite":
        yield lambda: True
        return
    with engine.connect() as watcher:

        def version() -> int | None:
            with watcher.begin():  # each look sees the file as it is then
                return watcher.scalar(text("PRAGMA data_version"))

        before = version()
        yield lambda: version() != before


def end_reading() -> None:
    """End a transaction that only read.

    Uses COMMIT, which has the same effect: after a ROLLBACK psycopg forgets its prepared
    statements, and PostgreSQL takes longer to plan those of a page again than to execute them.
    """
    if db.session().in_transaction():
        db.session.commit()


def _end_request(response: Response) -> Response:
    """End what the request only read. What it changed is committed, so its answer stands anyway."""
    try:
        if db.session.registry.has() and db.session.is_active and not _changes():
            end_reading()
    except SQLAlchemyError as error:
        logger.warning("a request could not end what it had read: %s", describe(error))
        abandon()
    return response  # closing the session rolls back an open transaction


def abandon() -> None:
    """Let go of the session with its connection, which failed: closing it would fail, too."""
    if db.session.registry.has():
        with suppress(SQLAlchemyError):
            db.session().invalidate()
        db.session.registry.clear()


def _changes() -> list[object]:
    return [*db.session.new, *db.session.dirty, *db.session.deleted]


def init_app(app: Flask) -> None:
    """Prepare the database connections, and end the read transaction of each request."""
    app.after_request(_end_request)
    with app.app_context():
        prepare(db.engine)


def retry_deadlock(function: Callable[P, R]) -> Callable[P, R]:
    """Run a service function again, up to three times, if PostgreSQL aborts it to end a deadlock.

    Inside another function's transaction that function must be retried instead, because the session
    is lost.
    """

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(0 if "connection" in db.session.info else 3):
            try:
                return function(*args, **kwargs)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in RETRIABLE:
                    raise
        return function(*args, **kwargs)

    return wrapper
