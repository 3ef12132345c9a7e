"""One stage for all rows of a database, and their table at the end of the run."""

import pytest

from tests import postgresql
from tests.faults import table
from tests.faults.outages import obeying_modes, put_on, small_disk
from tests.faults.stage import staged
from tests.sites import Databases, running_sites


@pytest.fixture(scope="module")
def server(request):
    """A PostgreSQL of these tests alone, which they may stop; None on SQLite."""
    if request.config.getoption("database") == "sqlite":
        yield None
        return
    with postgresql.serving(postgresql.DURABLE) as server:
        yield server


@pytest.fixture(scope="module")
def databases(server, tmp_path_factory):
    return Databases(tmp_path_factory.mktemp("databases"), server and server.url)


@pytest.fixture(scope="module")
def stage(request, databases, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stage")
    database = request.config.getoption("database")
    with (
        running_sites(databases, folder) as start,
        staged(database, start, databases.migrated(), folder, rows=14) as stage,
    ):
        yield stage


@pytest.fixture(scope="module")
def small(request, server, databases, tmp_path_factory):
    """A stage on a disk of its own that can be filled, and where that is mounted, if it can be."""
    folder = tmp_path_factory.mktemp("small")
    database = request.config.getoption("database")
    under = obeying_modes() if database == "sqlite" else []
    with (
        small_disk() as disk,
        running_sites(databases, folder) as start,
        staged(
            database, start, put_on(disk, databases.migrated()), folder, rows=2, under=under
        ) as stage,
    ):
        yield stage, disk


def pytest_terminal_summary(terminalreporter, config):
    if table.ROWS:
        terminalreporter.write_sep("=", "what happens when something fails")
        terminalreporter.write_line(table.text())
        table.write(config.getoption("database"))
