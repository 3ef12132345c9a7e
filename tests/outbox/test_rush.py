"""A sign-in mail among 2,500 others, over a slow mail server, sent by real workers."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import pytest
from sqlalchemy import func, select, text

from app.accounts import links
from app.accounts import service as accounts
from app.core import clock
from app.extensions import db
from app.handlers import HANDLERS
from app.mail.smtp import one_connection
from app.outbox import service
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from tests.mail.server import MailServer
from tests.outbox.thread import working
from tests.sites import make_app
from tests.small_school import small_school

pytestmark = pytest.mark.race


@pytest.fixture
def site(databases):
    """``site(server, 2500)``: a school with so many invitations to send, as an app."""
    apps = []

    def make(server, waiting):
        app = make_app(databases.migrated(), **server.settings)
        apps.append(app)
        with app.app_context():
            school = small_school(db.session)
            staff = [accounts.account_of(school.people[name]) for name in ("Vera", "Kader")]
            service.enqueue_all(
                Promise.SEND_INVITATION,
                [{"account_id": id_} for id_ in islice(cycle(staff), waiting)],
                now=clock.now(),
            )
        return app

    yield make
    for app in apps:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def ask(app, name):
    with app.app_context():
        links.request_link(
            f"{name}@family.example", "browser", remote_address="192.0.2.1", now=clock.now()
        )


def wait_until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.005)


def test_at_most_the_mail_under_way_leaves_before_a_sign_in_mail(site):
    with MailServer(slow={"DATA": 0.05}) as server:
        app = site(server, 2500)
        with working(app, look_every=0.01):
            for number, name in enumerate(("alice", "bob"), start=1):
                wait_until(lambda number=number: len(server.messages) >= 3 * number)
                ask(app, name)
                sent = len(server.messages)
                wait_until(lambda name=name: f"{name}@family.example" in server.recipients)
                assert server.recipients.index(f"{name}@family.example") <= sent + 1
        assert (server.connections, server.goodbyes) == (1, 1)


def test_who_asks_waits_for_no_lock_while_the_mail_server_is_slow(site):
    with MailServer() as server:
        server.holds = "DATA"
        app = site(server, 2)
        with working(app, look_every=0.01):
            wait_until(lambda: server.is_holding)
            for name in ("alice", "bob", "carol"):
                ask(app, name)
            assert server.messages == []
            server.holds = ""


def test_two_workers_share_the_queue_over_a_connection_each(site):
    with MailServer(slow={"DATA": 0.01}) as server:
        app = site(server, 60)

        def work(start=threading.Barrier(2)):  # noqa: B008
            start.wait()
            with app.app_context(), one_connection():
                return deliver_due(HANDLERS)

        with ThreadPoolExecutor(2) as pool:
            counts = [it.result() for it in [pool.submit(work), pool.submit(work)]]
        with app.app_context():
            tries = db.session.scalar(select(func.sum(OutboxMessage.attempts)))

    assert min(counts) > 0
    assert (sum(counts), len(server.messages), tries) == (60, 60, 60)
    assert server.connections == 2


@pytest.mark.only_on("postgresql")
def test_what_the_worker_asks_is_planned_once_and_not_for_each_mail(site):
    asked = (
        "SELECT count(*) FROM pg_prepared_statements"
        " WHERE statement LIKE '%FROM outbox_%' AND statement NOT LIKE '%pg_prepared%'"
    )
    with MailServer() as server:
        app = site(server, 8)
        with app.app_context():
            deliver_due(HANDLERS)
            assert db.session.scalar(text(asked)) == 2  # to look, and to claim


@pytest.mark.long
def test_a_sign_in_mail_leaves_within_two_seconds_behind_2500_at_300_ms_each(site):
    waits = []
    with MailServer(slow={"DATA": 0.3}) as server:
        app = site(server, 2500)
        with working(app):
            wait_until(lambda: server.messages)
            for name in ("alice", "adam", "bob", "bea", "carol"):
                ask(app, name)
                asked = time.monotonic()
                wait_until(lambda name=name: f"{name}@family.example" in server.recipients)
                waits.append(time.monotonic() - asked)
                time.sleep(0.7)
    print("seconds:", [round(wait, 2) for wait in waits])
    assert max(waits) < 2
