"""Whether teachers see already who comes: a switch of its own."""

import pytest

from app.round_setup import steps
from app.teaching.queries import load_teaching
from tests.html import without_secrets
from tests.signing_in import sign_in
from tests.small_school import NOW


@pytest.fixture
def show(school):
    def show_(*, visible):
        steps.show_timetable(school.round_id, school.actors["Anna"], visible=visible, now=NOW)

    return show_


def first_row(school):
    return load_teaching(school.actors["Vera"], now=NOW)[0].rows[0]


def test_names_come_when_the_school_shows_the_timetable(school, book, show):
    book("Carol", "Kim", ("Vera", 0))
    assert first_row(school).student == "Kim Öztürk"
    show(visible=False)
    hidden = first_row(school)
    assert (hidden.state, hidden.student, hidden.guardians) == ("taken", "", ())
    assert load_teaching(school.actors["Vera"], now=NOW)[0].talks == 1
    show(visible=True)
    assert first_row(school).student == "Kim Öztürk"


def test_the_page_says_so_and_names_nobody(office, client, school, book):
    book("Carol", "Kim", ("Vera", 0))
    url = f"/office/rounds/{school.round_id}"
    assert "Hide the names for now" in office.get(url).text
    office.post(f"{url}/timetable", data={"visible": "0"})
    assert "Show teachers the names" in office.get(url).text
    sign_in(client, school.people["Vera"])
    page = client.get("/teaching").text
    assert "The school shows the timetable later." in page
    assert "Kim" not in without_secrets(page)
    assert "Öztürk" not in page
    sign_in(client, school.people["Carol"])
    assert "Vries" in client.get("/talks").text  # the family sees its own talk as ever
