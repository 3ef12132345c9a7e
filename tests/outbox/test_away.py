"""A mail that was sent is sent once, even if nobody can write down at that moment that it was."""

import sqlite3
from datetime import timedelta
from threading import Timer

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.outbox import service
from app.outbox.worker import LEASE, deliver_due
from tests.small_school import NOW

pytestmark = [pytest.mark.live, pytest.mark.only_on("sqlite")]  # PostgreSQL has no short wait


@pytest.fixture
def outbox(own_app):
    """One promise; whoever delivers it finds the database locked, for as long as it says."""
    with own_app.app_context():
        event.listen(db.engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout = 1"))
        service.enqueue("tell", {}, now=NOW)
        db.session.remove()
        lock = sqlite3.connect(
            db.engine.url.database, isolation_level=None, check_same_thread=False
        )
        yield lock
        lock.close()
        db.session.remove()


def test_a_lock_of_a_moment_is_waited_for(outbox):
    told = []

    def tell(_payload):
        told.append("told")
        outbox.execute("BEGIN EXCLUSIVE")
        Timer(0.3, outbox.rollback).start()

    assert deliver_due({"tell": [tell]}, now=NOW) == 1
    assert deliver_due({"tell": [tell]}, now=NOW + 2 * LEASE) == 0
    assert told == ["told"]


def test_whoever_is_told_to_stop_does_not_wait_for_ever(outbox):
    told = []

    def tell(_payload):
        told.append("told")
        outbox.execute("BEGIN EXCLUSIVE")

    with pytest.raises(OperationalError):
        deliver_due({"tell": [tell]}, now=NOW, stopped=lambda: bool(told))
    outbox.rollback()
    assert deliver_due({"tell": [lambda _payload: None]}, now=NOW + LEASE + timedelta(seconds=1))
