"""Every change of a teacher's times is noticed by the tables of other families and by the office."""

from datetime import timedelta

import pytest

from app.bookings import blocking, moving, office, service
from app.bookings.blocking import Span
from app.bookings.calling_off.service import call_off
from app.bookings.regrouping import follow_households
from app.bookings.rules import Choice
from app.evenings.queries import evening_marker
from app.people.removal import remove_person
from tests.markers import table_marker
from tests.small_school import FIRST, NOW

TEN = timedelta(minutes=10)


@pytest.fixture
def markers(school):
    """What Noor's table and the office's page ask by."""
    return lambda: (
        table_marker(school.actors["Alice"], school.round_id, school.students["Noor"], now=NOW),
        evening_marker(school.round_id),
    )


@pytest.fixture
def at_stake(school, choose, regroup):
    """Others have talks with Vera, who is away at another time; return what acts need of it."""
    (kims,) = choose("Carol", "Kim", ("Vera", 0)).booked
    choose("Bob", "Tim", ("Vera", 2))
    choose("Bea", "Tim", ("Vera", 3))
    blocking.block(school.actors["Vera"], span(school, 8), now=NOW)
    regroup("Tim", ["Bob", "Bea"])
    return kims


def span(school, slot):
    start = FIRST + slot * TEN
    return [Span(school.teachers["Vera"], school.evening_id, start, start + TEN)]


@pytest.mark.parametrize(
    "act",
    [
        lambda s, kims: blocking.block(s.actors["Vera"], span(s, 9), now=NOW),
        lambda s, kims: blocking.free(s.actors["Vera"], span(s, 8), now=NOW),
        lambda s, kims: blocking.block(s.actors["Sofie"], span(s, 9), now=NOW),
        lambda s, kims: blocking.free(s.actors["Sofie"], span(s, 8), now=NOW),
        lambda s, kims: call_off(s.actors["Sofie"], [kims], "absent", reason="", now=NOW),
        lambda s, kims: service.cancel(s.actors["Carol"], kims, now=NOW),
        lambda s, kims: office.cancel_for(s.actors["Sofie"], kims, reason="belde", now=NOW),
        lambda s, kims: moving.move(
            s.actors["Carol"],
            kims,
            Choice(*s.choice("Kim", "Vera", 5)),
            submission="a-move-of-this-test",
            now=NOW,
        ),
        lambda s, kims: office.move_for(
            s.actors["Sofie"], kims, Choice(*s.choice("Kim", "Vera", 5)), reason="belde", now=NOW
        ),
        lambda s, kims: follow_households(now=NOW),
        lambda s, kims: remove_person(
            s.actors["Anna"], s.people["Kim"], reason="verhuisd", now=NOW
        ),
    ],
    ids=[
        "the teacher blocks",
        "the teacher frees an absence",
        "the office blocks",
        "the office frees",
        "the school calls off",
        "a family cancels",
        "the office cancels",
        "a family moves",
        "the office moves",
        "a talk follows its family",
        "a student is removed",
    ],
)
def test_it_is_noticed_when(school, markers, at_stake, act):
    table, page = markers()
    assert markers() == (table, page)
    act(school, at_stake)
    new_table, new_page = markers()
    assert new_table != table
    assert new_page != page
