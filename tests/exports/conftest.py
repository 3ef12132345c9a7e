"""What tests of prints, files and packs share."""

from datetime import timedelta
from itertools import count

import pytest
import time_machine
from sqlalchemy import event

from app.bookings import service
from app.bookings.choices import Choice
from tests.school import NOW
from tests.signing_in import sign_in

_tokens = count()

EVENING = NOW + timedelta(days=20)
"""The evening itself, Tuesday 9 February 2027, at 19.00."""


@pytest.fixture
def book(school):
    """Book as somebody: book("Alice", "Noor", ("Vera", 0)) returns the ids of the talks."""

    def book_(actor, student, *cells):
        return service.book(
            school.actors[actor],
            school.round_id,
            school.students[student],
            [Choice(*school.choice(student, teacher, slot)) for teacher, slot in cells],
            together=False,
            submission=f"exports-{next(_tokens)}",
            now=NOW,
        ).booked

    return book_


@pytest.fixture
def talks(book):
    """An evening with talks: of a joint family, of parents apart, and of a teacher's own child."""
    return [
        *book("Alice", "Noor", ("Vera", 0), ("Bart", 2)),
        *book("Alice", "Sem", ("Vera", 4)),
        *book("Bob", "Tim", ("Vera", 5)),
        *book("Bea", "Tim", ("Vera", 7)),
        *book("Bart", "Lot", ("Kader", 3)),
    ]


@pytest.fixture
def office(client, school):
    """The test client with Anna of the office signed in, on the evening when families book."""
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Anna"])
        yield client


@pytest.fixture
def statements(db):
    """Count the statements of an action, savepoints left out."""

    def count_(action):
        seen = []
        connection = db.connection()

        def note(_connection, _cursor, statement, *_):
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                seen.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        try:
            action()
        finally:
            event.remove(connection, "before_cursor_execute", note)
        return len(seen)

    return count_
