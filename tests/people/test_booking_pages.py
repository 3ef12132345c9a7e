"""Booking, moving and cancelling for a family over HTTP: nothing typed is lost, nothing foreign is found."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.bookings.cells import CellState
from app.bookings.models import Booking
from app.people.table import load_table
from app.rounds.models import Offer, Round
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def table(school):
    return lambda student: f"/office/students/{school.students[student]}/rounds/{school.round_id}"


@pytest.fixture
def cell(school):
    return lambda student, teacher, slot: "-".join(map(str, school.choice(student, teacher, slot)))


def live(db):
    return db.scalars(select(Booking).where(Booking.cancelled_at.is_(None))).all()


def ticked(page, value):
    (box,) = [part for part in page.split("<input") if f'value="{value}"' in part]
    return "checked" in box.split(">")[0]


def test_books_what_is_ticked_and_says_so(db, act, school, table, cell):
    form = {"cells": [cell("Noor", "Vera", 0)], "household": school.households["Alice"]}
    answer = act("Sofie").post(table("Noor"), data=form)
    assert answer.status_code == 303
    page = act("Sofie").get(answer.location, headers=ENGLISH)
    assert "The talk is reserved. The family gets a mail." in page.text
    (booking,) = live(db)
    assert (booking.origin, booking.student_id) == ("office", school.students["Noor"])


def test_beyond_the_maximum_keeps_what_was_typed_and_says_what_to_do(db, act, school, table, cell):
    cells = [cell("Noor", *one) for one in (("Vera", 0), ("Bart", 2), ("Kader", 4))]
    form = {"cells": cells, "reason": "new here", "household": school.households["Alice"]}
    page = act("Sofie").post(table("Noor"), data=form, headers=ENGLISH)
    assert page.status_code == 409
    assert "A child can have 2 talks in this round" in page.text
    assert all(ticked(page.text, value) for value in cells)
    assert 'value="new here"' in page.text
    assert live(db) == []
    assert act("Sofie").post(table("Noor"), data=form | {"beyond": "y"}).status_code == 303
    assert len(live(db)) == 3


def test_beyond_the_maximum_without_a_reason_is_an_error_beside_the_reason(
    act, table, cell, school
):
    form = {
        "cells": [cell("Noor", "Vera", 0)],
        "beyond": "y",
        "household": school.households["Alice"],
    }
    page = act("Sofie").post(table("Noor"), data=form)
    assert page.status_code == 409
    assert 'id="reason-error"' in page.text
    assert ticked(page.text, form["cells"][0])


def test_what_others_were_first_for_is_named_and_the_rest_stands(
    db, act, table, cell, school, book
):
    book("Carol", "Kim", ("Vera", 0))
    cells = [cell("Noor", "Vera", 0), cell("Noor", "Bart", 2)]
    form = {"cells": cells, "household": school.households["Alice"]}
    page = act("Sofie").post(table("Noor"), data=form, headers=ENGLISH)
    assert page.status_code == 409
    assert "This time could not be reserved: mevr. De Vries" in page.text
    assert "(somebody else was first)" in page.text
    assert len(live(db)) == 2


def test_a_teacher_who_was_withdrawn_meanwhile_is_named_and_the_rest_stands(
    db, act, table, cell, school
):
    cells = [cell("Noor", "Kader", 0), cell("Noor", "Bart", 2)]
    offer = Offer.id == school.offers["Noor", "Kader"]
    db.execute(update(Offer).where(offer).values(offered=False, in_package=False))
    db.commit()
    form = {"cells": cells, "household": school.households["Alice"]}
    page = act("Sofie").post(table("Noor"), data=form, headers=ENGLISH)
    assert page.status_code == 409
    assert "This time cannot be chosen like this any more: mevr. Kaya" in page.text
    assert len(live(db)) == 1


def test_nothing_ticked_is_a_sentence(act, table, school):
    form = {"household": school.households["Alice"], "reason": "called"}
    page = act("Sofie").post(table("Noor"), data=form, headers=ENGLISH)
    assert (page.status_code, "Choose at least one time." in page.text) == (422, True)
    assert 'value="called"' in page.text


def test_for_guardians_who_come_apart_one_chooses_first(act, school, table):
    page = act("Sofie").get(table("Tim"), headers=ENGLISH)
    assert "Choose for whom you reserve." in page.text
    assert 'name="cells"' not in page.text
    bea = act("Sofie").get(f"{table('Tim')}?household={school.households['Bea']}")
    assert 'name="cells"' in bea.text


def test_one_households_talk_is_not_on_the_table_of_the_other(school, book):
    book("Bob", "Tim", ("Vera", 0))
    tim, bea = school.students["Tim"], school.households["Bea"]
    page = load_table(school.round_id, tim, bea, now=NOW)
    assert page.talks == ()
    assert page.remaining == 2


def test_a_talk_of_a_brother_is_named_at_its_time(school, book):
    book("Alice", "Sem", ("Vera", 0))
    page = load_table(school.round_id, school.students["Noor"], None, now=NOW)
    (kaya,) = [card for card in page.cards if "Kaya" in card.teacher]
    assert kaya.evenings[0].cells[0].talk.child.given_name == "Sem"


@pytest.mark.parametrize("student", ["Noor", "Sem"])
def test_the_own_talk_of_a_child_is_its_own_be_it_the_eldest_or_not(school, book, student):
    (talk,) = book("Alice", student, ("Vera", 0))
    page = load_table(school.round_id, school.students[student], None, now=NOW)
    (card,) = [card for card in page.cards if "Vries" in card.teacher]
    assert card.talk.booking_id == talk
    assert card.evenings[0].cells[0].state is CellState.MINE


def test_moves_a_talk_with_a_reason(db, act, table, cell, book):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    page = act("Sofie").get(f"{table('Noor')}?move={talk}")
    assert page.text.count('type="radio"') == 11
    form = {"cell": cell("Noor", "Vera", 3), "reason": "works late"}
    assert act("Sofie").post(f"/office/talks/{talk}/move", data=form).status_code == 303
    assert live(db)[0].starts_at == FIRST + timedelta(minutes=30)


def test_a_move_without_reason_keeps_the_choice(db, act, cell, book):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    value = cell("Noor", "Vera", 3)
    page = act("Sofie").post(f"/office/talks/{talk}/move", data={"cell": value})
    assert (page.status_code, ticked(page.text, value)) == (422, True)
    assert 'id="reason-error"' in page.text
    assert live(db)[0].starts_at == FIRST


def test_a_move_to_a_time_that_is_gone_says_where_the_talk_is(act, cell, book):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    book("Carol", "Kim", ("Vera", 3))
    form = {"cell": cell("Noor", "Vera", 3), "reason": "works late"}
    page = act("Sofie").post(f"/office/talks/{talk}/move", data=form, headers=ENGLISH)
    assert page.status_code == 409
    assert "The talk is still at" in page.text
    assert 'value="works late"' in page.text


def test_cancels_with_a_reason_and_not_without(db, act, book, school):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    url = f"/office/talks/{talk}/cancel"
    assert "Noor Jansen" in act("Sofie").get(url).text
    assert act("Sofie").post(url, data={"reason": " "}).status_code == 422
    assert len(live(db)) == 1
    answer = act("Sofie").post(url, data={"reason": "ill"})
    assert answer.location == f"/office/students/{school.students['Noor']}"
    assert live(db) == []
    assert act("Sofie").post(url, data={"reason": "ill"}).status_code == 303


def test_what_began_is_refused_in_words(db, client, school, book):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    with time_machine.travel(FIRST, tick=False):
        sign_in(client, school.people["Sofie"], now=FIRST)
        url = f"/office/talks/{talk}/cancel"
        page = client.post(url, data={"reason": "ill"}, headers=ENGLISH)
    assert page.status_code == 409
    assert "This talk has begun." in page.text
    assert len(live(db)) == 1


@pytest.mark.parametrize("household", ["Alice", "Carol"])
def test_another_familys_household_is_not_found(db, act, school, table, cell, household):
    id_ = school.households[household]
    assert act("Sofie").get(f"{table('Tim')}?household={id_}").status_code == 404
    form = {"cells": [cell("Tim", "Vera", 0)], "household": id_}
    assert act("Sofie").post(table("Tim"), data=form).status_code == 404
    assert live(db) == []


def test_a_round_that_families_do_not_see_says_so(db, act, table):
    db.execute(update(Round).values(state="draft"))
    db.commit()
    page = act("Sofie").get(table("Noor"), headers=ENGLISH)
    assert page.status_code == 409
    assert "Families do not see this round yet." in page.text


@pytest.mark.parametrize("visitor", ["Alice", "Noor", "Vera"])
def test_the_desk_does_not_exist_for_others(db, act, table, book, visitor):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    for url in (table("Noor"), f"/office/talks/{talk}/move", f"/office/talks/{talk}/cancel"):
        assert act(visitor).post(url, data={"reason": "x"}).status_code == 404
    assert len(live(db)) == 1


def test_the_number_of_statements_does_not_grow_with_the_talks(school, book, statements):
    def look():
        load_table(school.round_id, school.students["Noor"], None, now=NOW)

    look()  # the round's times are in memory from now on
    book("Alice", "Noor", ("Vera", 0))
    few = statements(look)
    book("Alice", "Sem", ("Bart", 2), ("Kader", 5))
    book("Carol", "Kim", ("Vera", 7))
    assert statements(look) == few
