"""A teacher's own list within another site: who may frame it, and that it names nobody."""

import re

import pytest
import time_machine

from app.accounts.models import FeedKind
from app.rounds.models import Round
from app.settings.models import School
from tests.html import parse_strictly, without_secrets
from tests.small_school import FIRST


@pytest.fixture
def board(address):
    return address("Vera", FeedKind.BOARD).replace("/ical/", "/board/").removesuffix(".ics")


@pytest.fixture
def show(db):
    def show_(visible):
        db.query(Round).update({"timetable_visible": visible})
        db.commit()

    return show_


def ancestors(answer):
    return re.search(r"frame-ancestors ([^;]+)", answer.headers["Content-Security-Policy"])[1]


def test_only_sites_that_the_school_names_may_frame_it(client, db, board):
    assert ancestors(client.get(board)) == "'none'"
    db.query(School).update(
        {"frame_origins": "https://school.smartschool.be https://portaal.example:8443"}
    )
    db.commit()
    answer = client.get(board)
    assert ancestors(answer) == "https://school.smartschool.be https://portaal.example:8443"
    assert "X-Frame-Options" not in answer.headers
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert ancestors(client.get("/sign-in")) == "'none'"


def test_it_shows_times_rooms_and_initials_and_no_name(client, show, choose, board):
    show(True)
    choose("Alice", "Noor", ("Vera", 0))
    choose("Carol", "Kim", ("Vera", 3))
    choose("Carol", "Kim", ("Bart", 0))
    page = client.get(board).text
    parse_strictly(page)
    for word in ("dinsdag 9 februari", "18.30", "19.00", "B01", "N.J. h2a", "K.Ö. h2a"):
        assert word in page
    for name in ("Noor", "Jansen", "Kim", "Öztürk", "Alice", "Vera", "B02"):
        assert name not in without_secrets(page)
    show(False)
    page = client.get(board).text
    assert "18.30" in page
    assert "N.J." not in page
    assert "h2a" not in page


def test_it_is_about_the_next_evening(client, choose, board):
    choose("Alice", "Noor", ("Vera", 0))
    for moment, words in ((FIRST, "dinsdag 9 februari"), (FIRST.replace(day=10), "16 februari")):
        with time_machine.travel(moment, tick=False):
            assert words in client.get(board).text
    with time_machine.travel(FIRST.replace(day=20), tick=False):
        assert "Er komt nog geen avond" in client.get(board).text


def test_its_links_open_the_site_in_another_tab(client, board):
    page = client.get(board).text
    links = re.findall(r"<a [^>]*>", page)
    assert links
    for link in links:
        assert 'target="_blank"' in link
        assert 'rel="noopener noreferrer"' in link
    assert "/teaching" in links[0]
    assert "<form" not in page
    assert "<script" not in page


def test_it_sets_no_cookie_and_knows_nobody_who_is_signed_in(act, board):
    answer = act("Alice").get(board)
    assert "Set-Cookie" not in answer.headers
    assert "Alice" not in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_an_address_of_one_kind_opens_no_other(client, board, address):
    feed = address("Vera")
    assert client.get(feed.replace("/ical/", "/board/").removesuffix(".ics")).status_code == 404
    assert client.get(board.replace("/board/", "/ical/") + ".ics").status_code == 404


def test_the_page_about_it_has_the_address_the_sites_and_a_plain_link(act, db, client):
    db.query(School).update({"frame_origins": "https://school.smartschool.be"})
    db.commit()
    page = act("Vera").get("/teaching/board").text
    assert "https://school.smartschool.be" in page
    assert 'value="http://localhost/teaching"' in page
    assert "/board/" not in page.replace("/teaching/board", "")
    client.post("/teaching/board", data={"act": "make"})
    (path,) = re.findall(
        r'value="http://localhost(/board/[\w-]{43})"', client.get("/teaching/board").text
    )
    assert client.get(path).status_code == 200
    client.post("/teaching/board", data={"act": "stop"})
    assert client.get(path).status_code == 404
