"""vdirsyncer follows the feed of a site that runs, as a subscriber does: also to its end."""

from datetime import UTC, timedelta

import pytest
from icalendar import Calendar

from app.accounts import feeds
from app.accounts.models import FeedKind
from app.bookings import moving, service
from app.bookings.rules import Choice
from app.core import clock
from tests.judges.programs import run
from tests.small_school import open_school

pytestmark = [pytest.mark.live, pytest.mark.long]

CONFIG = """
[general]
status_path = "{home}/status/"

[pair talks]
a = "feed"
b = "own"
collections = null

[storage feed]
type = "http"
url = "{url}"

[storage own]
type = "filesystem"
path = "{home}/own"
fileext = ".ics"
"""


@pytest.fixture
def site(live_site):
    return live_site(workers=1)


@pytest.fixture
def school(site):
    return open_school(site)


@pytest.fixture
def subscribe(site, school, tmp_path):
    """Make Alice's address; return a function that synchronises and returns what came of it."""
    actor = school.actors["Alice"]
    with site.app.app_context():
        feeds.make_address(actor, FeedKind.FAMILY, now=clock.now())
        url = f"{site.base_url}/ical/{feeds.secret_of(actor, FeedKind.FAMILY)}.ics"
    (tmp_path / "config/vdirsyncer").mkdir(parents=True)
    (tmp_path / "config/vdirsyncer/config").write_text(CONFIG.format(home=tmp_path, url=url))
    (tmp_path / "own").mkdir()
    run(tmp_path, "vdirsyncer", "discover", "talks")

    def synchronise():
        run(tmp_path, "vdirsyncer", "sync")
        events = [
            event
            for file in (tmp_path / "own").glob("*.ics")
            for event in Calendar.from_ical(file.read_bytes()).walk("VEVENT")
        ]
        talks = [it for it in events if "Gesprek" in it["summary"]]
        assert len(events) > len(talks), "the evening is always there"
        return [(it["dtstart"].dt.astimezone(UTC), str(it["status"])) for it in talks]

    return synchronise


def test_a_subscriber_has_each_talk_once_at_its_time_to_its_end(site, school, subscribe):
    alice = school.actors["Alice"]
    assert subscribe() == []
    with site.app.app_context():
        (talk,) = service.book(
            alice,
            school.round_id,
            school.students["Noor"],
            [Choice(*school.choice("Noor", "Vera", 2))],
            together=False,
            submission="a-form-of-this-test",
            now=clock.now(),
        ).booked
    ((start, status),) = subscribe()
    assert status == "CONFIRMED"
    assert subscribe() == [(start, status)]
    with site.app.app_context():
        choice = Choice(*school.choice("Noor", "Vera", 4))
        moving.move(alice, talk, choice, submission="a-move-of-this-test", now=clock.now())
    assert subscribe() == [(start + timedelta(minutes=20), "CONFIRMED")]
    with site.app.app_context():
        service.cancel(alice, talk, now=clock.now())
    assert subscribe() == [(start + timedelta(minutes=20), "CANCELLED")]
    assert "ical" not in site.log.read_text(), "an address is a secret"
