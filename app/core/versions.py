"""The version: a number that rises with every change of what processes remember.

Columns of rounds from which nothing is read or made that takes long have a second one, the details:
so whoever improves an explanation in the first minutes does not make everybody read all anew.

Triggers raise it, so that no service, no import and nobody with a database shell can forget it.
``migrations/env.py`` makes them anew after each migration: SQLite changes a table by copying it,
and the copy has no triggers.
"""

from collections.abc import Sequence, Set

from sqlalchemy import Connection, inspect, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Version(Base):
    """The only row."""

    __tablename__ = "versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    details: Mapped[int]


# Tables that do not raise the version. What families see of the first group carries revisions
# (``people.revision``); no process remembers rows of the others.
MOVED_BY_TALKS = {
    *("bookings", "claims", "submissions", "unavailabilities"),
    *("booking_requests", "wishes", "away_times", "no_talk_needed"),
}
MOVED_BY_SIGNING_IN = {"sign_in_sessions", "sign_in_tokens", "sign_in_tries", "feed_addresses"}
RECORDS = {
    "attempts",
    "audit_entries",
    "import_runs",
    "import_stops",
    "review_items",
    "round_checks",
}
WORK = {
    *("alembic_version", "boxed_mails", "evening_packs", "heartbeats", "job_runs"),
    "outbox_messages",
    *("calendar_entries", "mailboxes"),  # links reach families as ``bookings.link``
    "invitations",
    *("plan_runs", "planned_talks", "plan_settings"),  # what they lead to moves bookings
}
WITHOUT = {"versions"} | MOVED_BY_TALKS | MOVED_BY_SIGNING_IN | RECORDS | WORK

# Columns that do not raise it either: talks, sign-ins and switches of
# the language change them. A new account has no session.
COLUMNS_WITHOUT = {"people": {"revision", "own_language"}, "accounts": {"password_hash"}}
INSERTS_WITHOUT = {"accounts"}

# Columns that raise the details instead. What depends on them is made from ``round_at``.
DETAILS = {
    "rounds": {
        *("explanation", "max_per_child", "timetable_visible"),
        *("teachers_may_block", "teachers_block_until"),
        *("check_at", "publish_at", "archive_at", "teachers_told_at", "families_told_at"),
    }
}

# The row is locked at the end of a transaction, when nothing else remains to be locked: so no two
# transactions can wait for each other, and a long one holds up nobody. Each number once per
# transaction.
_FUNCTION = """
CREATE OR REPLACE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE raised text := 'tienminuten.raised_' || TG_ARGV[0];
BEGIN
  IF current_setting(raised, true) IS DISTINCT FROM pg_current_xact_id()::text THEN
    PERFORM set_config(raised, pg_current_xact_id()::text, true);
    EXECUTE 'UPDATE versions SET ' || TG_ARGV[0] || ' = ' || TG_ARGV[0] || ' + 1';
  END IF;
  RETURN NULL;
END $$
"""


def remove_triggers(connection: Connection) -> None:
    """Remove all triggers, so that a migration can change tables after rows of them."""
    if connection.dialect.name == "postgresql":
        ours = "SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'raise%'"
        for name, table in connection.execute(text(ours)).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
    else:
        ours = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'raise%'"
        for name in connection.scalars(text(ours)).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


def make_triggers(connection: Connection) -> None:
    """Make the triggers for the tables that exist, and raise the version."""
    tables = inspect(connection).get_table_names()
    if "versions" not in tables:
        return
    numbers = {column["name"] for column in inspect(connection).get_columns("versions")}
    details = DETAILS if "details" in numbers else {}  # not in a database that went back
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_FUNCTION)
    for table in sorted(set(tables) - WITHOUT):
        columns = {column["name"] for column in inspect(connection).get_columns(table)}
        of_details = details.get(table, set())
        watched = columns - COLUMNS_WITHOUT.get(table, set()) - of_details
        rows = ["DELETE"] if table in INSERTS_WITHOUT else ["DELETE", "INSERT"]
        _make(connection, table, "number", [*rows, _update_of(watched)])
        if of_details:
            _make(connection, table, "details", [_update_of(of_details)])
    connection.exec_driver_sql("UPDATE versions SET number = number + 1")


def _update_of(columns: Set[str]) -> str:
    return "UPDATE OF " + ", ".join(f'"{name}"' for name in sorted(columns))


def _make(connection: Connection, table: str, number: str, events: Sequence[str]) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"CREATE CONSTRAINT TRIGGER raise_{number} AFTER {' OR '.join(events)} "
            f'ON "{table}" DEFERRABLE INITIALLY DEFERRED '
            f"FOR EACH ROW EXECUTE FUNCTION raise_version('{number}')"
        )
        return
    for event in events:
        name = f"raise_{number}_{table}_{event.partition(' ')[0].lower()}"
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} AFTER {event} ON {table} "
            f"BEGIN UPDATE versions SET {number} = {number} + 1; END"
        )
