"""Measure the work of a table, a poll and a booking against a bare program that only inserts.

`make bench` prints ratios from one run on one machine; absolute times mean little. The bare
program is the floor: WSGI without a framework and one prepared INSERT, the least work a booking
can be. It runs in one process on SQLite, without a server or network, to count only the work
itself; tests/rush measures everything together.
"""

import io
import re
import sqlite3
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from flask_migrate import upgrade
from sqlalchemy import event
from werkzeug.test import EnvironBuilder

from app.core import clock
from app.extensions import db
from tests.markers import marker_in
from tests.rush.school import PER_CHILD, TIMES, build
from tests.sites import make_app

ROUNDS, EACH = 7, 40
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")  # statements that open and close transactions


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU milliseconds per call: the median of several rounds of many calls."""
    call()
    rounds = []
    for _round in range(ROUNDS):
        start = time.process_time()
        for _call in range(EACH):
            call()
        rounds.append((time.process_time() - start) / EACH * 1000)
    return median(rounds)


class Caller:
    """Call a WSGI application as a server does, for a browser with htmx and this cookie."""

    def __init__(self, application, cookie: str = ""):
        self.application, self.headers = application, {"Accept-Encoding": "br", "Cookie": cookie}

    def __call__(self, path: str, form: dict[str, str] | None = None, *, htmx: bool = True) -> str:
        headers = self.headers | ({"HX-Request": "true"} if htmx else {})
        environ = EnvironBuilder(path, headers=headers).get_environ()
        if form is not None:
            body = urlencode(form).encode()
            environ |= {
                "REQUEST_METHOD": "POST",
                "CONTENT_TYPE": "application/x-www-form-urlencoded",
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.input": io.BytesIO(body),
            }
        answer = self.application(environ, lambda _status, _headers, _fault=None: None)
        try:
            return b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()


def floor(folder: Path) -> float:
    """Measure the bare program."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE cells (teacher INT, slot INT, UNIQUE (teacher, slot))")
    slots = count()

    def application(environ, start_response):
        row = connection.execute(
            "INSERT INTO cells VALUES (1, ?) ON CONFLICT DO NOTHING RETURNING slot", (next(slots),)
        ).fetchone()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(row).encode()]

    call = Caller(application)
    return cpu(lambda: call("/", {}))


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="tienminuten-bench-") as name:
        folder = Path(name)
        app = make_app(f"sqlite:///{folder}/site.db")
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            upgrade()
            school = build(40, signed_in=1)
            engine = db.engine
        family = school.families[1]
        serializer = app.session_interface.get_signing_serializer(app)
        cookie = f"session={serializer.dumps({'_user_id': family.token, 'csrf_token': 'x' * 40})}"
        call = Caller(app, cookie)
        table = f"/rounds/{school.round_id}/children/{family.children[0]}"
        tokens = count()
        statements = []

        def note(_connection, _cursor, statement, *_more):
            if not statement.startswith(CONTROL):
                statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        with app.test_client() as client:
            client.set_cookie("session", cookie.partition("=")[2], domain="localhost")
            page = client.get(table).text
        marker = marker_in(page)
        cell = re.search(r'name="cells" id="[^"]+" value="([^"]+)"', page)[1]

        def book(*, htmx: bool = False) -> bytes:
            form = {"cells": cell, "submission": f"bench-{next(tokens):020}"}
            return call(table, form, htmx=htmx)

        def cancel() -> bytes:
            with engine.connect() as connection:
                live = "SELECT max(id) FROM bookings WHERE cancelled_at IS NULL"
                booking = connection.exec_driver_sql(live).scalar()
            statements.clear()
            return call(f"/talks/{booking}/cancel", {}, htmx=False)

        def book_and_cancel() -> bytes:
            book()
            return cancel()

        bare = floor(folder)
        print(f"{clock.now():%Y-%m-%d %H:%M} UTC; floor: {bare:.2f} ms CPU a booking")
        print(f"table: {PER_CHILD} teachers, {TIMES} times\n")
        print(f"{'':34}{'ms CPU':>8}{'x floor':>9}{'statements':>12}{'bytes':>8}")
        for label, work in (
            ("table, as list and as table", lambda: call(table)),
            ("table, as list", lambda: call(f"{table}?view=list")),
            ("poll without news", lambda: call(f"{table}?marker={marker}")),
            ("booking", book),
            ("cancelling", cancel),
            ("booking, answered by the table", lambda: book(htmx=True)),
            ("cancelling", cancel),
            ("booking and cancelling", book_and_cancel),
        ):
            statements.clear()
            size = len(work())
            counted = len(statements)
            if "ing" in label and "and" not in label:  # measure once: a repeat does no work
                print(f"{label:34}{'':17}{counted:12}{size:8}")
                continue
            spent = cpu(work)
            print(f"{label:34}{spent:8.2f}{spent / bare:9.1f}{counted or '':12}{size:8}")
        with app.app_context():
            db.engine.dispose()


if __name__ == "__main__":
    main()
