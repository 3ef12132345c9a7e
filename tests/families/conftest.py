"""What tests of the office's pages about people share."""

from itertools import count

import pytest
import time_machine

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
