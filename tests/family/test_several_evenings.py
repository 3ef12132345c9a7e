"""Times of a round with two evenings: each is called by its day, as the same time comes twice."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from app.rounds.models import Evening, Round, Slot
from tests.markers import marker_in
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW

DAYS = {"di 9 februari", "wo 10 februari"}


@pytest.fixture(autouse=True)
def _evening_of_booking():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def second_evening(db, school):
    """A second evening with two times; returns their ids."""
    first, ten = FIRST + timedelta(days=1), timedelta(minutes=10)
    evening = Evening(
        round_id=school.round_id,
        day=first.date(),
        first_start="18:30",
        end="18:50",
        talk_minutes=10,
    )
    db.add(evening)
    db.flush()
    slots = [
        Slot(evening_id=evening.id, starts_at=at, ends_at=at + ten) for at in (first, first + ten)
    ]
    db.add_all(slots)
    db.flush()
    ids = [slot.id for slot in slots]
    db.execute(update(Round).values(times_key="a key of two evenings"))
    db.commit()
    return ids


@pytest.fixture
def names(client, school):
    """Return what boxes and buttons of times are called: names("Alice", "/talks")."""

    def names_(who, path, **query):
        sign_in(client, school.people[who], now=NOW)
        page = client.get(path, query_string=query).text
        return re.findall(r'name="cells?"[^>]*aria-label="([^"]+)"', page)

    return names_


def _days(names):
    return {day for day in DAYS for name in names if f", {day}, " in name}


@pytest.fixture
def path(school):
    return f"/rounds/{school.round_id}/children/{school.students['Noor']}"


@pytest.mark.parametrize("view", ["list", "table"])
def test_a_time_says_its_day_and_only_where_there_is_more_than_one(school, names, path, view):
    assert "18.30 uur, mevr. De Vries, Nederlands, vrij" in names("Alice", path, view=view)


@pytest.mark.parametrize("view", ["list", "table"])
def test_each_time_says_its_day(second_evening, names, path, view):
    its = names("Alice", path, view=view)
    assert "18.30 uur, di 9 februari, mevr. De Vries, Nederlands, vrij" in its
    assert "18.30 uur, wo 10 februari, mevr. De Vries, Nederlands, vrij" in its
    assert len(set(its)) == len(its), "no two are called alike"


def test_so_does_a_time_to_move_to_and_one_near_a_talk(second_evening, book_one, names, path):
    talk = book_one("Alice", "Noor", "Vera", 0)
    book_one("Alice", "Sem", "Bart", 4)
    its = names("Alice", path, move=talk)
    assert _days(its) == DAYS
    assert all(_days([name]) for name in its)
    assert any("krap" in name for name in its)


def test_so_does_what_a_poll_brings(client, second_evening, school, book_one, path):
    sign_in(client, school.people["Alice"], now=NOW)
    talk = book_one("Carol", "Kim", "Vera", 0)
    before = client.get(path, query_string={"view": "table"}).text
    sign_in(client, school.people["Carol"], now=NOW)
    client.post(f"/talks/{talk}/cancel")
    sign_in(client, school.people["Alice"], now=NOW)
    query = {"view": "table", "marker": marker_in(before)}
    poll = client.get(path, query_string=query, headers={"HX-Request": "true"}).text
    assert "<hx-partial" in poll
    assert 'aria-label="18.30 uur, di 9 februari, mevr. De Vries, Nederlands, vrij"' in poll


def test_so_does_a_time_instead_of_a_lost_one(client, second_evening, school, book_one, path):
    book_one("Carol", "Kim", "Vera", 0)
    sign_in(client, school.people["Alice"], now=NOW)
    cell = "{}-{}".format(*school.choice("Noor", "Vera", 0))
    answer = client.post(path, data={"cells": cell, "submission": "lost-on-one-of-two-evenings"})
    assert 'aria-label="18.40 uur, di 9 februari, mevr. De Vries, vrij"' in answer.text


def test_so_does_a_time_at_the_desk(second_evening, school, book_one, names):
    path = f"/office/students/{school.students['Noor']}/rounds/{school.round_id}"
    its = names("Anna", path)
    assert "18.30 uur, wo 10 februari, mevr. De Vries, Nederlands, vrij" in its
    talk = book_one("Alice", "Noor", "Vera", 0)
    its = names("Anna", path, move=talk)
    assert _days(its) == DAYS


def test_so_does_a_time_that_a_teacher_blocks(client, second_evening, school):
    sign_in(client, school.people["Vera"], now=NOW)
    page = client.get("/teaching").text
    assert ", di 9 februari, 18.30 uur</span>" in page
    assert ", wo 10 februari, 18.30 uur</span>" in page
