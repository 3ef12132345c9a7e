"""The clock is put back: what was due or taken before does not wait until it has caught up."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.calendars import turns
from app.calendars.errors import Delayed
from app.calendars.models import Mailbox
from app.core.transaction import transaction
from tests.calendars.desk import SETTINGS, entry, sync
from tests.small_school import NOW


@pytest.fixture(params=[timedelta(hours=2), timedelta(days=2)], ids=["two hours", "two days"])
def then(request):
    """The moment to which the clock goes back."""
    return NOW - request.param


def test_a_talk_is_put_in_that_was_booked_before(db, desk, work, book_one, then):
    work()
    book_one("Alice", "Noor", "Vera", 0)
    desk.before.append(Delayed("no answer"))
    work()
    assert entry(db).due_at > NOW
    assert sync(desk, then) == 1
    assert len(desk.events) == 1
    assert sync(desk, then) == 0


def test_the_lease_of_a_worker_that_died_ends(db, desk, work, book_one, then):
    book_one("Alice", "Noor", "Vera", 0)
    desk.before.append(Delayed("no answer"))
    work()
    taken = turns.take(SETTINGS, NOW + timedelta(minutes=1))
    assert taken
    assert sync(desk, NOW + timedelta(minutes=1)) == 0
    assert sync(desk, then) == 1
    assert len(desk.events) == 1


def test_a_mailbox_that_asked_for_a_pause_is_asked_again(db, desk, work, book_one, then):
    book_one("Alice", "Noor", "Vera", 0)
    desk.before.append(Delayed("wait", retry_after=600))
    work()
    with transaction():
        db.execute(update(Mailbox).values(paused_until=NOW + timedelta(minutes=10)))
    assert sync(desk, NOW + timedelta(minutes=9)) == 0
    assert sync(desk, then) == 1
