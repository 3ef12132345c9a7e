"""Temporary databases, and real sites on them."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from app.config import Settings, name_of
from app.core.memory import Memory
from app.extensions import db
from tests import postgresql, services

SECRET = "tests have no secrets, only long words"


def make_app(database_url: str, **settings: object) -> Flask:
    Memory.forget_all()  # of another database
    settings = {"secret_key": SECRET, "site_url": "http://localhost", **settings}
    return create_app(Settings(database_url=database_url, **settings))


def environment_of(**settings: object) -> dict[str, str]:
    """Return the environment of a process of the site with these settings."""
    settings = {"secret_key": SECRET, **settings}
    return {**os.environ, **{name_of(key): str(value) for key, value in settings.items()}}


class Databases:
    """Create databases of one kind; migrations run once, and later databases are copies."""

    def __init__(self, folder: Path, server: str | None):
        self._folder = folder
        self._server = server
        self._numbers = count(1)

    def empty(self) -> str:
        """Return the URL of a new database without tables."""
        return self._create(template=None)

    def migrated(self) -> str:
        """Return the URL of a new database with tables but no rows."""
        return self._create(template=self._template)

    @cached_property
    def _template(self) -> str:
        url = self.empty()
        app = make_app(url)
        with app.app_context():
            upgrade()
            db.engine.dispose()
        return url

    def _create(self, template: str | None) -> str:
        name = f"tests_{next(self._numbers)}"
        if not self._server:
            path = self._folder / f"{name}.db"
            if template:
                shutil.copyfile(sa.make_url(template).database, path)
            return f"sqlite:///{path}"
        engine = sa.create_engine(
            self._server.format("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        model = f" TEMPLATE {sa.make_url(template).database}" if template else ""
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}{model}")
        return self._server.format(name)


@pytest.fixture(scope="session")
def databases(request, tmp_path_factory) -> Iterator[Databases]:
    folder = tmp_path_factory.mktemp("databases")
    if request.config.getoption("database") == "sqlite":
        yield Databases(folder, None)
    else:
        with postgresql.serving() as server:
            yield Databases(folder, server.url)


@pytest.fixture(scope="session")
def empty_app(databases: Databases) -> Iterator[Flask]:
    """The site on a migrated, empty database."""
    with tested(make_app(databases.migrated())) as app:
        yield app


@pytest.fixture
def own_app(databases: Databases) -> Iterator[Flask]:
    """A site with its own empty database, for tests without a surrounding transaction."""
    app = make_app(databases.migrated())
    yield app
    _forget(app)


@contextmanager
def tested(app: Flask) -> Iterator[Flask]:
    """Prepare a site for a test client, and close its database connections afterwards."""
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False  # live sites and one test enable it
    yield app
    _forget(app)


@dataclass(frozen=True)
class Site:
    """A running site; ``app`` is the same site in this process, to create and read rows."""

    base_url: str
    database_url: str
    app: Flask
    pid: int
    log: Path


@pytest.fixture
def live_site(databases, tmp_path) -> Iterator[Callable[..., Site]]:
    """Start sites under gunicorn: ``live_site(workers=2, threads=8, demo=True, ...)``.

    Each gets its own database unless the test passes another one's ``database_url``. ``program`` is
    what gunicorn starts, ``under`` a command that starts gunicorn.
    """
    with running_sites(databases, tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def shared_site(databases, tmp_path_factory) -> Iterator[Callable[..., Site]]:
    """Like ``live_site``, for tests of one module that clean up after each other."""
    with running_sites(databases, tmp_path_factory.mktemp("site")) as start:
        yield start


@contextmanager
def running_sites(databases: Databases, folder: Path) -> Iterator[Callable[..., Site]]:
    """Start sites that stop when this context ends; for fixtures of other scopes."""
    numbers = count(1)

    def start(
        workers: int = 2,
        threads: int = 8,
        database_url: str | None = None,
        program: str = "tests.lazy:application",
        under: Sequence[str] = (),
        **settings: object,
    ) -> Site:
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        host, port = listener.getsockname()
        base_url = f"http://{host}:{port}"
        database_url = database_url or databases.migrated()
        settings = {"site_url": base_url, "secret_key": SECRET, **settings}
        log = folder / f"site-{next(numbers)}.log"
        environment = environment_of(database_url=database_url, **settings)
        command = [*under, sys.executable, "-m", "gunicorn", program]
        process = stack.enter_context(
            _gunicorn(command, listener, workers, threads, environment, log)
        )
        app = make_app(database_url, **settings)
        stack.callback(_forget, app)
        _wait_until_ready(base_url, process, log)
        return Site(base_url, database_url, app, process.pid, log)

    with ExitStack() as stack:
        yield start


class _gunicorn:  # noqa: N801  (a context manager, used as one)
    """The gunicorn process on a socket that already listens, so that no port is guessed."""

    def __init__(self, command, listener, workers, threads, environment, log):
        self._listener, self._environment, self._log = listener, environment, log
        self._command = [
            *(*command, "--bind", f"fd://{listener.fileno()}", "--worker-class", "gthread"),
            *("--workers", str(workers), "--threads", str(threads), "--preload"),
            "--no-control-socket",
            # A worker that was forked just now can miss the signal to stop, and is killed then.
            *("--graceful-timeout", "10"),
        ]

    def __enter__(self) -> subprocess.Popen:
        with self._listener, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=services.ROOT,
                env=self._environment,
                pass_fds=[self._listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self._process

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            pytest.fail(f"the site did not stop:\n{self._log.read_text()}")


def _forget(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _wait_until_ready(base_url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 90
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(base_url.removeprefix("http://"), timeout=2)
        try:
            connection.request("GET", "/health/live")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    pytest.fail(f"the site did not start:\n{log.read_text()}")
