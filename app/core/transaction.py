"""Transactions: one public service function is one transaction."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, Response
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

from app.extensions import db

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
    if db.session.registry.has() and db.session.is_active and not _changes():
        end_reading()
    return response  # closing the session rolls back an open transaction


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


def prepare(engine: Engine) -> None:
    """Set up each new connection of this engine."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _prepare_postgresql(engine)


def _prepare_postgresql(engine: Engine) -> None:
    """Let PostgreSQL plan each statement once per connection, for whatever values it gets.

    By default it plans a statement anew ten times before it may keep a plan, and planning the
    table's takes several times as long as running them: the first pages after a start would all
    wait for that. The site's statements read by key, for which one plan suits all values.
    """

    @event.listens_for(engine, "connect")
    def _connect(dbapi_connection: object, _record: object) -> None:
        dbapi_connection.autocommit = True  # type: ignore[attr-defined]  # a rollback undoes SET
        # No compiling of plans: it takes longer than all of a page's statements. And a school's
        # tables are in memory, where an index costs no more than the next row of a table.
        dbapi_connection.execute(  # type: ignore[attr-defined]
            "SET jit = off; SET plan_cache_mode = force_generic_plan; SET random_page_cost = 1.1"
        )
        dbapi_connection.autocommit = False  # type: ignore[attr-defined]
        dbapi_connection.prepare_threshold = 0  # type: ignore[attr-defined]


def _prepare_sqlite(engine: Engine) -> None:
    """Make SQLite enforce foreign keys, use a write-ahead log, wait for locks, obey our BEGIN."""

    @event.listens_for(engine, "connect")
    def _connect(dbapi_connection: object, _record: object) -> None:
        dbapi_connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = dbapi_connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # a confirmed talk survives a power cut
        cursor.execute("PRAGMA busy_timeout = 20000")
        # Copied into the file every hundred bookings or so, not every thirty: each time one waits.
        cursor.execute("PRAGMA wal_autocheckpoint = 4000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        if mode:
            connection.exec_driver_sql(f"BEGIN {mode}")
