"""Running a statement that was built once, on the paths everybody takes in the first minutes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlalchemy.dialects import postgresql, sqlite

from app.extensions import db


def run(
    statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
) -> CursorResult[*tuple[Any, ...]]:
    """Execute a statement on the session's connection, within its transaction; return plain rows.

    The session itself would wrap each row and plan each insert as for objects, which costs
    more than the statement. So nothing is flushed before, and no object learns of a change.
    """
    return db.session.connection().execute(statement, parameters)


def dialect() -> str:
    """Return the kind of the database, "sqlite" or "postgresql"."""
    return db.engine.dialect.name


def insert_of(table: type[Any], dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT in the words of one kind of database, for ON CONFLICT."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
