"""The database is away, locked, full or read-only: each page says so, and afterwards all is well at once."""

import http.client
import logging
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import monotonic
from urllib.parse import urlencode

import pytest
from flask import session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.access import public
from app.core.errors_bare import RETRY_AFTER
from app.core.ids import IdConverter
from app.core.outages import is_outage
from app.core.transaction import transaction
from app.extensions import db
from tests import services
from tests.html import parse_strictly
from tests.outages import ON_SQLITE, Server, away, no_room
from tests.signing_in import cookie_of, sign_in
from tests.sites import Databases, make_app
from tests.small_school import small_school

pytestmark = pytest.mark.live

TITLES = "The site cannot reach its data for a moment", "De site kan even niet bij de gegevens"
NUMBER = re.compile(r"\b[0-9a-f]{8}\b")
HTMX = {"HX-Request": "true"}
HEADERS = {
    "Cache-Control": "no-store",
    "Retry-After": str(RETRY_AFTER),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture
def site(own_app):
    """A site as it runs for visitors, one of whom is signed in."""
    with own_app.app_context():
        now = clock.now()
        school = small_school(db.session, now=now)
        client = own_app.test_client()
        sign_in(client, school.people["Alice"], now=now)
        db.session.remove()
    return own_app, client, school


@pytest.fixture
def logged(caplog):
    """Call something, and return what it returns with the lines that the log then has."""

    def logged_(call):
        caplog.clear()
        answer = call()
        assert not any(record.exc_info for record in caplog.records), caplog.text
        return answer, [record.getMessage() for record in caplog.records]

    caplog.set_level(logging.WARNING)
    return logged_


def routes(app):
    """Every route with a method and an address, but those that need no database."""
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.startswith("health."):
            continue
        values = {
            name: 1 if isinstance(it, IdConverter) else "x" for name, it in rule._converters.items()
        }
        for method in sorted(rule.methods & {"GET", "POST"}):
            yield method, urls.build(rule.endpoint, values, method=method)


def assert_says_so(answer, lines, *, whole=True):
    assert answer.status_code == 503
    (line,) = lines
    (number,) = set(NUMBER.findall(answer.text))
    assert line.startswith(f"outage {number} at ")
    assert "OperationalError" in line
    for title, language in zip(TITLES, ("en", "nl"), strict=True):
        assert title in answer.text
        assert f'lang="{language}"' in answer.text
    assert answer.headers["Retry-After"] == str(RETRY_AFTER)
    if whole:
        parse_strictly(answer.text)
        assert HEADERS.items() <= dict(answer.headers).items()
        assert "style-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("is_known", [True, False])
def test_every_page_says_so_in_both_languages_in_one_line_of_the_log(site, logged, is_known):
    app, client, _school = site
    client = client if is_known else app.test_client()
    with away(app):
        for method, address in routes(app):
            answer, lines = logged(lambda: client.open(address, method=method))  # noqa: B023
            if is_known or not (answer.location or "").startswith("/sign-in"):
                assert_says_so(answer, lines)


def test_what_needs_no_database_is_there(site):
    app, client, _school = site
    with away(app):
        assert client.get("/static/js/failed.js").status_code == 200
        assert client.get("/health/live").json == {"status": "live"}


def test_afterwards_each_connection_is_well_at_once(site):
    app, client, school = site
    with app.app_context():
        held = [db.engine.connect() for _ in range(4)]
        for connection in held:
            connection.close()
    table = f"/rounds/{school.round_id}/children/{school.students['Noor']}"
    assert client.get(table).status_code == 200
    with away(app):
        pass
    assert client.get(table).status_code == 200
    with app.app_context():
        for _ in range(5):
            with db.engine.connect() as connection:
                assert connection.scalar(text("SELECT 1"))
    with away(app):
        assert client.get(table).status_code == 503
    assert client.get(table).status_code == 200


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("kind", ON_SQLITE)
def test_a_database_that_cannot_be_written_can_be_read(site, logged, kind):
    app, client, _school = site

    @app.get("/write")
    @public
    def write():
        with transaction():
            db.session.execute(text("UPDATE school SET logo = zeroblob(100000)"))
        return "written"

    with ON_SQLITE[kind](app):
        assert client.get("/talks").status_code == 200
        answer, lines = logged(lambda: client.get("/write"))
        assert_says_so(answer, lines)
        assert "OperationalError SQLITE_" in lines[0]
    assert client.get("/write").text == "written"


def test_a_database_without_tables_says_so_until_there_are_some(databases, logged):
    app = make_app(databases.empty())
    answer, lines = logged(lambda: app.test_client().get("/sign-in"))
    assert answer.status_code == 503
    assert len(lines) == 1
    with app.app_context():
        db.engine.dispose()


def test_a_part_of_a_page_gets_a_part_and_a_poll_nothing(site, logged):
    app, client, school = site
    table = f"/rounds/{school.round_id}/children/{school.students['Noor']}"
    with away(app):
        answer, lines = logged(lambda: client.post(table, headers=HTMX))
        assert_says_so(answer, lines, whole=False)
        assert "<html" not in answer.text
        answer, lines = logged(lambda: client.get(f"{table}?marker=x", headers=HTMX))
        assert (answer.status_code, answer.text, len(lines)) == (503, "", 1)


def test_a_form_leads_back_to_its_page_and_a_page_to_itself(site):
    app, client, _school = site
    with away(app):
        page = client.get("/sign-in?next=%2Ftalks")
        assert page.text.count('href="/sign-in?next=%2Ftalks"') == 2
        assert "Maybe what was sent is not saved." not in page.text
        form = client.post("/account/password")
        assert form.text.count('href="/account"') == 2
        assert "Maybe what was sent is not saved." in form.text


def _fail(*_args, **_kwargs):
    raise ValueError("Noor Jansen")


def _in_a_template(app):
    app.context_processor(_fail)


def _in_an_error_page(app):
    app.errorhandler(404)(_fail)


def _while_somebody_is_recognised(app):
    app.login_manager.user_loader(_fail)


PLACES = {
    "before a request": (lambda app: app.before_request(_fail), "/sign-in"),
    "in a view": (lambda app: app.get("/fault")(public(_fail)), "/fault"),
    "in a template": (_in_a_template, "/sign-in"),
    "in an error page": (_in_an_error_page, "/nothing-here"),
    "while somebody is recognised": (_while_somebody_is_recognised, "/talks"),
    "after a request": (lambda app: app.after_request(_fail), "/sign-in"),
    "after a file": (lambda app: app.after_request(_fail), "/static/img/favicon.svg"),
}


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("place", PLACES)
def test_a_fault_of_ours_gets_a_page_and_one_line_wherever_it_arises(site, logged, place):
    app, client, _school = site
    arrange, address = PLACES[place]
    arrange(app)
    answer, lines = logged(lambda: client.get(address))
    assert answer.status_code == 500
    assert "Retry-After" not in answer.headers
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    (line,) = lines
    (number,) = set(NUMBER.findall(answer.text.partition("<main")[2]))
    assert line.startswith(f"fault {number} at GET ")
    assert ": ValueError < test_outages.py:" in line
    assert "Noor" not in line + answer.text
    parse_strictly(answer.text)


def test_what_was_done_is_not_denied_because_the_end_of_the_request_fails(site, logged):
    """The database goes away between the commit and the end of the request."""
    app, client, _school = site
    outage = away(app)

    @app.get("/done")
    @public
    def done():
        db.session.execute(text("SELECT 1"))
        outage.__enter__()
        return "done"

    answer, _lines = logged(lambda: client.get("/done"))
    outage.__exit__(None, None, None)
    assert answer.text == "done"
    assert client.get("/talks").status_code == 200


def test_a_rule_of_the_database_that_is_broken_is_a_fault_of_ours(site):
    app, _client, _school = site
    with app.app_context(), pytest.raises(IntegrityError) as caught, transaction():
        db.session.execute(text("INSERT INTO versions SELECT * FROM versions"))
    assert not is_outage(caught.value)


class Visitor:
    """Alice's browser, in front of a site in other processes."""

    def __init__(self, site):
        with site.app.test_request_context():
            self._token, secret = generate_csrf(), session["csrf_token"]
        with site.app.app_context():
            school = small_school(db.session, now=clock.now())
            self._cookie = cookie_of(site.app, school.people["Alice"], csrf_token=secret)
            db.session.remove()
            db.engine.dispose()
        self._host = site.base_url.removeprefix("http://")

    def ask(self, method, path, **form):
        """Return the status of the answer, and its body."""
        connection = http.client.HTTPConnection(self._host, timeout=60)
        body = urlencode({**form, "csrf_token": self._token}) if form else None
        headers = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        with closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()


@pytest.mark.long
@pytest.mark.only_on("sqlite")
def test_on_a_full_disk_people_read_and_the_monitor_knows(live_site):
    site = live_site(workers=1, threads=2)
    alice = Visitor(site)
    assert alice.ask("POST", "/language", language="en")[0] == 303
    with no_room(site):
        for _ in range(3):
            assert alice.ask("GET", "/talks")[0] == 200
            assert alice.ask("POST", "/language", language="nl")[0] == 503
        status, body = alice.ask("GET", "/health/ready")
        assert (status, body.strip()) == (503, '{"status":"database cannot be written"}')
    assert alice.ask("POST", "/language", language="nl")[0] == 303
    log = site.log.read_text()
    assert len(re.findall("outage .* OperationalError SQLITE_", log)) == 3
    assert "Traceback" not in log


@pytest.mark.long
@pytest.mark.only_on("postgresql")
def test_a_server_that_stops_and_starts_leaves_one_line_for_each_page_that_was_asked(
    live_site, tmp_path
):
    with services.postgresql() as url, Server(url) as server:
        databases = Databases(tmp_path, url)
        site = live_site(workers=2, threads=4, database_url=databases.migrated())
        alice = Visitor(site)
        refused = 0
        for _ in range(3):
            with ThreadPoolExecutor(8) as crowd:
                asked = [crowd.submit(alice.ask, "GET", "/talks") for _ in range(40)]
                assert {it.result()[0] for it in asked} == {200}
                asked = [crowd.submit(alice.ask, "GET", "/talks") for _ in range(100)]
                server.stop()
                asked += [crowd.submit(alice.ask, "GET", "/talks") for _ in range(40)]
                asked += [crowd.submit(alice.ask, "POST", "/language", language="en")]
                answers = [it.result() for it in asked]
                assert 503 in {status for status, _body in answers} <= {200, 503}
                assert all("kan even niet" in body for status, body in answers if status == 503)
                refused += sum(status == 503 for status, _body in answers)
                assert alice.ask("GET", "/health/ready")[0] == 503
                assert alice.ask("GET", "/health/live")[0] == 200
                server.start()
                asked = [crowd.submit(alice.ask, "GET", "/talks") for _ in range(40)]
                asked += [crowd.submit(alice.ask, "POST", "/language", language="nl")]
                assert {it.result()[0] for it in asked} == {200, 303}
        lines = site.log.read_text().splitlines()
        assert sum(line.startswith("outage ") for line in lines) == refused
        assert len(lines) < refused + 10, [it for it in lines if not it.startswith("outage ")]


@pytest.mark.long
@pytest.mark.only_on("postgresql")
def test_a_server_that_says_nothing_counts_as_away_after_seconds(logged):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        app = make_app(f"postgresql+psycopg://nobody@127.0.0.1:{port}/none")
        begun = monotonic()
        answer, lines = logged(lambda: app.test_client().get("/sign-in"))
        assert_says_so(answer, lines)
        assert monotonic() - begun < 60  # by default it takes 130
