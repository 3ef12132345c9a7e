"""The version: one number that rises with every change of what processes remember.

Triggers raise it, so that no service, no import and nobody with a database shell can forget it.
``migrations/env.py`` makes them anew after each migration: SQLite changes a table by copying it,
and the copy has no triggers.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, inspect
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Version(Base):
    """The only row."""

    __tablename__ = "versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


# Tables that do not raise the version. What families see of the first group carries revisions
# (``people.revision``); no process remembers rows of the others.
MOVED_BY_TALKS = {"bookings", "claims", "submissions", "unavailabilities"}
MOVED_BY_SIGNING_IN = {"sign_in_sessions", "sign_in_tokens", "sign_in_tries"}
RECORDS = {"audit_entries", "import_runs", "import_stops", "review_items", "round_checks"}
WORK = {"alembic_version", "boxed_mails", "evening_packs", "job_runs", "outbox_messages"}
WITHOUT = {"versions"} | MOVED_BY_TALKS | MOVED_BY_SIGNING_IN | RECORDS | WORK

# Columns that do not raise it either: talks and sign-ins change them. A new account has no session.
COLUMNS_WITHOUT = {"people": {"revision"}, "accounts": {"password_hash"}}
INSERTS_WITHOUT = {"accounts"}

# The row is locked at the end of a transaction, when nothing else remains to be locked: so no two
# transactions can wait for each other, and a long one holds up nobody. Once per transaction.
_FUNCTION = """
CREATE OR REPLACE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('tienminuten.raised', true)
      IS DISTINCT FROM pg_current_xact_id()::text THEN
    PERFORM set_config('tienminuten.raised', pg_current_xact_id()::text, true);
    UPDATE versions SET number = number + 1;
  END IF;
  RETURN NULL;
END $$
"""


def remove_triggers(connection: Connection) -> None:
    """Remove all triggers, so that a migration can change tables after rows of them."""
    for table in inspect(connection).get_table_names():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS raise_version ON "{table}"')
        else:
            for event in ("insert", "update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS raise_version_{table}_{event}")


def make_triggers(connection: Connection) -> None:
    """Make the triggers for the tables that exist, and raise the version."""
    tables = inspect(connection).get_table_names()
    if "versions" not in tables:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_FUNCTION)
    for table in sorted(set(tables) - WITHOUT):
        events = dict(_events(connection, table))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(
                f"CREATE CONSTRAINT TRIGGER raise_version AFTER {' OR '.join(events.values())} "
                f'ON "{table}" DEFERRABLE INITIALLY DEFERRED '
                "FOR EACH ROW EXECUTE FUNCTION raise_version()"
            )
        else:
            for name, event in events.items():
                connection.exec_driver_sql(
                    f"CREATE TRIGGER raise_version_{table}_{name} AFTER {event} ON {table} "
                    "BEGIN UPDATE versions SET number = number + 1; END"
                )
    connection.exec_driver_sql("UPDATE versions SET number = number + 1")


def _events(connection: Connection, table: str) -> Iterator[tuple[str, str]]:
    columns = {column["name"] for column in inspect(connection).get_columns(table)}
    watched = sorted(columns - COLUMNS_WITHOUT.get(table, set()))
    if table not in INSERTS_WITHOUT:
        yield "insert", "INSERT"
    yield "update", "UPDATE OF " + ", ".join(f'"{name}"' for name in watched)
    yield "delete", "DELETE"
