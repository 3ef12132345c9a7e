"""What tests of the office's pages about people share."""

from itertools import count

import pytest
import time_machine
from sqlalchemy import delete

from app.bookings import household_mails, notices
from app.handlers import HANDLERS
from app.outbox import service as outbox
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.planning import mails as letters
from tests.school import NOW
from tests.signing_in import sign_in

_tokens = count()


@pytest.fixture(autouse=True)
def _evening_of_booking():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def act(client, school):
    """Be somebody who reads English: act("Anna").get("/office/people")."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    def act_(name):
        sign_in(client, school.people[name], now=NOW)
        return client

    return act_


@pytest.fixture
def delivered(monkeypatch):
    """Deliver what was promised; return to whom mails went, and how their subjects begin."""
    sent = []
    for module in (notices, household_mails, letters):
        monkeypatch.setattr(module, "send", sent.append)

    def deliver():
        deliver_due(HANDLERS, now=NOW)
        return sorted(f"{mail['To'].split('@')[0]}: {mail['Subject'].split()[0]}" for mail in sent)

    return deliver


@pytest.fixture
def promised(db, school):
    """Promise mails as they stand there before they leave: of these talks, and invitations."""

    def promise(*talks, invited=()):
        db.execute(delete(OutboxMessage))  # the talks' own, of which these would be made
        db.commit()
        for talk in talks:
            notices.address("booked", [talk], now=NOW)
        for name in invited:
            letter = {"letter": "invitation", "round_id": school.round_id}
            outbox.enqueue("planning.mail", letter | {"person_id": school.people[name]}, now=NOW)

    return promise
