"""A job that takes long, in a real worker: it holds up no mail, and no end of the process."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from app.accounts import links
from app.core import clock
from app.extensions import db
from app.outbox.models import JobRun, OutboxMessage
from tests import services
from tests.mail.server import MailServer
from tests.sites import SECRET
from tests.small_school import small_school

pytestmark = pytest.mark.race


@pytest.fixture
def app(own_app):
    return own_app


@pytest.fixture
def slow_worker(app, tmp_path):
    """Start a worker, and wait until its slow job is under way: ``slow_worker("compute", 5)``."""

    @contextmanager
    def start(job, seconds, *, grace, **settings):
        settings |= {
            "database_url": app.config["SQLALCHEMY_DATABASE_URI"],
            "secret_key": SECRET,
            "site_url": "http://localhost",
        }
        log = tmp_path / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.outbox.slow_worker", job, str(seconds), str(grace)],
                cwd=services.ROOT,
                env={
                    **os.environ,
                    **{f"TIENMINUTEN_{k.upper()}": str(v) for k, v in settings.items()},
                },
                stdout=output,
                stderr=output,
            )
        try:
            wait_until(
                lambda: "slow job began" in log.read_text() or process.poll() is not None, 90
            )
            yield process, log
        finally:
            process.kill()
            process.wait()

    return start


def test_a_job_of_seconds_delays_no_sign_in_mail_and_is_finished_when_asked_to_stop(
    app, slow_worker
):
    with app.app_context():
        small_school(db.session)
    with (
        MailServer() as server,
        slow_worker("compute", 5, grace=20, **server.settings) as (worker, log),
    ):
        for number, name in enumerate(("alice", "bob"), start=1):
            with app.app_context():
                links.request_link(
                    f"{name}@family.example",
                    "browser",
                    remote_address="192.0.2.1",
                    now=clock.now(),
                )
            wait_until(lambda number=number: len(server.messages) == number, 2)
        assert "slow job ended" not in log.read_text()
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(20)

    assert (code, log.read_text().count("slow job ended")) == (0, 1), log.read_text()
    with app.app_context():
        assert db.session.scalar(select(JobRun)).finished_at is not None


def test_a_job_that_does_not_end_is_cut_off_and_undone(app, slow_worker):
    with slow_worker("hold", 60, grace=0.5) as (worker, log):
        worker.send_signal(signal.SIGINT)
        code = worker.wait(5)

    assert code == 0, log.read_text()
    assert "the database undoes its open transaction" in log.read_text()
    assert "worker stopped" in log.read_text()
    with app.app_context():
        assert db.session.scalars(select(OutboxMessage)).all() == []


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come within {seconds} s"
        time.sleep(0.01)
