"""The teacher's page opens on the next evening; on its day a teacher with a child lands there."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.rounds.models import Evening, Round, new_times_key
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW

SECOND = timedelta(seconds=1)
MIDNIGHT = FIRST.replace(hour=23, minute=0)
"""The end of the first evening's day by the school's clock; the second one is a week later."""


@pytest.fixture
def second(db, school):
    """The evening of the other round, a week later."""
    its = Evening.round_id == school.student_round_id
    return db.scalars(select(Evening.id).where(its)).one()


@pytest.fixture
def read(client, school):
    """What Vera's page has, at some time: the open evenings, the folded ones, the earlier ones."""

    def read_(now, query=""):
        with time_machine.travel(now, tick=False):
            sign_in(client, school.people["Vera"], now=now)
            page = client.get(f"/teaching{query}").text
        coming, _, past = page.partition('class="past"')
        wholes = re.findall(r'<section class="teaching" id="evening-(\d+)"', page)
        folded = re.compile(r'<details class="teaching" id="evening-(\d+)"')
        return tuple(
            list(map(int, ids)) for ids in (wholes, folded.findall(coming), folded.findall(past))
        )

    return read_


def test_the_next_evening_is_open_and_todays_while_it_is_today(school, second, read):
    first = school.evening_id
    assert read(NOW) == ([first], [second], [])
    assert read(MIDNIGHT - SECOND) == ([first], [second], [])
    assert read(MIDNIGHT) == ([second], [], [first])
    assert read(MIDNIGHT + timedelta(days=7)) == ([], [], [second, first])


def test_the_address_may_name_another_evening_that_is_to_come(school, second, read):
    first = school.evening_id
    assert read(NOW, f"?evening={second}") == ([second], [first], [])
    for nobodys in ("999", "x", ""):
        assert read(NOW, f"?evening={nobodys}") == ([first], [second], [])
    assert read(MIDNIGHT, f"?evening={first}") == ([second], [], [first])


def test_two_evenings_of_one_day_are_both_open(db, school, second, read):
    db.execute(update(Evening).where(Evening.id == second).values(day=date(2027, 2, 9)))
    for round_id in (school.round_id, school.student_round_id):
        key = new_times_key()
        db.execute(update(Round).where(Round.id == round_id).values(times_key=key))
    db.commit()
    assert read(NOW) == ([school.evening_id, second], [], [])


@pytest.mark.parametrize(
    ("who", "now", "page"),
    [
        ("Bart", FIRST - timedelta(days=1), "/talks"),
        ("Bart", FIRST, "/teaching"),
        ("Bart", MIDNIGHT - SECOND, "/teaching"),
        ("Bart", MIDNIGHT, "/talks"),
        ("Alice", FIRST, "/talks"),
        ("Vera", FIRST - timedelta(days=1), "/teaching"),
    ],
)
def test_a_teacher_with_a_child_lands_on_the_evening_that_is_today(client, school, who, now, page):
    with time_machine.travel(now, tick=False):
        sign_in(client, school.people[who], now=now)
        assert client.get("/").location == page
