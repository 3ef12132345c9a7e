"""Take a site's database away, and give it back."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from app.core.statements import let_go
from app.extensions import db
from tests import services
from tests.sites import Site


@contextmanager
def away(app: Flask) -> Iterator[None]:
    """Let nobody reach the database: it refuses and ends connections, or its file is elsewhere."""
    with app.app_context():
        url, dialect = db.engine.url, db.engine.dialect.name
    with (_closed if dialect == "postgresql" else _moved)(app, url):
        yield


@contextmanager
def _closed(_app: Flask, url: sa.URL) -> Iterator[None]:
    admin = sa.create_engine(
        url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )

    def run(statement: str) -> None:
        with admin.connect() as connection:
            connection.execute(sa.text(statement))

    run(f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS false")
    try:
        run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = '{url.database}'"
        )
        yield
    finally:
        run(f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS true")


@contextmanager
def _moved(app: Flask, url: sa.URL) -> Iterator[None]:
    with app.app_context():  # connections go on with a file, wherever it is
        db.engine.dispose()
        let_go()
    files = [Path(f"{url.database}{end}") for end in ("", "-wal", "-shm")]
    moved = [(file, file.with_name(f"away-{file.name}")) for file in files if file.exists()]
    for file, elsewhere in moved:
        file.rename(elsewhere)
    try:
        yield
    finally:
        for file, elsewhere in moved:
            elsewhere.rename(file)


@contextmanager
def each_connection(app: Flask, *pragmas: str) -> Iterator[None]:
    """Let each new connection to SQLite begin with these; at the end all are closed."""

    def begin(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    with app.app_context():  # not during the outage: requests would share it
        engine = db.engine
        engine.dispose()
        let_go()
    event.listen(engine, "connect", begin)
    try:
        yield
    finally:
        event.remove(engine, "connect", begin)


@contextmanager
def read_only(app: Flask) -> Iterator[None]:
    """Let SQLite write nothing, as on a disk that the system has remounted."""
    with each_connection(app, "query_only = ON"):
        yield


@contextmanager
def locked(app: Flask) -> Iterator[None]:
    """Let somebody hold SQLite's write lock for longer than others wait."""
    with each_connection(app, "busy_timeout = 20"):
        holder = sa.create_engine(app.config["SETTINGS"].database_url, poolclass=sa.NullPool)
        with holder.connect() as connection:
            connection.connection.dbapi_connection.execute("BEGIN EXCLUSIVE")
            yield


@contextmanager
def full(app: Flask) -> Iterator[None]:
    """Let SQLite get no more room than it has."""
    with each_connection(app, "max_page_count = 1"):  # at least what it has
        yield
        with app.app_context():
            db.engine.dispose()  # the limit is of each connection, unlike a disk's


@contextmanager
def no_room(site: Site) -> Iterator[None]:
    """Let the processes of a site make no file longer, as on a disk that is full."""
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()
    log = Path(f"{site.app.config['SETTINGS'].database_url.removeprefix('sqlite:///')}-wal")
    limits = {int(pid): resource.prlimit(int(pid), resource.RLIMIT_FSIZE) for pid in children}
    for pid, (_soft, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (log.stat().st_size, hard))
    try:
        yield
    finally:
        for pid, limit in limits.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


ON_SQLITE: dict[str, Callable[[Flask], object]] = {
    "read-only": read_only,
    "locked": locked,
    "full": full,
}


class Server:
    """A PostgreSQL server of one's own, to be stopped and started."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._folder = Path(sa.make_url(url.format("postgres")).query["host"])
        self._pid = int((self._folder / "data/postmaster.pid").read_text().split()[0])
        self._command = Path(f"/proc/{self._pid}/cmdline").read_text().rstrip("\0").split("\0")
        self._again: subprocess.Popen | None = None

    def stop(self) -> None:
        os.kill(self._pid, signal.SIGINT)  # "fast": it ends all connections
        while (self._folder / "data/postmaster.pid").exists():
            time.sleep(0.01)
        if self._again:
            self._again.wait(20)

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._again = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                **services._unprivileged(),
            )
        services._wait_for(self._again, self._folder)
        self._pid = self._again.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._again:
            self._again.send_signal(signal.SIGINT)
            self._again.wait(20)
