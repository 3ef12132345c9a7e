"""The site under test, its database, and what tests may not do. Nothing about schools."""

import gc
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.bookings import picture
from app.config import Settings, name_of
from app.core.memory import Memory
from app.extensions import db as _db
from tests.html import parse_strictly
from tests.statements import noted

# Both databases are tested in parallel, so the duration of one example means nothing.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

pytest_plugins = [
    "tests.branches",
    "tests.browser",
    "tests.sites",
    "tests.small_school",
    "tests.talks",
]

CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
LIVE = ("race", "e2e", "live", "access_full", "check")
ASKED_ALONE = {"race", "e2e", "access_full", "check", "long"}
OPENED_ON_BOTH = ("tests/project/", "tests/accounts/")
"""Here every page is opened on both databases in every run, and people sign in."""


def pytest_addoption(parser):
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite")


def pytest_configure(config):
    # A developer's own settings must not influence the tests.
    of_calendars = {name_of(field) for field in Settings.model_fields}
    for name in list(os.environ):
        if name.startswith("TIENMINUTEN_") or name in of_calendars:
            del os.environ[name]
    # On SIGTERM, pytest still tears down its fixtures, with their servers and browsers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_report_header(config):
    return f"database: {config.getoption('database')}"


def pytest_ignore_collect(collection_path, config):
    """Import no module that lacks the markers asked for: to import all takes many seconds."""
    asked = config.option.markexpr.split(" or ")
    if collection_path.name.startswith("test_") and set(asked) <= ASKED_ALONE:
        text = collection_path.read_text(encoding="utf-8")
        if not any(f"mark.{name}" in text for name in asked):
            return True
    return None


@pytest.hookimpl(tryfirst=True)  # before pytest selects by markers
def pytest_collection_modifyitems(config, items):
    database = config.getoption("database")
    for item in items:
        if "client" in item.fixturenames and not item.nodeid.startswith(OPENED_ON_BOTH):
            item.add_marker("pages")
    elsewhere = [
        item
        for item in items
        if (only := item.get_closest_marker("only_on")) and database not in only.args
    ]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


def pytest_collection_finish():
    """Exclude what all tests share from garbage collection, as the site does (wsgi.py).

    And collect more seldom: tests leave little, and looking for it takes 3 % of their time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_sessionfinish(session):
    """Fail the run if a test was skipped, because nobody notices a test that never runs."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        reporter.write_line("\nskipped tests count as failed here", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True, scope="session")
def _always_look():
    """Let pages of this process show every change at once; only a site in use waits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture, "LOOK_EVERY", 0)
        yield


@pytest.fixture(autouse=True, scope="session")
def _loopback_only():
    """Fail any test that connects to anything but loopback, also through a library."""

    def guard(original):
        def connect(self, address):
            if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1"}:
                pytest.fail(f"a test tried to reach {address}")
            return original(self, address)

        return connect

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, guard(getattr(socket.socket, name)))
        yield


@pytest.fixture
def app(request) -> Flask:
    """The site: with the small school for tests that request it, else on an empty database."""
    name = "school_app" if "school" in request.fixturenames else "empty_app"
    return request.getfixturevalue(name)


@pytest.fixture
def db(app: Flask) -> Iterator[Session]:
    """A database session whose changes are all rolled back after the test."""
    with app.app_context():
        engine = _db.engines[None]
        connection = engine.connect()
        _keep_plans(connection)
        outer = connection.begin()
        _end_transactions(connection)
        Memory.forget_all()
        _db.engines[None] = connection
        _db.session.configure(join_transaction_mode="create_savepoint")
        try:
            yield _db.session
        finally:
            _db.session.remove()
            _db.engines[None] = engine
            outer.rollback()
            connection.close()


def _keep_plans(connection):
    """Let psycopg keep its prepared statements from test to test.

    It forgets them at every ROLLBACK, as tables may be others then. Here they are not, and to plan
    all statements anew takes a quarter of a test's time.
    """
    if connection.dialect.name == "postgresql":
        prepared = connection.connection.dbapi_connection._prepared
        prepared.clear = lambda: False
        prepared.prepared_max = 5_000


def _end_transactions(connection):
    """Let the version rise with each savepoint, as it does with a transaction that commits."""
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")

    @event.listens_for(connection, "release_savepoint")
    def _end(connection, _name, _context):
        for number in ("number", "details"):
            connection.connection.dbapi_connection.execute(
                f"SELECT set_config('tienminuten.raised_{number}', '', true)"
            )


@pytest.fixture(autouse=True)
def _forgetful(request):
    if not any(request.node.get_closest_marker(name) for name in LIVE):
        request.getfixturevalue("db")


class StrictClient(FlaskClient):
    """A client that fails a request that leaves unsaved changes or returns broken HTML."""

    def open(self, *args, **kwargs):
        g.__dict__.clear()  # shared with the test's context; a request must start empty
        response = super().open(*args, **kwargs)
        left = [*_db.session.new, *_db.session.dirty, *_db.session.deleted]
        assert not left, f"the request left unsaved changes: {left}"
        if response.mimetype == "text/html" and not response.is_streamed and response.data:
            parse_strictly(response.text)
        return response


@pytest.fixture
def client(app: Flask, db: Session) -> FlaskClient:
    app.test_client_class = StrictClient
    return app.test_client()


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parent.parent


@pytest.fixture
def statements(db: Session):
    """Count the SQL statements of a call, with an expired session: statements(lambda: ...)."""

    def count_(call):
        db.expire_all()
        with noted() as seen:
            call()
        assert seen
        return len(seen)

    return count_


@pytest.fixture
def asked(db, client):
    """Count the statements of a request, but those that begin and end transactions; with the answer.

    asked("get", path) and asked("post", path, ...).
    """

    def asked_(method, path, **options):
        with noted() as seen:
            answer = getattr(client, method)(path, **options)
        assert answer.status_code < 400, answer.text
        return sum(not statement.startswith(CONTROL) for statement in seen), answer

    return asked_
