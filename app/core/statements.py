"""Run prebuilt statements, for the requests that everybody makes in the first minutes."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, Row, Select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from app.extensions import db

T = TypeVar("T")

_own = threading.local()


def run(
    statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
) -> CursorResult[*tuple[Any, ...]]:
    """Execute a statement on the session's connection, in its transaction; return plain rows.

    The session itself would wrap each row and plan each insert as for objects, which costs more
    than the statement. So this flushes nothing first, and loaded objects do not notice the change.
    """
    return db.session.connection().execute(statement, parameters)


def read(
    statement: Executable, parameters: Mapping[str, Any] | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the rows of a statement that only reads, as the service function's transaction sees
    them; outside of one as ``look`` does.
    """
    if "connection" in db.session.info:
        return run(statement, parameters).all()
    return look(statement, parameters)


def look(
    statement: Executable, parameters: Mapping[str, Any] | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Execute a small read on its own and return its rows, as everything committed before is now."""
    return on_own_connection(lambda connection: connection.execute(statement, parameters).all())


def on_own_connection(read: Callable[[Connection], T]) -> T:
    """Read over the connection that this thread keeps for it, which begins no transactions.

    Taking one from the pool, BEGIN and COMMIT would cost three times as much as a small statement.
    One that broke, because the database was restarted, is replaced.
    """
    try:
        return read(_own_connection(db.engine))
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return read(_own_connection(db.engine))


def _own_connection(engine: Engine | Connection) -> Connection:
    """Return this thread's connection; in tests the session's, into which nobody else can look."""
    if isinstance(engine, Connection):
        return db.session.connection()
    connection: Connection | None = getattr(_own, "connection", None)
    if connection is None or connection.engine is not engine or connection.invalidated:
        let_go()
        _own.connection = connection = engine.connect().execution_options(
            isolation_level="AUTOCOMMIT", sqlite_begin=""
        )
        connection.detach()  # the pool's are for transactions
    return connection


def let_go() -> None:
    """Close this thread's connection for ``look``."""
    connection: Connection | None = _own.__dict__.pop("connection", None)
    if connection is not None:
        connection.close()


os.register_at_fork(after_in_child=_own.__dict__.clear)  # the parent's is not ours


def dialect() -> str:
    """Return the database dialect, "sqlite" or "postgresql"."""
    return db.engine.dialect.name


def insert_of(table: type[Any], dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT of this dialect, for ON CONFLICT."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def counts(statement: Select[int, int]) -> dict[int, int]:
    """Return the numbers that a grouped query counts, by id."""
    rows = db.session.execute(statement)
    return {id_: number for id_, number in rows}  # noqa: C416  (mypy knows rows this way)
