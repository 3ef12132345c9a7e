"""The statements that reach the database, whichever way they take."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from app.core import compiled
from app.extensions import db


@contextmanager
def noted() -> Iterator[list[str]]:
    """Yield a list to which each statement of the block is added."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    def send(driver, sql, values, _send=compiled._send):
        seen.append(sql)
        return _send(driver, sql, values)

    connection = db.engines[None]
    event.listen(connection, "before_cursor_execute", note)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiled, "_send", send)  # past SQLAlchemy, which tells of nothing
            yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)
