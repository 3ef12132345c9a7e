"""Fixtures that the tests of prints, files and packs share."""

from datetime import timedelta
from itertools import count

import pytest
import time_machine

from tests.signing_in import sign_in
from tests.small_school import NOW

_tokens = count()

EVENING = NOW + timedelta(days=20)
"""The evening itself, Tuesday 9 February 2027, at 19.00."""


@pytest.fixture
def talks(book):
    """An evening with talks: of a joint family, of parents apart, and of a teacher's own child."""
    return [
        *book("Alice", "Noor", ("Vera", 0), ("Bart", 2)),
        *book("Alice", "Sem", ("Vera", 4)),
        *book("Bob", "Tim", ("Vera", 5)),
        *book("Bea", "Tim", ("Vera", 7)),
        *book("Bart", "Lot", ("Kader", 3)),
    ]


@pytest.fixture
def office(client, school):
    """A test client signed in as Anna of the office, on the evening when families book."""
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Anna"])
        yield client
