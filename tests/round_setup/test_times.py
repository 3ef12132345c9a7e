"""The evening drawn while somebody types, and the two nights on which the clock changes."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.round_setup.preview import draw
from app.rounds.grid import EveningSpec
from app.rounds.loading import load_spec
from tests.round_setup.test_form import error_at, latest, value_of

ZONE = ZoneInfo("Europe/Amsterdam")
FORWARD, BACK = "2027-03-28", "2027-10-31"  # from two to three, and from three to two


def drawn(page):
    """The cells as they stand in the page."""
    cells = re.findall(r'<li(?: data-state="break")?>\s*(.*?)\s*</li>', page.text, re.DOTALL)
    return [cell for cell in cells if cell]


@pytest.fixture
def times(office):
    def times_(evening="evenings-0", **fields):
        sent = {f"{evening}-{name}": value for name, value in fields.items()}
        return office.post(f"/office/rounds/times?evening={evening}", data=sent)

    return times_


EVENING = {
    "day": "2027-03-09",
    "first_start": "18:30",
    "end": "19:30",
    "talk_minutes": "10",
    "gap_minutes": "0",
}


def test_an_evening_is_drawn_with_its_break_and_its_count(times):
    page = times(**EVENING, **{"breaks-0-start": "18:50", "breaks-0-end": "19:00"})
    assert page.status_code == 200
    assert drawn(page) == ["18:30", "18:40", "break until 19:00", "19:00", "19:10", "19:20"]
    assert "5 times" in page.text
    assert "the last at 19:20" in page.text


def test_it_is_one_evening_of_the_form_and_not_the_page(times):
    page = times(**EVENING)
    assert page.text.lstrip().startswith("<fieldset")
    assert 'id="evenings-0-day"' in page.text


def test_an_evening_without_a_date_is_drawn_all_the_same(times):
    page = times(**EVENING | {"day": ""})
    assert len(drawn(page)) == 6
    assert error_at(page, "evenings-0-day") is None


def test_what_is_still_empty_is_not_wrong_yet(times):
    page = times(day="", first_start="18:30", end="", talk_minutes="10", gap_minutes="0")
    assert "error" not in page.text
    assert drawn(page) == []
    page = times(**EVENING, **{"breaks-0-start": "18:50", "breaks-0-end": ""})
    assert len(drawn(page)) == 6


def test_what_is_wrong_stands_beside_its_field_at_once(times):
    page = times(**EVENING | {"talk_minutes": "8"})
    assert "Make the gap 2" in error_at(page, "evenings-0-gap_minutes")
    assert value_of(page, "evenings-0-talk_minutes") == "8"
    assert drawn(page) == []


def test_an_evening_that_the_form_does_not_have_is_no_evening(office):
    assert office.post("/office/rounds/times?evening=evenings-7", data={}).status_code == 422


def test_a_drawing_knows_its_last_time():
    drawing = draw(EveningSpec(date(2027, 3, 9), "18:30", "20:25"), ZONE)
    assert (drawing.count, drawing.last) == (11, datetime(2027, 3, 9, 19, 10, tzinfo=UTC))


def test_a_time_that_never_comes_is_refused_beside_its_field(office, paper, times):
    sentence = "The clock goes forward that night: 02:30 does not come."
    page = office.post(
        "/office/rounds/new",
        data=paper(
            evenings__0__day=FORWARD,
            evenings__0__first_start="02:30",
            evenings__0__end="06:00",
            evenings__0__breaks__0__start=None,
            evenings__0__breaks__0__end=None,
            closes_at=f"{FORWARD}T02:30",
        ),
    )
    assert error_at(page, "evenings-0-first_start") == sentence
    assert error_at(page, "closes_at") == sentence
    page = times(**EVENING | {"day": FORWARD, "first_start": "02:30", "end": "06:00"})
    assert error_at(page, "evenings-0-first_start") == sentence


def test_of_a_time_that_comes_twice_the_first_is_meant(db, office, paper):
    answer = office.post(
        "/office/rounds/new",
        data=paper(
            evenings__0__day="2027-11-09",
            opens_at=f"{BACK}T02:30",
            closes_at="2027-11-05T20:00",
        ),
    )
    assert answer.status_code == 303
    round_id = latest(db)
    assert load_spec(round_id).opens_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    page = office.get(f"/office/rounds/{round_id}/settings")
    assert value_of(page, "opens_at") == f"{BACK}T02:30"


def test_an_evening_over_the_hour_that_comes_twice_has_both(times):
    evening = {"day": BACK, "first_start": "01:30", "end": "03:30", "talk_minutes": "30"}
    page = times(**EVENING | evening)
    assert drawn(page) == ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
