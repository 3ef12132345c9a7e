"""Several workers at once, on a real database."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import time as hour
from threading import Barrier, Event, get_ident

import pytest
from sqlalchemy import func, select

from app.accounts import credentials
from app.accounts import service as accounts
from app.core import clock
from app.extensions import db
from app.jobs import Nightly, Recurring, work
from app.outbox import service
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from tests import services
from tests.mail.server import MailServer
from tests.sites import SECRET
from tests.small_school import small_school

pytestmark = pytest.mark.race


@pytest.fixture
def app(own_app):
    return own_app


def test_no_message_is_delivered_twice_by_eight_workers(app):
    with app.app_context():
        now = clock.now()
        for number in range(200):
            service.enqueue("tell", {"number": number}, now=now)
    told, start = [], Barrier(8)

    def worker(_):
        start.wait()
        with app.app_context():
            return deliver_due({"tell": [lambda payload: told.append(payload["number"])]})

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(worker, range(8)))

    assert sorted(told) == list(range(200))
    assert sum(counts) == 200


def test_two_handlers_of_eight_workers_get_each_message_once(app):
    with app.app_context():
        now = clock.now()
        for number in range(50):
            service.enqueue("tell", {"number": number}, now=now)
    mailed, noted, start = [], [], Barrier(8)
    handlers = {
        "tell": [
            lambda payload: mailed.append(payload["number"]),
            lambda payload: noted.append(payload["number"]),
        ]
    }

    def worker(_):
        start.wait()
        with app.app_context():
            return deliver_due(handlers)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(worker, range(8)))

    assert sorted(mailed) == sorted(noted) == list(range(50))


def test_of_eight_workers_one_gets_the_nightly_job(app):
    start, stop, ran, looked = Barrier(8), Event(), [], set()
    nightly = (Nightly("night", hour(0), ran.append),)
    recurring = (Recurring(0.0, lambda _now: looked.add(get_ident())),)  # comes after the nightly

    def worker(_):
        start.wait()
        with app.app_context():
            work(stop, nightly=nightly, recurring=recurring, look_every=0.01)

    with ThreadPoolExecutor(8) as pool:
        workers = pool.map(worker, range(8))
        deadline = time.monotonic() + 30
        while len(looked) < 8 and time.monotonic() < deadline:
            time.sleep(0.01)
        stop.set()
        list(workers)

    assert (len(looked), len(ran)) == (8, 1)


def test_two_worker_processes_send_each_mail_once_and_stop_when_asked(app, tmp_path):
    with MailServer() as server:
        settings = {
            "database_url": app.config["SQLALCHEMY_DATABASE_URI"],
            "secret_key": SECRET,
            "site_url": "http://localhost",
            **server.settings,
        }
        environment = {f"TIENMINUTEN_{key.upper()}": str(value) for key, value in settings.items()}
        with app.app_context():
            school = small_school(db.session)
            people = [school.people[name] for name in ("Vera", "Bart", "Kader", "Alice", "Bob")]
            for person_id in people:
                credentials.invite(accounts.account_of(person_id), now=clock.now())
            db.session.remove()
        log = (tmp_path / "log").open("wb+")
        workers = [
            subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
                cwd=services.ROOT,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
            )
            for _ in range(2)
        ]
        try:
            # Both, because a signal before a worker listens for it would just end it.
            _wait_until_both_started(tmp_path / "log")
            _wait_until_nothing_is_open(app)
        finally:
            workers[0].send_signal(signal.SIGTERM)
            workers[1].send_signal(signal.SIGINT)
            codes = [worker.wait(20) for worker in workers]
        log.seek(0)
        text = log.read().decode()
        log.close()

    assert codes == [0, 0], text
    assert text.count("worker stopped") == 2
    assert Counter(server.recipients).most_common(1)[0][1] == 1
    assert len(server.recipients) == len(people)
    for secret in ("school.example", "family.example", "/password/", "Vera"):
        assert secret not in text


def _wait_until_both_started(log):
    deadline = time.monotonic() + 90
    while log.read_text().count("worker started") < 2:
        assert time.monotonic() < deadline, "the workers did not start"
        time.sleep(0.1)


def _wait_until_nothing_is_open(app):
    deadline = time.monotonic() + 90
    with app.app_context():
        while time.monotonic() < deadline:
            left = db.session.scalar(
                select(func.count()).where(OutboxMessage.delivered_at.is_(None))
            )
            db.session.rollback()
            if not left:
                return
            time.sleep(0.1)
    pytest.fail("the workers did not deliver")
