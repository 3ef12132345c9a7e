"""Tell a database that cannot serve for a while from a fault of ours.

Away, starting, locked, full, read-only or not set up yet: whoever asks again later gets an answer,
and no change to the code would help. All else that a statement fails by is ours.
"""

import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# https://www.sqlite.org/rescode.html: of the file and its locks, not of the statement.
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_OF_THE_FILE = {
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PROTOCOL),
}
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM}
_NO_TABLE = "no such table"  # as SQLite says it, without a code

# https://www.postgresql.org/docs/current/errcodes-appendix.html: a standby (after a failover), no
# table, and damaged data. Of the others, psycopg makes operational errors.
_READ_ONLY, _UNDEFINED_TABLE = "25006", "42P01"
_STATES = {_READ_ONLY, _UNDEFINED_TABLE, "XX001", "XX002"}


def is_outage(error: BaseException) -> bool:
    """Whether the database cannot serve for a while, be it that something else failed thereby."""
    return any(
        isinstance(it, PoolTimeoutError | PendingRollbackError)
        or (isinstance(it, DBAPIError) and _is_outage(it))
        for it in _chain(error)
    )


def lacks_tables(error: BaseException) -> bool:
    """Whether a table is not there: the migrations did not run yet."""
    origin = getattr(error, "orig", None)
    if isinstance(origin, sqlite3.Error):
        return str(origin).startswith(_NO_TABLE)
    return getattr(origin, "sqlstate", None) == _UNDEFINED_TABLE


def _is_outage(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        code = _code(error.orig)
        return code in _BUSY | _OF_THE_FILE | _FULL or lacks_tables(error)
    if getattr(error.orig, "sqlstate", None) in _STATES:
        return True
    return isinstance(error, OperationalError | InterfaceError)


def spoils_connection(error: BaseException) -> bool:
    """Whether only a new connection can do better: this one has a file or a server that is gone.

    SQLite goes on reading only with a file that it once could not open for writing.
    """
    if isinstance(error, sqlite3.Error):
        return _code(error) in _OF_THE_FILE
    return getattr(error, "sqlstate", None) == _READ_ONLY


def kind_of(error: BaseException) -> str:
    """Return the class of an error, and what the driver calls it: "OperationalError SQLITE_FULL"."""
    origin = getattr(error, "orig", None)
    name = getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None)
    return " ".join(filter(None, (type(error).__name__, name)))


def _code(error: sqlite3.Error) -> int:
    """Return the primary code, which the lowest byte of each extended one holds; 0 without one."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)
