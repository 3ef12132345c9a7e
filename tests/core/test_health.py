"""What a proxy and a monitor read of the site, its database and its worker."""

from datetime import timedelta

import pytest

from app.core import clock, health
from app.core.engine import create_file
from app.core.heartbeats import Heart, beat, last_beat
from app.extensions import db
from tests.outages import away, locked, read_only
from tests.outbox.thread import working
from tests.signing_in import sign_in
from tests.sites import make_app
from tests.small_school import small_school

pytestmark = pytest.mark.live

READY, WORKER = "/health/ready", "/health/worker"


@pytest.fixture
def ask(own_app):
    def ask_(path):
        answer = own_app.test_client().get(path)
        assert answer.mimetype == "application/json"
        return answer.status_code, answer.json["status"]

    return ask_


def test_a_site_with_its_database_is_ready(ask):
    assert ask(READY) == (200, "ready")


def test_a_database_that_is_away_is_not(own_app, ask):
    with away(own_app):
        assert ask(READY) == (503, "database unreachable")
        assert ask(WORKER) == (503, "database unreachable")
        assert ask("/health/live") == (200, "live")
    assert ask(READY) == (200, "ready")


def test_whoever_is_signed_in_may_ask_too(own_app):
    client = own_app.test_client()
    with own_app.app_context():
        school = small_school(db.session, now=clock.now())
        sign_in(client, school.people["Alice"], now=clock.now())
        db.session.remove()
    with away(own_app):
        assert client.get("/health/live").status_code == 200
        assert client.get(READY).json == {"status": "database unreachable"}


def test_a_database_without_tables_is_not_ready(databases):
    app = make_app(databases.empty())
    with app.app_context():
        create_file(db.engine)
    answer = app.test_client().get(READY)
    assert (answer.status_code, answer.json) == (503, {"status": "database without tables"})
    with app.app_context():
        db.engine.dispose()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("outage", [read_only, locked])
def test_a_database_that_cannot_be_written_is_not_ready(own_app, ask, outage, monkeypatch):
    monkeypatch.setattr(health, "WRITE_EVERY", 0)
    with outage(own_app):
        assert ask(READY) == (503, "database cannot be written")
    assert ask(READY) == (200, "ready")


@pytest.mark.only_on("sqlite")
def test_a_disk_with_no_room_for_what_sqlite_needs_is_not_ready(ask, monkeypatch):
    monkeypatch.setattr(health, "SPARE", float("inf"))
    assert ask(READY) == (503, "disk almost full")


def test_however_often_somebody_asks_it_is_written_seldom(own_app, ask):
    def written_at():
        with own_app.app_context():
            return last_beat(Heart.SITE)

    assert ask(READY) == (200, "ready")
    before = written_at()
    assert {ask(READY) for _ in range(20)} == {(200, "ready")}
    assert written_at() == before


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(seconds=90), (200, "working")),
        (timedelta(seconds=125), (503, "no worker")),
        (timedelta(hours=-1), (503, "no worker")),  # the clock was put back since
    ],
)
def test_a_worker_was_seen_within_two_minutes_or_it_is_gone(own_app, ask, ago, expected):
    assert ask(WORKER) == (503, "no worker")
    with own_app.app_context():
        beat(Heart.WORKER, now=clock.now() - ago)
    assert ask(WORKER) == expected


def test_a_worker_is_seen_as_soon_as_it_works(own_app, ask):
    with working(own_app):
        while ask(WORKER) != (200, "working"):
            pass
