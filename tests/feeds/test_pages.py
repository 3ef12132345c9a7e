"""The section about the own calendar: an address that its owner makes, sees, renews and ends."""

import re

import pytest

from app.accounts import feeds
from app.accounts.models import FeedAddress
from app.audit.models import AuditEntry
from tests.html import parse_strictly

PAGES = {"Alice": "/talks/calendar", "Vera": "/teaching/calendar"}


def address_on(page):
    found = re.search(r'value="http(://[^"/]+)(/ical/[\w-]{43}\.ics)"', page)
    if found:
        assert f'href="webcal{found[1]}{found[2]}"' in page
    return found and found[2]


@pytest.mark.parametrize("name", PAGES)
def test_an_address_is_made_shown_again_renewed_and_ended(act, db, client, name):
    act(name)
    page = PAGES[name]
    assert page in client.get(page.removesuffix("/calendar")).text
    assert address_on(client.get(page).text) is None
    answer = client.post(page, data={"act": "make"})
    assert (answer.status_code, answer.location) == (303, page)
    told = client.get(page).text
    first = address_on(told)
    assert "Here is your address." in told
    assert address_on(client.get(page).text) == first

    client.post(page, data={"act": "make"})
    second = address_on(client.get(page).text)
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200

    client.post(page, data={"act": "stop"})
    assert client.get(second).status_code == 404
    assert address_on(client.get(page).text) is None
    actions = [it.action for it in db.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == ["feed.made", "feed.made", "feed.stopped"]


def test_the_log_holds_no_address(act, db, client):
    act("Alice").post("/talks/calendar", data={"act": "make"})
    (entry,) = db.query(AuditEntry).all()
    (row,) = db.query(FeedAddress).all()
    assert row.secret_hash not in str(entry.details)
    assert row.seed not in str(entry.details)
    assert entry.details["name"] == "family"


def test_the_section_says_how_often_programs_look(act, client):
    act("Alice").post("/talks/calendar", data={"act": "make"})
    page = client.get("/talks/calendar").text
    parse_strictly(page)
    told = (
        "once or twice a day",
        "only after a day",
        "Give it to nobody",
        "not in Samsung Calendar",
    )
    for words in told:
        assert words in page


def test_an_address_that_cannot_be_said_any_more_is_told(act, client, monkeypatch):
    act("Alice").post("/talks/calendar", data={"act": "make"})
    monkeypatch.setattr(feeds, "_derived", lambda seed: "another")
    page = client.get("/talks/calendar").text
    assert address_on(page) is None
    assert "can no longer show it" in page


def test_a_parent_has_no_address_of_a_teacher(act):
    assert act("Alice").post("/teaching/calendar", data={"act": "make"}).status_code == 404
