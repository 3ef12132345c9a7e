"""What a poll of a remembered table brings; test_lives.py has what is remembered."""

from datetime import timedelta

import pytest
import time_machine

from app.core.memory import Memory
from tests.html import without_secrets, without_tokens
from tests.markers import PART, marker_in
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW

HTMX = {"HX-Request": "true"}
WATCHED = (("Alice", "Noor"), ("Adam", "Sem"), ("Bob", "Tim"), ("Bea", "Tim"), ("Carol", "Kim"))


@pytest.fixture(autouse=True)
def _evening_of_booking():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def look(app, client, school):
    """Return what everybody sees now: list and table of each child, without what is random."""
    clients = {}
    for name, _child in WATCHED:
        clients[name] = app.test_client()
        sign_in(clients[name], school.people[name], now=NOW)

    def look_(view=("list", "table")):
        return {
            (name, child, its): _plain(clients[name].get(_path(school, child, its), headers=HTMX))
            for name, child in WATCHED
            for its in view
        }

    look_.clients = clients
    return look_


def _path(school, child, view):
    return f"/rounds/{school.round_id}/children/{school.students[child]}?view={view}"


def _plain(answer):
    assert answer.status_code == 200, answer.text
    return without_tokens(answer.text)


def test_a_poll_brings_the_times_that_changed_and_no_others(look, school, choose):
    key = ("Alice", "Noor", "list")
    choose("Bob", "Tim", ("Vera", 0))  # from now on some are folded away
    marker = marker_in(look(["list"])[key])
    choose("Carol", "Kim", ("Vera", 3))
    answer = look.clients["Alice"].get(
        f"{_path(school, 'Noor', 'list')}&marker={marker}", headers=HTMX
    )
    times = f"#times-{school.teachers['Vera']}-{school.evening_id}"
    targets = [target for target, _swap, _markup in PART.findall(answer.text)]
    folded = f"#rest-{school.teachers['Vera']}-{school.evening_id} > summary"
    assert targets == [f"{times} > :nth-child(4)", folded, "#marker"]
    assert len(answer.data) < 1024
    assert "Anderen" in answer.text


def test_a_poll_that_sends_nonsense_gets_the_table(look, school):
    for nonsense in ("", "x", "x.y", "x.AQAAAAAAAAAAAAAA", "." * 5000):
        answer = look.clients["Alice"].get(
            f"{_path(school, 'Noor', 'list')}&marker={nonsense}", headers=HTMX
        )
        assert answer.status_code == 200
        assert 'id="table"' in answer.text


def test_a_table_is_remembered_also_when_a_talk_of_the_family_is_over(
    look, school, book_one, statements
):
    book_one("Alice", "Noor", "Vera", 0)
    alice, path = look.clients["Alice"], _path(school, "Noor", "list")
    with time_machine.travel(FIRST + timedelta(minutes=5), tick=False):
        sign_in(alice, school.people["Alice"], now=FIRST)
        alice.get(path)
        again = statements(lambda: alice.get(path))
        Memory.forget_all()
        assert again < statements(lambda: alice.get(path)) - 3


def test_a_poll_while_a_talk_is_moved_brings_times_of_its_teacher_alone(look, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    alice, path = look.clients["Alice"], f"{_path(school, 'Noor', 'list')}&move={talk}"
    marker = marker_in(alice.get(path, headers=HTMX).text)
    choose("Carol", "Kim", ("Vera", 3), ("Bart", 5))
    targets = PART.findall(alice.get(f"{path}&marker={marker}", headers=HTMX).text)
    assert targets
    teacher = school.teachers["Vera"]
    for target, _swap, _markup in targets[:-1]:
        assert target.startswith((f"#times-{teacher}-", f"#rest-{teacher}-", f"#open-{teacher}"))
    assert targets[-1][0] == "#marker"


def test_the_page_around_a_table_names_nobody_but_who_asks(look, school):
    """Families share it: each is asked for right after another's, and read alone."""
    whole = {
        (name, child): look.clients[name].get(_path(school, child, "list")).text
        for name, child in WATCHED
    }
    for name, child in WATCHED:
        own = whole[name, child]
        assert name in own
        for other in {other for other, _child in WATCHED} - {name}:
            assert other not in without_secrets(own)
        Memory.forget_all()
        again = look.clients[name].get(_path(school, child, "list")).text
        assert without_secrets(again) == without_secrets(own)
