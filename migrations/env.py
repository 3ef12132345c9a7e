"""Runs migrations through the site's own engine, on SQLite in batch mode."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from app import tables  # noqa: F401  (fills the metadata)
from app.core.types import UtcDateTime
from app.extensions import db


def render_item(type_: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as plain ones: a migration never imports the app."""
    if type_ == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Upgrade or downgrade in one transaction."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadatas[None],
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
