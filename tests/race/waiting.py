"""Requests that wait for the locks of another."""

from time import monotonic, sleep

from sqlalchemy import text

from app.extensions import db

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def inside(app, act):
    """Return the act as a request of its own."""

    def in_a_request():
        with app.test_request_context():
            return act()

    return in_a_request


def until_somebody_waits(still=lambda: True):
    with db.engine.connect() as other:
        until = monotonic() + 20
        while not other.execute(WAITING).scalar_one():
            assert still(), "nobody waited"
            assert monotonic() < until
            sleep(0.02)
            other.rollback()
