"""What the opening asks of the database goes by index, however many rows there are.

The statements are those that real requests send, by whatever way they reach the database: nobody
has to list them here.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.extensions import db
from tests import sites
from tests.mail.server import MailServer
from tests.rush.growth import grow
from tests.rush.school import build
from tests.rush.visit import Visit

pytestmark = pytest.mark.live

# PostgreSQL writes the plan of each statement, and of what foreign keys look up, to its log.
AUTO_EXPLAIN = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_format": "json",
}
ENTRY = re.compile(r"LOG:  duration: .* plan:\n((?:\t.*\n)+)")

# More rows than any page needs of one table at once, and fewer than a table that grows has here.
# Who is busy on an evening is read at once: 600 rows here, however many evenings there were.
MOST_ROWS = 1000
MOST_PAGES = 1000  # of 8 KiB in one statement: those of an index count too

# On SQLite, which has no rows in this test to count: those that do not grow with families or talks.
SMALL = {
    "branches",
    "departments",
    "evening_rooms",
    "evenings",
    "breaks",
    "home_classes",
    "rooms",
    "round_classes",
    "rounds",
    "school",
    "slots",
    "subjects",
    "teachers",
    "versions",
}
Plan = dict[str, Any]


@pytest.fixture
def site(databases):
    """A site with a mail server."""
    with MailServer() as server:
        app = sites.make_app(databases.migrated(), **server.settings)
        with sites.tested(app):
            yield app


def visits(site, school) -> Iterator[str]:
    """Let a family that is signed in and one that is not do everything; yield what was done."""
    for signed_in in (False, True):
        family = next(one for one in school.families if one.signed_in is signed_in)
        for name, step in Visit(site, school, family).steps():
            step()
            yield name


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize(
    ("families", "rounds", "settings"),
    [
        # Of a table this small PostgreSQL may read all by choice, unless an index costs little.
        pytest.param(600, 1, {"random_page_cost": "1.1"}, id="small"),
        # 18,000 people and 1.6 million claims, where it chooses as it likes.
        pytest.param(6000, 11, {}, id="large", marks=pytest.mark.long),
    ],
)
def test_no_request_reads_a_table_that_grows(site, families, rounds, settings):
    with site.app_context():
        school = build(8, signed_in=0.5)
        grow(families, rounds)
        log = ServerLog(db.engine.url, settings)
        db.session.remove()
        db.engine.dispose()  # new connections get the settings
    seen, faults = 0, set()
    for name in visits(site, school):
        for plan in log.plans():
            seen += 1
            faults |= {f"{name}: {fault}" for fault in faults_of(plan)}
    assert seen > 200
    assert not faults, "\n".join(sorted(faults))


class ServerLog:
    """The plans that PostgreSQL logged since the last look."""

    def __init__(self, url: sa.URL, settings: dict[str, str]) -> None:
        self._path, self._read = Path(url.query["host"]) / "log", 0
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            for name, value in (AUTO_EXPLAIN | settings).items():
                connection.exec_driver_sql(f"ALTER DATABASE {url.database} SET {name} = '{value}'")
        self.plans()

    def plans(self) -> list[Plan]:
        with self._path.open() as file:
            file.seek(self._read)
            new = file.read()
            self._read = file.tell()
        return [json.loads(entry) for entry in ENTRY.findall(new)]


def faults_of(plan: Plan) -> Iterator[str]:
    statement = " ".join(plan["Query Text"].split())
    for node in nodes(plan["Plan"]):
        read = rows_read(node)
        if read > MOST_ROWS:
            where = node.get("Relation Name") or node.get("Index Name", "")
            yield f"{node['Node Type']} {where} reads {read} rows: {statement}"
    pages = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    if pages > MOST_PAGES:
        yield f"{pages} pages: {statement}"


def nodes(node: Plan) -> Iterator[Plan]:
    yield node
    for part in node.get("Plans", ()):
        yield from nodes(part)


def rows_read(node: Plan) -> int:
    """Return how many rows a part of a plan read each time, those included that did not fit."""
    return node["Actual Rows"] + sum(
        number for key, number in node.items() if key.startswith("Rows Removed")
    )


@pytest.mark.only_on("sqlite")
def test_sqlite_scans_no_table_that_grows(site, monkeypatch):
    """SQLite plans by the indexes alone, without statistics: no rows are needed to see its plans."""
    with site.app_context():
        school = build(8, signed_in=0.5)
        path = db.engine.url.database
        db.session.remove()
        db.engine.dispose()
    sent: list[str] = []
    connect = sqlite3.connect

    def watched(*args, **kwargs):
        connection = connect(*args, **kwargs)
        connection.set_trace_callback(sent.append)
        return connection

    for module in (sqlite3, sqlite3.dbapi2):
        monkeypatch.setattr(module, "connect", watched)
    looker = connect(path)
    growing = {
        name for (name,) in looker.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    } - SMALL
    seen, faults = set(), set()
    for name in visits(site, school):
        for statement in sent:
            if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
                seen.add(statement)
                for scanned in scans(looker, statement) & growing:
                    faults.add(f"{name}: {scanned} in {' '.join(statement.split())}")
        sent.clear()
    looker.close()
    assert len(seen) > 200
    assert not faults, "\n".join(sorted(faults))


def scans(connection: sqlite3.Connection, statement: str) -> set[str]:
    """Return the tables that SQLite reads whole, in whatever order."""
    aliases = {alias: table for table, alias in re.findall(r"\b(\w+) AS (\w+)\b", statement)}
    details = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    # An index of what is still to be sent is short, and the worker stops at its first entry.
    details = [detail for detail in details if "ix_outbox_messages_undelivered" not in detail]
    names = {detail.split()[1] for detail in details if detail.startswith("SCAN ")}
    return {aliases.get(name, name) for name in names}
