"""What the table says of the last act is true whenever its page is shown: also when it is loaded again."""

import pytest
from sqlalchemy import select

from app.bookings import moving, service
from app.bookings.models import Booking
from app.bookings.rules import Choice
from tests.signing_in import sign_in
from tests.small_school import NOW

HTMX = {"HX-Request": "true"}
RESERVED, MOVED, CANCELLED = "Het gesprek staat", "Het gesprek is verplaatst", "is afgezegd"


@pytest.fixture(autouse=True)
def moment(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def alice(client, school):
    sign_in(client, school.people["Alice"], now=NOW)
    return client


@pytest.fixture
def table(school):
    return f"/rounds/{school.round_id}/children/{school.students['Noor']}"


@pytest.fixture
def said(alice, table):
    """Load the table by the address to which an act leads; return what it says of the act."""

    def said_(**act):
        page = alice.get(table, query_string=act)
        assert page.status_code == 200
        return page.text.partition('id="messages">')[2].partition('id="words"')[0]

    return said_


@pytest.fixture
def cancel(school):
    return lambda booking_id: service.cancel(school.actors["Adam"], booking_id, now=NOW)


def send(client, school, table, *cells, **options):
    values = ["-".join(map(str, school.choice("Noor", *cell))) for cell in cells]
    form = {"cells": values, "submission": "a-form-of-this-test"}
    return client.post(table, data=form, **options)


def booked(db):
    return db.scalars(select(Booking.id).order_by(Booking.starts_at)).all()


def test_a_cancelled_talk_is_told_until_it_stands_again(said, school, book_one, cancel):
    talk = book_one("Alice", "Noor", "Vera", 0)
    assert CANCELLED not in said(cancelled=talk)
    cancel(talk)
    assert CANCELLED in said(cancelled=talk)
    assert "18.30" in said(cancelled=talk)
    book_one("Alice", "Sem", "Vera", 1)
    book_one("Alice", "Noor", "Bart", 3)
    assert CANCELLED in said(cancelled=talk)
    book_one("Adam", "Noor", "Vera", 0)
    assert said(cancelled=talk).count("<") == said().count("<")


def test_a_reserved_talk_is_told_while_it_stands(alice, db, said, school, table, cancel):
    send(alice, school, table, ("Vera", 0), ("Bart", 2))
    done = {"done": "a-form-of-this-test"}
    assert "2 gesprekken staan" in said(**done)
    first, second = booked(db)
    cancel(first)
    message = said(**done)
    assert RESERVED in message
    assert message.count('data-state="cancelled"') == 1
    cancel(second)
    message = said(**done)
    assert RESERVED not in message
    assert "2 gesprekken zijn afgezegd" in message


def test_a_form_that_is_sent_again_does_not_say_that_a_cancelled_talk_stands(
    alice, db, school, table, cancel
):
    assert RESERVED in send(alice, school, table, ("Vera", 0), headers=HTMX).text
    assert RESERVED in send(alice, school, table, ("Vera", 0), headers=HTMX).text
    (talk,) = booked(db)
    cancel(talk)
    answer = send(alice, school, table, ("Vera", 0), headers=HTMX).text
    assert RESERVED not in answer
    assert CANCELLED in answer


def test_a_moved_talk_is_told_where_it_stands_now(said, school, book_one, cancel):
    talk = book_one("Alice", "Noor", "Vera", 0)
    for slot, time in ((3, "19.00"), (4, "19.10")):
        to = Choice(*school.choice("Noor", "Vera", slot))
        moving.move(
            school.actors["Adam"], talk, to, submission=f"moves-the-talk-to-{slot}", now=NOW
        )
        assert MOVED in said(moved=talk)
        assert time in said(moved=talk)
    cancel(talk)
    assert MOVED not in said(moved=talk)
    assert CANCELLED in said(moved=talk)
