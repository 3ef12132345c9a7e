"""Fixtures that the tests of the office's pages about people share."""

from itertools import count

import pytest
from sqlalchemy import delete

from app.bookings.mails import families as family_mails
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from tests.small_school import NOW

_tokens = count()


@pytest.fixture(autouse=True)
def _evening_of_booking(on_the_evening_of_booking):
    pass


@pytest.fixture
def delivered(monkeypatch):
    """Deliver the outbox; return each mail's recipient and the first word of its subject."""
    sent = []
    monkeypatch.setattr(letters, "send", sent.append)

    def deliver():
        deliver_due(HANDLERS, now=NOW)
        return sorted(f"{mail['To'].split('@')[0]}: {mail['Subject'].split()[0]}" for mail in sent)

    return deliver


@pytest.fixture
def promised(db, school):
    """Add promises of mails to the outbox: of these talks, and of invitations."""

    def promise(*talks, invited=()):
        db.execute(delete(OutboxMessage))  # drop the promises that booking the talks added
        db.commit()
        for talk in talks:
            family_mails.promise("booked", [talk], now=NOW)
        for name in invited:
            letter = {"letter": "invitation", "round_id": school.round_id}
            outbox.enqueue(Promise.ROUND_MAIL, letter | {"person_id": school.people[name]}, now=NOW)

    return promise
