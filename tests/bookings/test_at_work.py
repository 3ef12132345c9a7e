"""A parent who is a teacher: when they work, the other parent comes alone, or nobody can."""

import pytest
import time_machine
from sqlalchemy import select

from app.bookings.cells import CellState
from app.bookings.models import Claim, ClaimKind
from app.exports.talks import talks_of_round
from app.family.overview import load_overview
from app.family.queries import load_table
from app.teaching.queries import load_teaching
from tests.small_school import NOW


@pytest.fixture
def cells(school):
    def cells_(actor, student, teacher):
        page = load_table(school.actors[actor], school.round_id, school.students[student], now=NOW)
        (card,) = [card for card in page.cards if teacher in card.teacher]
        return card.evenings[0].cells

    return cells_


@pytest.fixture
def seated(db):
    def seated_(booking_id):
        return set(
            db.scalars(
                select(Claim.resource_id).where(
                    Claim.booking_id == booking_id, Claim.kind == ClaimKind.PERSON
                )
            )
        )

    return seated_


def test_a_teacher_reads_that_they_work_then_not_that_a_colleague_is_full(cells, choose):
    choose("Carol", "Kim", ("Bart", 0))
    assert cells("Bart", "Lot", "Vries")[0].state is CellState.WORK
    assert cells("Bart", "Lot", "Vries")[1].state is CellState.FREE
    # Another family does not see where Mr Bakker is, and his colleague has time.
    assert cells("Alice", "Noor", "Vries")[0].state is CellState.FREE


def test_the_talk_of_an_own_child_is_no_work(cells, choose):
    choose("Bart", "Lot", ("Bart", 0))
    assert cells("Bart", "Lot", "Bakker")[0].state is CellState.MINE
    assert cells("Bart", "Lot", "Vries")[0].state is CellState.ELSEWHERE


def test_the_other_parent_comes_alone_when_one_works(cells, school, bella, choose, seated):
    choose("Carol", "Kim", ("Bart", 0))
    cell = cells("Bart", "Lot", "Vries")[0]
    assert (cell.state, cell.coming) == (CellState.FREE, {bella})
    (booking_id,) = choose("Bart", "Lot", ("Vera", 0)).booked
    assert seated(booking_id) == {bella, school.people["Vera"]}
    # She is in one place then; he keeps his own talk.
    assert cells("Bart", "Lot", "Kaya")[0].state is CellState.ELSEWHERE


def test_both_come_at_a_time_when_neither_works(cells, school, bella, choose, seated):
    choose("Carol", "Kim", ("Bart", 0))
    assert cells("Bart", "Lot", "Vries")[1].coming == set()
    (booking_id,) = choose("Bart", "Lot", ("Vera", 1)).booked
    assert seated(booking_id) == {bella, school.people["Bart"], school.people["Vera"]}


def test_nobody_comes_alone_because_the_other_is_in_a_talk_of_the_family(bella, choose):
    choose("Bart", "Lot", ("Vera", 0))
    result = choose("Bart", "Lot", ("Kader", 0))
    assert not result.booked
    assert result.lost


def test_a_parent_who_works_at_the_only_time_of_all_cannot_come(choose):
    choose("Carol", "Kim", ("Bart", 0))
    result = choose("Bart", "Lot", ("Vera", 0))
    assert not result.booked
    assert result.lost


def test_whoever_may_read_the_talk_reads_who_comes(school, bella, choose):
    def taught(teacher):
        evenings = load_teaching(school.actors[teacher], now=NOW)
        return [row for evening in evenings for row in evening.rows if row.student]

    choose("Carol", "Kim", ("Bart", 0))
    choose("Bart", "Lot", ("Vera", 0))
    choose("Bart", "Lot", ("Kader", 3))
    for name in ("Bart", "Bella"):
        (evening,) = load_overview(school.actors[name], now=NOW).evenings
        assert [talk.who for talk in evening.talks] == ["alleen Bella Bakker", ""]
    (talk,) = taught("Vera")
    assert talk.guardians == ("Bella Bakker",)
    (talk,) = taught("Kader")
    assert set(talk.guardians) == {"Bart Bakker", "Bella Bakker"}
    printed = {it.student + it.teacher: it.coming for it in talks_of_round(school.round_id)}
    assert printed == {
        "Kim Öztürkdhr. Bakker": (),
        "Lot Bakkermevr. De Vries": ("Bella Bakker",),
        "Lot Bakkermevr. Kaya": (),
    }


def test_the_mail_and_the_pages_say_who_comes(act, school, bella, choose):
    choose("Carol", "Kim", ("Bart", 0))
    data = {
        "cells": ["-".join(map(str, school.choice("Lot", "Vera", 0)))],
        "submission": "a-form-of-this-test",
    }
    url = f"/rounds/{school.round_id}/children/{school.students['Lot']}"
    with time_machine.travel(NOW, tick=False):
        client = act("Bart")
        page = client.get(url, headers={"User-Agent": "Mobi"}).text
        assert "without you" in page
        answer = client.post(url, data=data, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert "only Bella Bakker" in answer.text.split('class="outcome"')[1].split("</details>")[0]
        assert "only Bella Bakker" in client.get("/talks").text
        office = act("Anna").get(f"/office/students/{school.students['Lot']}")
        assert "only Bella Bakker" in office.text
