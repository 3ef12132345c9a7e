"""How often the hot pages ask the database: always the same few times, however much there is."""

from itertools import count

import pytest

from app.rounds.models import Offer, OfferTeacher
from app.school.models import Person, Teacher
from tests.markers import marker_in
from tests.signing_in import sign_in
from tests.small_school import open_school


@pytest.fixture
def app(empty_app):
    """The school here is of today, by the clock on the wall."""
    return empty_app


@pytest.fixture
def school(app, db):
    class Here:
        pass

    Here.app = app
    return open_school(Here)


@pytest.fixture
def table(client, school):
    """Sign somebody in and give the address of a child's table, which was opened once before."""

    def table_(actor, child):
        sign_in(client, school.people[actor])
        path = f"/rounds/{school.round_id}/children/{school.students[child]}"
        client.get(path)  # the times of the round, and who it is, are read once per process
        return path

    return table_


@pytest.fixture
def more_teachers(db, school):
    """Give a child ten teachers more."""

    def more(child):
        for number in range(10):
            person = Person(family_name=f"Extra{number}", sort_key=str(number), search_key="")
            db.add(person)
            db.flush()
            teacher = Teacher(
                person_id=person.id, source="extra", source_id=str(number), code=str(number)
            )
            db.add(teacher)
            db.flush()
            offer = Offer(
                round_id=school.round_id,
                student_id=school.students[child],
                subject_code=f"x{number}",
                teacher_key=str(teacher.id),
            )
            db.add(offer)
            db.flush()
            db.add(OfferTeacher(offer_id=offer.id, teacher_id=teacher.id))
        db.commit()

    return more


_tokens = count()


def form(school, child, *cells):
    values = ["-".join(map(str, school.choice(child, *cell))) for cell in cells]
    return {"cells": values, "submission": f"statements-{next(_tokens):020}"}


def test_a_table_that_is_remembered_takes_two_statements_whatever_it_shows(
    asked, client, school, table, more_teachers
):
    kim = table("Carol", "Kim")
    empty, _page = asked("get", kim)
    client.post(kim, data=form(school, "Kim", ("Vera", 0), ("Kader", 3)))
    more_teachers("Kim")
    client.get(kim)
    full, page = asked("get", kim)
    assert page.text.count("Extra") > 10
    several, _page = asked("get", table("Alice", "Noor"))
    assert empty == full == several == 2


def test_a_poll_takes_no_more(asked, client, school, table, more_teachers):
    kim = table("Carol", "Kim")
    more_teachers("Kim")
    current = marker_in(client.get(kim).text)
    statements, answer = asked("get", f"{kim}?marker={current}", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert statements == 2


def test_a_booking_takes_eight_statements_however_many_talks(asked, school, table):
    one, _answer = asked("post", table("Carol", "Kim"), data=form(school, "Kim", ("Vera", 0)))
    cells = [("Kader", 1), ("Bart", 3)]
    two, _answer = asked("post", table("Alice", "Noor"), data=form(school, "Noor", *cells))
    assert one == two == 8


def test_the_table_that_answers_a_booking_takes_two_more(asked, school, table):
    statements, answer = asked(
        "post",
        table("Alice", "Noor"),
        data=form(school, "Noor", ("Vera", 0), ("Bart", 2)),
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert statements == 10
