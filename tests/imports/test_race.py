"""An import beside bookings, on a database that locks rows."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from sqlalchemy import func, select, text

from app.extensions import db
from app.school.models import Person
from tests.imports.conftest import BASE, NIGHT, run

pytestmark = [pytest.mark.race, pytest.mark.only_on("postgresql")]

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@pytest.fixture(autouse=True)
def _in_english():
    """Nothing is read here, and each thread has its own transaction."""


@pytest.fixture
def app(own_app):
    with own_app.app_context():
        run(BASE)
        db.session.remove()
    return own_app


def lock(connection, person_id):
    connection.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def test_an_import_that_waits_for_a_booking_holds_nobody_the_booking_needs(app):
    """Both lock people by id: the booking its first, the import all, the booking its last."""

    def import_() -> bool:
        with app.app_context():
            return run(NIGHT, allow_removal=True).applied

    with app.app_context(), ThreadPoolExecutor(1) as pool, db.engine.connect() as booking:
        first, last = booking.execute(select(func.min(Person.id), func.max(Person.id))).one()
        lock(booking, first)
        night = pool.submit(import_)
        until = monotonic() + 30
        while not booking.execute(WAITING).scalar_one():
            assert not night.done()
            assert monotonic() < until
            sleep(0.05)
        booking.execute(text("SET LOCAL lock_timeout = '3s'"))
        for person_id in range(last, first, -7):
            lock(booking, person_id)
        booking.rollback()
        assert night.result()
