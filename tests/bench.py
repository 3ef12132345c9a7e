"""How much work a table, a poll and a booking are, beside a bare program that only inserts.

`make bench` prints ratios of one run on one machine; absolute times mean little. The bare
program is the floor: WSGI without a framework and one prepared INSERT, as little as a
booking can be. In one process on SQLite, so that nothing but the work itself is counted.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from types import SimpleNamespace

from flask_migrate import upgrade
from sqlalchemy import event, update
from werkzeug.test import Client

from app.core import clock
from app.extensions import db
from app.rounds.models import Round
from tests.school import open_school
from tests.signing_in import cookie_of
from tests.sites import make_app

ROUNDS, EACH = 5, 40


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU milliseconds of one call: the median of some rounds of many calls."""
    call()
    rounds = []
    for _round in range(ROUNDS):
        start = time.process_time()
        for _call in range(EACH):
            call()
        rounds.append((time.process_time() - start) / EACH * 1000)
    return median(rounds)


def floor(folder: Path) -> float:
    """Measure the bare program."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE cells (teacher INT, slot INT, UNIQUE (teacher, slot))")
    slots = iter(range(10**9))

    def application(environ, start_response):
        row = connection.execute(
            "INSERT INTO cells VALUES (1, ?) ON CONFLICT DO NOTHING RETURNING slot", (next(slots),)
        ).fetchone()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(row).encode()]

    client = Client(application)
    return cpu(lambda: client.post("/").data)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="tienminuten-bench-") as name:
        folder = Path(name)
        app = make_app(f"sqlite:///{folder}/site.db")
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            upgrade()
        school = open_school(SimpleNamespace(app=app))
        with app.app_context():
            cookie = cookie_of(app, school.people["Carol"]).partition("=")[2]
            db.session.execute(update(Round).values(max_per_child=3))
            db.session.commit()
            engine = db.engine
        client = app.test_client()
        client.set_cookie("session", cookie, domain="localhost")
        table = f"/rounds/{school.round_id}/children/{school.students['Kim']}"
        tokens = iter(range(10**9))
        statements = []
        event.listen(engine, "before_cursor_execute", lambda *_: statements.append(1))

        def board():
            return client.get(table, headers={"Accept-Encoding": "br", "HX-Request": "true"})

        marker = _marker(client.get(table).text)

        def poll():
            return client.get(f"{table}?marker={marker}", headers={"HX-Request": "true"})

        def book_and_cancel():
            cell = "-".join(map(str, school.choice("Kim", "Vera", 0)))
            form = {"cells": [cell], "submission": f"bench-{next(tokens):020}"}
            client.post(table, data=form)
            with app.app_context():
                booking = db.session.execute(
                    db.text("SELECT max(id) FROM bookings WHERE cancelled_at IS NULL")
                ).scalar()
            return client.post(f"/talks/{booking}/cancel")

        bare = floor(folder)
        print(f"{clock.now():%Y-%m-%d %H:%M} UTC; floor: {bare:.2f} ms CPU a booking\n")
        print(f"{'':22}{'ms CPU':>8}{'x floor':>9}{'statements':>12}{'bytes':>8}")
        for label, call in (
            ("table, 3 teachers", board),
            ("poll without news", poll),
            ("booking and cancelling", book_and_cancel),
        ):
            statements.clear()
            size = len(call().data)
            count = len(statements)
            work = cpu(call)
            print(f"{label:22}{work:8.2f}{work / bare:9.1f}{count:12}{size:8}")
        with app.app_context():
            db.engine.dispose()


def _marker(page: str) -> str:
    return page.partition("marker=")[2].partition('"')[0].partition("&")[0]


if __name__ == "__main__":
    main()
