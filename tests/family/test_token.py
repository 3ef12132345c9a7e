"""The form of the table needs its session's token, though it does not check it a second time."""

import pytest
from sqlalchemy import func, select

from app.bookings.models import Booking
from tests.signing_in import sign_in
from tests.small_school import NOW


@pytest.fixture
def book(app, school, monkeypatch, time_machine):
    """Send the form of Alice with this token and return the status; ``book.page`` gives her table."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    time_machine.move_to(NOW, tick=False)
    path = f"/rounds/{school.round_id}/children/{school.students['Noor']}"
    client = app.test_client()
    sign_in(client, school.people["Alice"], now=NOW)
    offer, slot = school.offers["Noor", "Vera"], school.slots[0]

    def book_(**token):
        form = {"cells": f"{slot}-{offer}", "submission": "a-form-of-this-test", **token}
        return client.post(path, data=form).status_code

    book_.client, book_.path = client, path
    book_.page = lambda: client.get(path).text
    return book_


def own_token(page):
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def test_a_booking_without_its_token_is_refused(db, client, book):
    token = own_token(book.page())
    for wrong in ({}, {"csrf_token": ""}, {"csrf_token": token[:-1]}, {"csrf_token": "x" + token}):
        assert book(**wrong) == 400
    assert db.scalar(select(func.count()).select_from(Booking)) == 0
    assert book(csrf_token=token) == 303
    assert db.scalar(select(func.count()).select_from(Booking)) == 1


def test_the_token_of_another_person_or_of_an_ended_session_is_refused(app, db, school, book):
    other = app.test_client()
    sign_in(other, school.people["Bob"], now=NOW)
    bobs = own_token(other.get(book.path).text)
    before = own_token(book.page())
    assert book.client.post("/sign-out", data={"csrf_token": before}).status_code == 303
    sign_in(book.client, school.people["Alice"], now=NOW)
    token = own_token(book.page())
    for wrong in (bobs, before):
        assert book(csrf_token=wrong) == 400
    assert db.scalar(select(func.count()).select_from(Booking)) == 0
    assert book(csrf_token=token) == 303
