"""Freeing the whole evening takes back what blocked it as a whole, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.bookings.models import Claim, Unavailability
from app.rounds.models import Round, new_times_key
from app.teaching.queries import load_teaching
from tests.small_school import FIRST, NOW
from tests.talks import block

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")

TEN = timedelta(minutes=10)
TIMES = 12
BUTTON = "Free the whole evening"


@pytest.fixture
def teach(act, school):
    """Send Vera's form of an evening: teach("block", whole="y"); return her page afterwards."""
    client = act("Vera")

    def teach_(what, **data):
        url = f"/teaching/evenings/{school.evening_id}/times"
        page = client.post(url, data={"act": what, **data}).location.partition("#")[0]
        return client.get(page).text

    return teach_


@pytest.fixture
def states(school):
    """What Vera's times of the evening are, by their place."""

    def states_():
        evening = load_teaching(school.actors["Vera"], now=NOW)[0]
        return {number: str(row.state) for number, row in enumerate(evening.rows)}

    return states_


def not_free(states):
    return {place: state for place, state in states.items() if state != "free"}


def test_times_that_were_blocked_by_themselves_stay_blocked(db, school, teach, states):
    teach("block", slots=[school.slots[2]])
    block(
        school.actors["Sofie"],
        school.teachers["Vera"],
        school.evening_id,
        FIRST + 4 * TEN,
        FIRST + 5 * TEN,
        now=NOW,
    )
    page = teach("block", whole="y")
    assert BUTTON in page
    assert len(not_free(states())) == TIMES
    page = teach("free", whole="y")
    assert not_free(states()) == {2: "own", 4: "school"}
    assert "The evening is free again. What was blocked by itself stays blocked." in page
    assert BUTTON not in page
    claimed = db.scalars(select(Claim.tick).where(Claim.unavailability_id.is_not(None))).all()
    assert len(claimed) == 4  # two times of ten minutes


def test_what_was_left_of_it_is_taken_back_too_and_twice_is_once(school, teach, states):
    for _ in range(2):
        teach("block", whole="y")
    teach("free", slots=[school.slots[6]])
    assert 6 not in not_free(states())
    assert len(not_free(states())) == TIMES - 1
    teach("free", whole="y")
    assert not_free(states()) == {}


def test_what_is_blocked_within_it_afterwards_stays_too(school, teach, states):
    teach("block", whole="y")
    teach("block", first=school.slots[0], last=school.slots[1])
    teach("free", whole="y")
    assert not_free(states()) == {0: "own", 1: "own"}


def test_a_talk_within_it_stays_and_frees_its_time_when_it_goes(
    db, school, book_one, teach, states
):
    book_one("Alice", "Noor", "Vera", 1)
    teach("block", whole="y")
    teach("free", whole="y")
    assert len(not_free(states())) == 1
    assert db.scalars(select(Unavailability)).all() == []


def test_where_nothing_blocked_the_whole_evening_there_is_nothing_to_take_back(
    school, teach, states
):
    page = teach("block", first=school.slots[0], last=school.slots[-1])
    assert BUTTON not in page
    page = teach("free", whole="y")
    assert "You had not blocked the whole evening. Nothing has changed." in page
    assert len(not_free(states())) == TIMES


def test_a_whole_evening_that_the_office_blocked_is_not_the_teachers_to_free(
    db, school, teach, states
):
    teach("block", whole="y")
    db.query(Unavailability).update({"by_office": True})
    db.commit()
    page = teach("free", whole="y")
    assert BUTTON not in page
    assert set(states().values()) == {"school"}


def test_after_blocking_closed_the_evening_stays_blocked(db, school, teach, states):
    teach("block", whole="y")
    db.query(Round).update({"teachers_may_block": False, "times_key": new_times_key()})
    db.commit()
    teach("free", whole="y")
    assert set(states().values()) == {"own"}
