"""Run prebuilt statements, for the requests that everybody makes in the first minutes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Executable, Select
from sqlalchemy.dialects import postgresql, sqlite

from app.extensions import db


def run(
    statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
) -> CursorResult[*tuple[Any, ...]]:
    """Execute a statement on the session's connection, in its transaction; return plain rows.

    The session itself would wrap each row and plan each insert as for objects, which costs more
    than the statement. So this flushes nothing first, and loaded objects do not notice the change.
    """
    return db.session.connection().execute(statement, parameters)


def dialect() -> str:
    """Return the database dialect, "sqlite" or "postgresql"."""
    return db.engine.dialect.name


def insert_of(table: type[Any], dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT of this dialect, for ON CONFLICT."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def counts(statement: Select[int, int]) -> dict[int, int]:
    """Return the numbers that a grouped query counts, by id."""
    rows = db.session.execute(statement)
    return {id_: number for id_, number in rows}  # noqa: C416  (mypy knows rows this way)
