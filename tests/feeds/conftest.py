import pytest
import time_machine

from app.accounts import feeds
from app.accounts.models import FeedKind
from tests.small_school import NOW


@pytest.fixture(autouse=True)
def _on_the_evening_of_booking():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def address(school):
    """Make somebody's address and return its path: address("Alice")."""

    def address_(name, kind=None):
        actor = school.actors[name]
        kind = kind or (FeedKind.FAMILY if name not in school.teachers else FeedKind.TEACHING)
        feeds.make_address(actor, kind, now=NOW)
        return f"/ical/{feeds.secret_of(actor, kind)}.ics"

    return address_
