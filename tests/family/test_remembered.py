"""What a poll of a remembered table brings; test_lives.py has what is remembered."""

from datetime import timedelta

import pytest
import time_machine
from flask import template_rendered
from sqlalchemy import update

from app.core.memory import Memory
from app.family import shell_rendering
from app.school.models import Person
from tests.html import without_secrets, without_tokens
from tests.markers import PARTIAL, marker_in
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
    targets = [target for target, _swap, _markup in PARTIAL.findall(answer.text)]
    folded = f"#rest-{school.teachers['Vera']}-{school.evening_id} > summary"
    assert targets == [f"{times} > :nth-child(4)", folded, "#marker"]
    assert len(answer.data) < 1024
    (time,) = [markup for target, _swap, markup in PARTIAL.findall(answer.text) if "nth" in target]
    assert 'data-state="others"' in time
    assert "Anderen" in time


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
    targets = PARTIAL.findall(alice.get(f"{path}&marker={marker}", headers=HTMX).text)
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


def test_the_shell_of_a_table_is_the_same_whoever_asks_first(look, school, choose):
    """Families share it: so it has nothing of any."""
    talks = {
        "Alice": choose("Alice", "Noor", ("Vera", 0)),
        "Carol": choose("Carol", "Kim", ("Bart", 3)),
    }
    shells = {}
    for name, child in (("Alice", "Noor"), ("Carol", "Kim")):
        Memory.forget_all()
        for view in ("list", "table", f"list&move={talks[name].booked[0]}"):
            look.clients[name].get(_path(school, child, view), headers=HTMX)
        shells[name] = {shell.text for shell in shell_rendering._SHELLS._values.values()}
        assert len(shells[name]) == 3
    assert shells["Alice"] == shells["Carol"]


def test_after_the_first_table_of_a_round_no_template_is_rendered(app, look, school):
    """Neither for another family, nor after a booking."""

    def book(name, child, *cells):
        look.clients[name].post(
            f"/rounds/{school.round_id}/children/{school.students[child]}",
            data={
                "cells": ["-".join(map(str, school.choice(child, *cell))) for cell in cells],
                "submission": f"a-form-of-{name}-in-this-test",
            },
            headers=HTMX,
        )

    look()
    book("Bob", "Tim", ("Vera", 5))
    rendered = []

    def note(_sender, template, **_more):
        rendered.append(template.name)

    with template_rendered.connected_to(note, app):
        book("Alice", "Noor", ("Vera", 0))
        book("Carol", "Kim", ("Bart", 3))
        pages = look()
    assert rendered == []
    assert 'id="cancel-' in pages["Alice", "Noor", "list"]


def test_an_open_table_notices_that_a_teacher_is_called_otherwise(db, look, school):
    before = {key: marker_in(page) for key, page in look().items()}
    person = Person.id == school.people["Vera"]
    db.execute(update(Person).where(person).values(family_name="Bos"))
    db.commit()
    for key, page in look().items():
        assert marker_in(page) != before[key]
