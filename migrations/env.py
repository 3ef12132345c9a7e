"""Runs migrations through the site's own engine, on SQLite in batch mode."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from app import tables  # noqa: F401  (fills the metadata)
from app.core.engine import create_file
from app.core.types import OneLine, SeveralLines, UtcDateTime
from app.core.versions import make_triggers, remove_triggers
from app.extensions import db


def render_item(type_: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as plain ones: a migration never imports the app."""
    if type_ == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if type_ == "type" and isinstance(item, OneLine | SeveralLines):
        return "sa.String()"
    return False


@contextmanager
def rebuilding(connection: Connection) -> Iterator[None]:
    """Let SQLite rebuild tables that others refer to; nothing may refer to nothing afterwards.

    It changes a table by copying it and dropping the old one, which its foreign keys would
    forbid while there are rows. They can only be switched off outside a transaction.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    sqlite = connection.connection.driver_connection
    sqlite.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        sqlite.execute("PRAGMA foreign_keys = ON")


def refuse_dangling(connection: Connection) -> None:
    """Raise when a row refers to one that is not there; within the transaction, which ends so."""
    if connection.dialect.name == "sqlite":
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if dangling:
            raise RuntimeError(f"rows refer to nothing: {dangling[:5]}")


def run() -> None:
    """Upgrade or downgrade in one transaction."""
    create_file(db.engine)
    with db.engine.connect() as connection, rebuilding(connection), connection.begin():
        context.configure(
            connection=connection,
            target_metadata=db.metadatas[None],
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
        )
        remove_triggers(connection)
        context.run_migrations()
        refuse_dangling(connection)
        make_triggers(connection)


run()
