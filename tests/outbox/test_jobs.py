import threading
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from time import monotonic, sleep

import pytest
from sqlalchemy import event, select

from app import jobs
from app.core import clock, heartbeats
from app.core.engine import create_file
from app.extensions import db as _db
from app.jobs import NIGHTLY, Nightly, Recurring, run_nightly
from app.outbox import service
from app.outbox.models import JobRun
from tests.outages import away
from tests.outbox.thread import working
from tests.sites import make_app

EVENING = datetime(2027, 1, 20, 18, 0, tzinfo=UTC)
TWO = datetime(2027, 1, 21, 1, 59, tzinfo=UTC)  # 02.59 by the school's clock
THREE = TWO + timedelta(minutes=1)

QUICK = {"look_every": 0.01, "rest": 0.01}


@pytest.fixture
def ran():
    return []


@pytest.fixture
def timetable(ran):
    return (Nightly("count", time(3, 0), ran.append),)


def test_a_nightly_job_runs_once_from_its_hour_by_the_schools_clock(db, ran, timetable):
    assert run_nightly(now=TWO, jobs=timetable) == []
    assert run_nightly(now=THREE, jobs=timetable) == ["count"]
    assert run_nightly(now=THREE + timedelta(seconds=1), jobs=timetable) == []
    assert run_nightly(now=THREE + timedelta(hours=20), jobs=timetable) == []
    assert run_nightly(now=THREE + timedelta(days=1), jobs=timetable) == ["count"]

    assert ran == [THREE, THREE + timedelta(days=1)]


def test_a_worker_that_was_down_at_night_makes_up_for_it(db, ran, timetable):
    assert run_nightly(now=EVENING, jobs=timetable) == ["count"]


def test_the_hour_follows_summer_time(db, ran, timetable):
    summer = datetime(2027, 6, 20, 1, 0, tzinfo=UTC)

    assert run_nightly(now=summer, jobs=timetable) == ["count"]


def test_a_job_that_fails_is_logged_and_keeps_nothing_from_running(db, ran, timetable, caplog):
    def fail(_now):
        raise ValueError("alice@family.example")

    broken = Nightly("broken", time(3, 0), fail)

    assert run_nightly(now=THREE, jobs=(broken, *timetable)) == ["count"]
    assert run_nightly(now=THREE + timedelta(minutes=1), jobs=(broken,)) == []

    assert "broken" in caplog.text
    assert "alice" not in caplog.text
    assert db.get(JobRun, ("broken", THREE.date())).finished_at is None
    assert db.get(JobRun, ("count", THREE.date())).finished_at is not None


def test_another_worker_gets_the_job_only_where_nobody_has_it(db):
    assert service.begin_job("x", THREE.date(), now=THREE)
    assert not service.begin_job("x", THREE.date(), now=THREE)


def test_the_real_timetable_runs(db):
    ran = run_nightly(now=EVENING)

    assert ran == [job.name for job in NIGHTLY]
    assert len(set(ran)) == len(ran)
    assert db.scalars(select(JobRun.name)).all()


@pytest.mark.live
def test_all_lanes_wait_for_a_database_that_is_away_and_the_log_says_so_once(
    tmp_path, caplog, ran, monkeypatch
):
    monkeypatch.setattr(jobs, "BEAT_EVERY", 0.01)
    app = make_app(f"sqlite:///{tmp_path}/no such folder/site.db")
    tries = []
    with app.app_context():
        event.listen(_db.engine, "handle_error", lambda _: tries.append(threading.get_ident()))
    with working(app, **QUICK, recurring=(Recurring(0.0, ran.append),)):
        wait_until(lambda: len(set(tries)) == 4 and min(Counter(tries).values()) > 2)
        assert not ran

        with app.app_context():
            create_file(_db.engine)
            _db.create_all()
            service.enqueue("dance", {}, now=clock.now())
        wait_until(lambda: ran and "(dance)" in caplog.text and "serves again" in caplog.text)
    begun, *_, over = [line for line in caplog.messages if "(dance)" not in line]
    assert begun.startswith("the database does not serve: OperationalError SQLITE_CANTOPEN <")
    assert over.startswith("the database serves again, after ")
    assert "SELECT" not in caplog.text


@pytest.mark.live
def test_an_outage_of_a_running_worker_is_two_lines_of_the_log(own_app, caplog, monkeypatch):
    monkeypatch.setattr(jobs, "BEAT_EVERY", 0.01)

    def has_beaten_since(moment):
        with own_app.app_context():
            return (heartbeats.last_beat(heartbeats.Heart.WORKER) or moment) > moment

    with working(own_app, **QUICK):
        wait_until(lambda: has_beaten_since(EVENING - timedelta(days=999)))
        for count in (1, 2):
            with away(own_app):
                wait_until(lambda: caplog.text.count("does not serve") == count)  # noqa: B023
            moment = clock.now()
            wait_until(lambda: has_beaten_since(moment))  # noqa: B023
            wait_until(lambda: caplog.text.count("serves again") == count)  # noqa: B023
    assert len(caplog.messages) == 4


@pytest.mark.live
def test_a_job_that_fails_ends_no_lane(own_app, caplog, ran):
    def fail(now):
        ran.append(now)
        raise ValueError("alice@family.example")

    with working(own_app, **QUICK, recurring=(Recurring(0.0, fail),)):
        wait_until(lambda: len(ran) > 2)
        with own_app.app_context():
            service.enqueue("dance", {}, now=clock.now())
        wait_until(lambda: "(dance)" in caplog.text)

    assert "jobs: a look failed: ValueError" in caplog.text
    assert "alice" not in caplog.text


def wait_until(condition):
    deadline = monotonic() + 20
    while not condition():
        assert monotonic() < deadline, "it did not come"
        sleep(0.01)
