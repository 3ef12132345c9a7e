"""What tests of evenings share."""

from datetime import timedelta
from itertools import count

import pytest
import time_machine

from app.bookings import calling_off, service
from app.bookings.choices import Choice
from tests.school import FIRST, NOW
from tests.signing_in import sign_in

_tokens = count()


@pytest.fixture(autouse=True)
def _evening_of_booking():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def act(client, school):
    """Be somebody who reads English: act("Anna").get("/office/rounds")."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    def act_(name):
        sign_in(client, school.people[name], now=NOW)
        return client

    return act_


@pytest.fixture
def book(school):
    """Book one talk as somebody, by the index of the slot; return its id."""

    def book_(actor, student, teacher, slot):
        result = service.book(
            school.actors[actor],
            school.round_id,
            school.students[student],
            [Choice(*school.choice(student, teacher, slot))],
            together=True,
            submission=f"a-form-of-this-test-{next(_tokens)}",
            now=NOW,
        )
        (booking_id,) = result.booked
        return booking_id

    return book_


@pytest.fixture
def call_off(school):
    def call_off_(*booking_ids, reason="De docent is er niet."):
        calling_off.call_off(school.actors["Sofie"], booking_ids, "absent", reason=reason, now=NOW)

    return call_off_


@pytest.fixture
def at():
    """The start of the slot with this index, before the break."""
    return lambda slot: FIRST + timedelta(minutes=10 * slot)
