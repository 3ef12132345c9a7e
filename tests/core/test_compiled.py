"""Statements that are compiled once give the same rows as SQLAlchemy's own way."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import StatementError

from app.core import compiled
from app.core.statements import run
from app.core.transaction import transaction
from app.outbox.models import OutboxMessage

AT = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
OF_KINDS = (
    select(OutboxMessage.kind, OutboxMessage.payload, OutboxMessage.due_at, OutboxMessage.failed_at)
    .where(
        OutboxMessage.kind.in_(bindparam("kinds", expanding=True)),
        OutboxMessage.attempts == 0,
        OutboxMessage.due_at <= bindparam("now"),
    )
    .order_by(OutboxMessage.id)
)


def rows(count):
    return [
        {
            "kind": f"kind {number % 3}",
            "urgency": 1,
            "payload": {"number": number},
            "created_at": AT,
            "due_at": AT,
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [1, compiled.BLOCK, 2 * compiled.BLOCK + 1])
def test_rows_of_any_number_are_inserted_in_their_order_and_come_back(db, count):
    with transaction():
        ids = compiled.insert(
            OutboxMessage, rows(count), lambda insert: insert.returning(OutboxMessage.id)
        )
    assert len(ids) == count
    kept = db.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [row.payload["number"] for row in kept] == list(range(count))
    assert {(row.due_at, row.attempts, row.last_error) for row in kept} == {(AT, 0, "")}


def test_values_are_as_their_columns_say(db):
    with transaction():
        compiled.insert(OutboxMessage, rows(5))
        for kinds in ((), ("kind 0",), {"kind 1", "kind 2"}, ["kind 2", "nothing"]):
            values = {"kinds": list(kinds), "now": AT}
            expected = [tuple(row) for row in run(OF_KINDS, values)]
            assert list(compiled.execute(OF_KINDS, kinds=kinds, now=AT)) == expected
    assert list(compiled.look(OF_KINDS, kinds=("kind 0",), now=AT)) == [
        ("kind 0", {"number": 0}, AT, None),
        ("kind 0", {"number": 3}, AT, None),
    ]


def test_a_count_is_a_number(db):
    with transaction():
        compiled.insert(OutboxMessage, rows(2))
        assert list(compiled.execute(select(func.count()).select_from(OutboxMessage))) == [(2,)]


def test_a_value_that_is_missing_is_not_null(db):
    with pytest.raises((KeyError, StatementError)):
        compiled.look(OF_KINDS, kinds=("kind 0",))
    with transaction(), pytest.raises((KeyError, StatementError)):
        compiled.execute(OF_KINDS, kinds=("kind 0",))


def test_it_is_for_service_functions_alone(db):
    """Outside of their transaction nobody would commit what it writes."""
    with pytest.raises(KeyError):
        compiled.insert(OutboxMessage, rows(1))
