"""Whatever ends the process that makes a plan, its round can be planned again and nothing is half."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, update

from app.accounts import links
from app.bookings.models import Booking, Claim
from app.core import clock
from app.extensions import db
from app.mail import letters
from app.planner import runs
from app.planner.models import PlannedTalk, PlanRun, RunState
from app.requests import asking
from app.requests.asking import Asked, AskedFor
from app.rounds.models import Round
from tests import services
from tests.outbox.thread import working
from tests.planner.invariants import assert_whole
from tests.sites import SECRET
from tests.small_school import open_school

pytestmark = pytest.mark.race


@pytest.fixture
def app(own_app):
    return own_app


@pytest.fixture(autouse=True)
def mode():
    """Nothing: the school of these tests takes requests."""


@pytest.fixture
def school(app):
    """A school by the real clock, in which Alice and Carol ask for talks."""
    with app.test_request_context():
        school = open_school(SimpleNamespace(app=app))
        db.session.execute(update(Round).values(mode="both"))
        db.session.commit()
        for name, child in (("Alice", "Noor"), ("Carol", "Kim")):
            offers = [Asked(school.offers[child, teacher]) for teacher in ("Vera", "Bart")]
            wanted = {school.students[child]: AskedFor(offers)}
            asking.ask(school.actors[name], school.round_id, wanted, now=clock.now())
        db.session.remove()
    return school


@pytest.fixture
def environment(app):
    return {
        "TIENMINUTEN_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "TIENMINUTEN_SECRET_KEY": SECRET,
        "TIENMINUTEN_SITE_URL": "http://localhost",
        "FLASK_APP": "wsgi",
    }


@pytest.fixture
def started(environment, tmp_path):
    """Start a command of Python, which is ended at the end of the block."""

    @contextmanager
    def started_(*command):
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=services.ROOT,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    return started_


@pytest.fixture
def run(app):
    """Return a run as it is by now."""

    def run_(run_id):
        with app.app_context():
            row = db.session.get(PlanRun, run_id)
            db.session.expunge(row)
            db.session.remove()
            return row

    return run_


def ask_nightly(app):
    with app.app_context():
        (run_id,) = runs.ask_nightly(now=clock.now())
        db.session.remove()
    return run_id


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come within {seconds} s"
        time.sleep(0.02)


def assert_nothing_is_stored():
    assert_whole()
    for table in (Booking, Claim, PlannedTalk):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_who_is_killed_while_it_searches_is_given_up_after_a_minute(app, school, started, run):
    run_id = ask_nightly(app)
    with started("flask", "plan", "next") as process:
        wait_until(lambda: run(run_id).ends_at or process.poll() is not None)
        process.kill()
    dead = run(run_id)
    assert dead.state == RunState.RUNNING
    with app.app_context():
        assert_nothing_is_stored()
        with pytest.raises(runs.PlanBusy):
            runs.begin(school.round_id, now=dead.seen_at + runs.ALIVE)
        later = dead.seen_at + runs.ALIVE + timedelta(seconds=1)
        other = runs.begin(school.round_id, now=later)
        db.session.remove()
    assert (run(run_id).state, run(other.id).state) == (RunState.FAILED, RunState.RUNNING)


def test_who_is_killed_while_it_publishes_has_published_nothing(app, school, started, run):
    run_id = ask_nightly(app)
    with started("tests.planner.killed") as process:
        assert process.wait(60) == -signal.SIGKILL
    assert run(run_id).state == RunState.DONE  # the office can look at it, and publish it
    with app.app_context():
        assert_whole()
        planned = db.session.scalars(select(PlannedTalk)).all()
        assert [it.booking_id for it in planned] == [None] * 4
        assert db.session.scalars(select(Claim)).all() == []
        db.session.remove()


@pytest.mark.only_on("postgresql")  # it is about processes
def test_the_worker_sends_mails_while_it_plans_and_asked_to_stop_keeps_the_best_plan(
    app, school, environment, run, monkeypatch
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with app.app_context():
        run_id = runs.ask(school.actors["Sofie"], school.round_id, now=clock.now())
        db.session.remove()
    sent = []
    monkeypatch.setattr(letters, "send", sent.append)
    with working(app, look_every=0.05, grace=5):
        wait_until(lambda: run(run_id).placed)
        with app.app_context():
            links.request_link(
                "carol@family.example", "browser", remote_address="192.0.2.1", now=clock.now()
            )
            db.session.remove()
        wait_until(lambda: sent, 2)
        assert run(run_id).state == RunState.RUNNING
        since = time.monotonic()
    assert time.monotonic() - since < 5
    ended = run(run_id)
    assert (ended.state, ended.placed) == (RunState.DONE, 4)
    assert ended.ended_at < ended.ends_at
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Booking)) == 0
        db.session.remove()


@pytest.mark.only_on("sqlite")  # it is about processes
def test_the_worker_leaves_nobody_behind_who_does_not_listen(app, school, monkeypatch, tmp_path):
    pid = tmp_path / "pid"
    monkeypatch.setenv("FLASK_APP", "tests.planner.deaf")
    monkeypatch.setenv("DEAF_PID", str(pid))
    monkeypatch.setenv("PYTHONPATH", str(services.ROOT))
    ask_nightly(app)
    with working(app, look_every=0.05, grace=1):
        wait_until(lambda: pid.exists() and pid.read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
