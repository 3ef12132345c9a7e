"""Measure what signing in costs: every request from the sign-in page to the family's own talks.

``python -m tests.bench_signin`` prints CPU milliseconds and statements, in process, on SQLite and
on PostgreSQL. With ``--beside FOLDER``, another checkout, both are measured in turn in one run, so
that whatever else the machine does meets both.
"""

import argparse
import gc
import io
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import brotli
from sqlalchemy import event, insert, text
from werkzeug.test import EnvironBuilder

from app.accounts.models import SignInToken
from app.accounts.secrets import digest, new_token
from app.core import clock
from app.extensions import db
from tests import services
from tests.rush.school import build
from tests.sites import Databases, make_app

FAMILIES, ROUNDS, EACH = 400, 11, 10
STEPS = ("sign-in page", "link page", "button", "/", "/talks")
MUST = ("link page", "button", "/", "/talks")  # together: link, button, and the first page
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
ROOT = Path(__file__).parent.parent
Figures = dict[str, tuple[float, float, int]]


class Browser:
    """Call the site as a server does, for a browser that keeps its cookies."""

    def __init__(self, application, token: str, secret: str):
        self.application, self.token = application, token
        self.cookies, self.page = {"browser": secret}, ""

    def environ(self, step: str) -> dict[str, object]:
        path = {"sign-in page": "/sign-in"}.get(step, f"/sign-in/link/{self.token}")
        headers = {
            "Accept-Encoding": "br",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "User-Agent": "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Firefox/140.0",
        }
        environ = EnvironBuilder(step if step[0] == "/" else path, headers=headers).get_environ()
        if step == "button":
            csrf = re.search(r'name="csrf_token" value="([^"]+)"', self.page)[1]
            body = urlencode({"csrf_token": csrf}).encode()
            environ |= {
                "REQUEST_METHOD": "POST",
                "CONTENT_TYPE": "application/x-www-form-urlencoded",
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.input": io.BytesIO(body),
            }
        return environ

    def open(self, step: str) -> float:
        """Send the request of this step; return the CPU seconds of the answer."""
        environ, told = self.environ(step), []
        start = time.process_time()
        answer = self.application(environ, lambda *status: told.append(status))
        body = b"".join(answer)
        answer.close()
        spent = time.process_time() - start
        status, headers = told[0][:2]
        if status[:3] not in {"200", "302", "303"}:
            raise SystemExit(f"{step}: {status}")
        for name, value in headers:
            if name == "Set-Cookie":
                self.cookies |= {key: one.value for key, one in SimpleCookie(value).items()}
        packed = ("Content-Encoding", "br") in headers
        self.page = (brotli.decompress(body) if packed else body).decode()
        return spent


class Bench:
    """A site with a school, measured a round of sign-ins at a time."""

    def __init__(self, url: str):
        self.app, self.asked = make_app(url), 0
        with self.app.app_context():
            self.engine = db.engine
            build(FAMILIES, signed_in=0)
            if self.engine.dialect.name == "postgresql":
                with self.engine.connect() as connection:
                    connection.execution_options(isolation_level="AUTOCOMMIT")
                    connection.exec_driver_sql("ANALYZE")
        event.listen(self.engine, "before_cursor_execute", self._note)
        gc.collect()
        gc.freeze()

    def _note(self, _connection, _cursor, statement, *_more) -> None:
        self.asked += not statement.startswith(CONTROL)

    def _database(self) -> float:
        """Return the CPU seconds of our PostgreSQL connections so far."""
        if self.engine.dialect.name == "sqlite":
            return 0.0  # it works in this process
        with self.engine.connect() as connection:
            mine = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            pids = connection.scalars(mine).all()
        told = [Path(f"/proc/{pid}/schedstat").read_text().split() for pid in pids]
        return sum(int(one[0]) for one in told) / 1e9

    def round(self) -> Figures:
        """Let one family sign in several times: it has two children in one round."""
        now = clock.now()
        browsers = [Browser(self.app, new_token(), new_token()) for _browser in range(EACH)]
        with self.app.app_context():
            link = {"kind": "link", "email_key": "moeder0@family.example", "created_at": now}
            link["expires_at"] = now + timedelta(minutes=10)
            secrets = [
                {"token_hash": digest(one.token), "browser_hash": digest(one.cookies["browser"])}
                for one in browsers
            ]
            db.session.execute(insert(SignInToken), [link | secret for secret in secrets])
            db.session.commit()
        figures = {}
        for step in STEPS:
            database, self.asked = self._database(), 0
            spent = sum(browser.open(step) for browser in browsers)
            asked = self.asked / EACH
            database = self._database() - database
            figures[step] = (spent / EACH * 1000, database / EACH * 1000, asked)
        assert browsers[0].page.count("/children/") == 2
        return figures


def _serve(url: str) -> None:
    """Measure a round for each line read: for another process, which calls several in turn."""
    bench = Bench(url)
    for _line in sys.stdin:
        print(json.dumps(bench.round()), flush=True)


@contextmanager
def _site(folder: Path, url: str) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-P", Path(__file__), "--serve", url]  # app and tests of ``folder``
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=folder, env={"PYTHONPATH": str(folder)}, **pipes)
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait()


def _ask(site: subprocess.Popen) -> Figures:
    site.stdin.write("\n")
    site.stdin.flush()
    return json.loads(site.stdout.readline())


def compare(database: str, folders: list[Path]) -> None:
    """Measure the checkouts in turn on one database, and print their figures."""
    with ExitStack() as stack:
        server = stack.enter_context(services.postgresql()) if database != "sqlite" else None
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tienminuten-")))
        databases = Databases(scratch, server)
        sites = [stack.enter_context(_site(each, databases.migrated())) for each in folders]
        rounds = [[_ask(site) for site in sites] for _round in range(ROUNDS + 1)][1:]
    print(f"\n{database:16}" + "".join(f"{folder.name[:26]:>27}" for folder in folders))
    print(f"{'':16}" + f"{'site':>9}{'database':>9}{'asked':>9}" * len(folders))
    together = [[_together(one) for one in by_site] for by_site in rounds]
    for step in STEPS:
        line = f"{step:16}"
        for place in range(len(folders)):
            web, base, asked = (
                median(one[place][step][part] for one in rounds) for part in range(3)
            )
            line += f"{web:9.2f}{base:9.2f}{asked:9.0f}"
        print(line)
    sums = [median(one) for one in zip(*together, strict=True)]
    print(f"{'but the first':16}" + "".join(f"{each:18.2f}{'':9}" for each in sums))
    if len(folders) > 1:
        share = median(own / other for own, other in together)
        print(f"{'':16}{share:.2f} of what {folders[1].name} takes")


def _together(figures: Figures) -> float:
    return sum(site + database for site, database, _asked in map(figures.get, MUST))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", type=Path, help="another checkout")
    parser.add_argument("--database", choices=services.DATABASES, action="append")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return _serve(options.serve)
    beside = [options.beside.resolve()] if options.beside else []
    for database in options.database or services.DATABASES:
        compare(database, [ROOT, *beside])
    return None


if __name__ == "__main__":
    main()
