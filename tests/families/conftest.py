"""What tests of the office's pages about people share."""

from itertools import count

import pytest
import time_machine
from sqlalchemy import event

from app.bookings import service
from app.bookings.choices import Choice
from tests.school import NOW
from tests.signing_in import sign_in

_tokens = count()


@pytest.fixture(autouse=True)
def _evening_of_booking():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def act(client, school):
    """Be somebody who reads English: act("Anna").get("/office/people")."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    def act_(name):
        sign_in(client, school.people[name], now=NOW)
        return client

    return act_


@pytest.fixture
def book(school):
    """Book as a family does: book("Alice", "Noor", ("Vera", 0))."""

    def book_(actor, student, *cells):
        return service.book(
            school.actors[actor],
            school.round_id,
            school.students[student],
            [Choice(*school.choice(student, teacher, slot)) for teacher, slot in cells],
            together=False,
            submission=f"in-families-{next(_tokens)}",
            now=NOW,
        ).booked

    return book_


@pytest.fixture
def statements(db):
    """Count the statements of something: statements(lambda: load())."""

    def count_(action):
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        db.expire_all()
        connection = db.connection()
        event.listen(connection, "before_cursor_execute", note)
        try:
            action()
        finally:
            event.remove(connection, "before_cursor_execute", note)
        assert seen
        return len(seen)

    return count_
