"""Why a time was not to be had: the same four reasons in the table, the answer and the poll."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.bookings.cells import CellState
from app.bookings.moving import CellTaken
from app.family import answering
from app.family.alternatives import load_alternatives
from app.family.queries import load_table
from app.rounds.models import Evening, Round, Slot, new_times_key
from tests.markers import marker_in
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW
from tests.talks import block

TEN = timedelta(minutes=10)
HTMX = {"HX-Request": "true", "User-Agent": "Mobi"}
pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture
def post(client, school):
    """Send the form of times over HTTP, in Dutch: post("Alice", "Noor", ("Vera", 0))."""

    def post_(actor, student, *cells, headers=HTMX, **fields):
        sign_in(client, school.people[actor], now=NOW)
        values = ["-".join(map(str, school.choice(student, *cell))) for cell in cells]
        data = {"cells": values, "submission": "a-form-of-this-test", **fields}
        return client.post(url(school, student), data=data, headers=headers)

    return post_


@pytest.fixture
def second_evening(db, school):
    """A second evening of the round, two days later; its slots."""
    evening = Evening(
        round_id=school.round_id,
        day=(FIRST + timedelta(days=2)).date(),
        first_start="18:30",
        end="19:00",
        talk_minutes=10,
    )
    db.add(evening)
    db.flush()
    slots = [
        Slot(
            evening_id=evening.id,
            starts_at=FIRST + timedelta(days=2) + n * TEN,
            ends_at=FIRST + timedelta(days=2) + (n + 1) * TEN,
        )
        for n in range(3)
    ]
    db.add_all(slots)
    db.execute(update(Round).where(Round.id == school.round_id).values(times_key=new_times_key()))
    db.commit()
    return [slot.id for slot in slots]


def url(school, student):
    return f"/rounds/{school.round_id}/children/{school.students[student]}"


def told(answer):
    """Return what an answer says of the last act, in one line."""
    text = re.search(r'<details class="outcome".*?</details>', answer.text, re.DOTALL)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_others_are_told_as_others(post, choose):
    choose("Carol", "Kim", ("Vera", 0))
    answer = post("Alice", "Noor", ("Vera", 0))
    assert answer.status_code == 409
    assert "net door anderen gekozen" in told(answer)


def test_the_own_familys_talk_in_another_window_is_not_told_as_others(post, choose):
    choose("Adam", "Noor", ("Vera", 0))
    answer = post("Alice", "Sem", ("Bart", 0))
    assert answer.status_code == 409
    assert "anderen" not in told(answer)
    assert "Deze tijd kan niet" in told(answer)
    assert "dan bent u bij mevr. De Vries" in told(answer)


def test_a_brothers_talk_with_the_same_teacher_is_told_as_his(post, choose):
    choose("Adam", "Sem", ("Vera", 0))
    assert "dat is het gesprek van Sem" in told(post("Alice", "Noor", ("Vera", 0)))


def test_a_teacher_who_became_absent_is_told_as_not_free(post, school):
    whose = (school.teachers["Vera"], school.evening_id)
    block(school.actors["Sofie"], *whose, FIRST, FIRST + TEN, now=NOW)
    answer = told(post("Alice", "Noor", ("Vera", 0)))
    assert "de docent kan dan niet" in answer
    assert "anderen" not in answer


def test_own_work_is_told_as_own_work(post, choose):
    choose("Carol", "Kim", ("Bart", 0))
    answer = post("Bart", "Lot", ("Vera", 0))
    assert "u werkt dan zelf" in told(answer)
    assert 'data-state="work"' in answer.text


def test_each_reason_is_told_where_they_differ_and_the_rest_is_reserved(post, client, choose):
    choose("Adam", "Noor", ("Vera", 0))
    choose("Carol", "Kim", ("Kader", 3))
    chosen = (("Bart", 0), ("Kader", 3))
    answer = told(post("Alice", "Sem", *chosen))
    assert "dan bent u bij mevr. De Vries" in answer
    assert "net door anderen gekozen" in answer
    chosen = (("Bart", 0), ("Vera", 5))
    again = post("Alice", "Sem", *chosen, submission="another-form-of-this")
    assert "1 gereserveerd, 1 niet" in told(again)
    # The same without JavaScript, after the redirect.
    answer = post("Alice", "Sem", *chosen, submission="another-form-of-this", headers={})
    assert "dan bent u bij mevr. De Vries" in told(client.get(answer.location))


def test_a_poll_tells_of_own_work_as_the_page_does(client, school, choose):
    sign_in(client, school.people["Bart"], now=NOW)
    page = client.get(url(school, "Lot"), headers=HTMX)
    assert "u werkt dan" not in page.text
    choose("Carol", "Kim", ("Bart", 0))
    query = {"marker": marker_in(page.text), "view": "list"}
    poll = client.get(
        url(school, "Lot"), query_string=query, headers=HTMX | {"HX-Source": "div#poll"}
    )
    assert poll.status_code == 200
    assert "u werkt dan" in poll.text
    again = client.get(
        url(school, "Lot"),
        query_string=query | {"marker": marker_in(poll.text)},
        headers=HTMX | {"HX-Source": "div#poll"},
    )
    assert again.status_code == 204


def test_moving_to_a_time_of_the_own_family_says_with_whom(client, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    choose("Alice", "Sem", ("Kader", 3))
    sign_in(client, school.people["Alice"], now=NOW)
    cell = "-".join(map(str, school.choice("Noor", "Vera", 3)))
    data = {"cell": cell, "submission": "a-form-of-this-test"}
    answer = client.post(f"/talks/{talk}/move", data=data, headers=HTMX)
    assert answer.status_code == 409
    assert "19.00 kan niet: dan bent u bij mevr. Kaya" in answer.text


def test_an_alternative_at_a_time_of_the_own_family_says_with_whom(school, choose, call_off):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    choose("Alice", "Sem", ("Kader", 3))
    call_off(talk)
    vera = str(school.teachers["Vera"])
    with pytest.raises(CellTaken, match=r"dan bent u bij mevr\. Kaya"):
        answering.take(school.actors["Alice"], talk, school.slots[3], vera, now=NOW)
    choose("Carol", "Kim", ("Vera", 5))
    with pytest.raises(CellTaken, match="net door iemand anders"):
        answering.take(school.actors["Alice"], talk, school.slots[5], vera, now=NOW)


def test_alternatives_say_tight_and_what_the_family_has_that_evening(
    client, school, choose, call_off
):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    choose("Alice", "Sem", ("Kader", 3))
    call_off(talk)
    (day,) = load_alternatives(school.actors["Alice"], talk, now=NOW).same.days
    tight = [time.value.split("-")[0] for time in day.times if time.is_tight]
    assert tight == [str(school.slots[2]), str(school.slots[4])]
    assert [(it.teacher, it.child.given_name) for it in day.talks] == [("mevr. Kaya", "Sem")]
    sign_in(client, school.people["Alice"], now=NOW)
    page = client.get(f"/talks/{talk}/alternatives").text
    assert page.count("<small>krap</small>") == 2
    assert "U hebt dan:" in page


def test_a_lost_time_names_its_evening_if_there_are_several(post, choose, second_evening):
    choose("Carol", "Kim", ("Vera", 0))
    assert "di 9 februari, 18.30" in told(post("Alice", "Noor", ("Vera", 0)))


def test_a_lost_time_names_no_evening_if_there_is_one(post, choose):
    choose("Carol", "Kim", ("Vera", 0))
    assert "februari" not in told(post("Alice", "Noor", ("Vera", 0)))


def test_other_times_for_a_lost_one_say_tight(post, choose):
    choose("Alice", "Sem", ("Kader", 2))
    choose("Carol", "Kim", ("Vera", 0))
    answer = post("Alice", "Noor", ("Vera", 0))
    assert "krap" in told(answer)


@pytest.mark.parametrize("view", ["list", "table"])
def test_a_child_with_all_its_talks_is_offered_none_and_told_what_to_do(
    client, school, choose, view
):
    sign_in(client, school.people["Alice"], now=NOW)
    choose("Alice", "Noor", ("Vera", 0))
    page = client.get(url(school, "Noor"), query_string={"view": view}).text
    assert 'name="cells"' in page
    assert "Zeg eerst een gesprek af." not in page
    choose("Alice", "Noor", ("Kader", 3))
    page = client.get(url(school, "Noor"), query_string={"view": view}).text
    assert 'name="cells"' not in page
    assert "Zeg eerst een gesprek af." in page
    # A brother still chooses.
    assert 'name="cells"' in client.get(url(school, "Sem")).text


def test_the_table_has_the_reasons_of_the_answer(school, choose):
    choose("Carol", "Kim", ("Bart", 0))
    page = load_table(school.actors["Bart"], school.round_id, school.students["Lot"], now=NOW)
    its = {card.teacher: card.evenings[0].cells[0].state for card in page.cards}
    assert its["mevr. De Vries"] is CellState.WORK
    assert its["dhr. Bakker"] is CellState.OTHERS
    assert not any(card.is_full for card in page.cards)


@pytest.mark.usefixtures("bella")
def test_other_times_say_who_cannot_come(client, post, school, choose, call_off):
    choose("Alice", "Noor", ("Vera", 0))
    choose("Carol", "Kim", ("Bart", 1))
    assert "zonder u" in told(post("Bart", "Lot", ("Vera", 0)))
    (talk,) = choose("Bart", "Lot", ("Vera", 4)).booked
    call_off(talk)
    for name, words in (("Bart", "zonder u"), ("Bella", "u alleen")):
        sign_in(client, school.people[name], now=NOW)
        assert client.get(f"/talks/{talk}/alternatives").text.count(f"<small>{words}</small>") == 1
