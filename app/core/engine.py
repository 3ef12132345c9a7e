"""How the site connects to its database."""

import select
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError

from app.core.outages import spoils_connection

# Until a server that does not answer counts as away, in seconds to connect and in milliseconds to
# acknowledge what was sent; by default it takes minutes. The database's URL may name others.
_PATIENCE = {"connect_timeout": 5, "tcp_user_timeout": 20_000}


def prepare(engine: Engine) -> None:
    """Set up each new connection of this engine."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _prepare_postgresql(engine)

    @event.listens_for(engine, "handle_error")
    def _note(context: ExceptionContext) -> None:
        context.is_disconnect |= spoils_connection(context.original_exception)


def create_file(engine: Engine) -> None:
    """Create the file of an SQLite database, for migrations to make tables in.

    The site only opens a file that is there: an empty one in place of one that was moved away would
    be taken for the school's database by half of the connections.
    """
    path = engine.url.database
    if engine.dialect.name == "sqlite" and path and not Path(path).exists():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()


def _prepare_postgresql(engine: Engine) -> None:
    """Let PostgreSQL plan each statement once per connection, for whatever values it gets.

    By default it plans a statement anew ten times before it may keep a plan, and planning the
    table's takes several times as long as running them: the first pages after a start would all
    wait for that. The site's statements read by key, for which one plan suits all values.
    """

    @event.listens_for(engine, "do_connect")
    def _open(dialect: Dialect, _record: object, given: Any, options: dict[str, Any]) -> Any:
        return dialect.connect(*given, **(_PATIENCE | options))

    @event.listens_for(engine, "checkout")
    def _look(dbapi_connection: Any, _record: object, _proxy: object) -> None:
        if dbapi_connection.closed or _has_ended(dbapi_connection.fileno()):
            raise InvalidatePoolError  # so the pool connects anew, once, and drops its other ones

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


def _has_ended(socket: int) -> bool:
    """Whether the server has ended a connection since it was last used.

    A server that stops or is killed says so, or closes the socket: between statements there is
    nothing else to read. So nothing is sent, as a ping of the pool would each time.
    """
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


def _prepare_sqlite(engine: Engine) -> None:
    """Make SQLite enforce foreign keys, use a write-ahead log, wait for locks, obey our BEGIN."""

    @event.listens_for(engine, "do_connect")
    def _open(dialect: Dialect, _record: object, given: Any, options: dict[str, Any]) -> Any:
        path = str(given[0])
        if path.startswith(("file:", ":")):
            return None  # a URI of the operator's own, or no file
        return dialect.connect(f"file:{quote(path)}?mode=rw", **(options | {"uri": True}))

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
