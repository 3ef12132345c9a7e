"""Fixtures that the tests of evenings share."""

import pytest


@pytest.fixture(autouse=True)
def _evening_of_booking(on_the_evening_of_booking):
    pass
