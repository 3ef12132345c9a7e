"""How often signing in asks the database: everybody does it in the first minutes."""

import pytest
from sqlalchemy import event

from app.extensions import db as _db

CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@pytest.fixture
def asked(client):
    """Count the statements of a request, without those that begin and end a transaction."""

    def asked_(method, path):
        seen = []

        def note(_connection, _cursor, statement, *_more):
            if not statement.startswith(CONTROL):
                seen.append(statement)

        connection = _db.engines[None]
        event.listen(connection, "before_cursor_execute", note)
        try:
            answer = getattr(client, method)(path)
        finally:
            event.remove(connection, "before_cursor_execute", note)
        assert answer.status_code < 400, answer.text
        return len(seen)

    return asked_


def test_signing_in_asks_the_same_few_times(client, school, fetch, asked):
    first = fetch().link
    assert asked("get", first) == 2
    assert asked("post", first) == 8  # with a new account

    client.post("/sign-out")
    again = fetch().link
    assert asked("get", again) == 2
    assert asked("post", again) == 7
    client.get("/")  # a process reads a session once
    assert asked("get", "/talks") == 5
