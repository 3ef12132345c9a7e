"""Every change of what processes remember raises the version; what talks move does not."""

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from app.core.versions import COLUMNS_WITHOUT, DETAILS, WITHOUT
from app.extensions import db
from app.rounds.models import Round
from tests.sites import make_app

PERSON = (
    "INSERT INTO people (id, salutation, given_name, prefix, family_name, sort_key, search_key, "
    "email, email_key, language, revision) VALUES (1, '', '', '', 'X', 'x', 'x', '', '', 'nl', 0)"
)


ROUND = (
    "INSERT INTO rounds (id, name, explanation, participants, open_to, state, timetable_visible, "
    "opens_at, closes_at, cancel_until, max_per_child, walking_minutes, teachers_may_block, "
    "reference_week, modalities, times_key) VALUES (1, 'X', '', 'guardians', 'guardians', 'draft', "
    "true, '2027-01-01', '2027-01-02', '2027-01-02', 3, 0, false, '2027-W05', 'site', 'x')"
)


def version(connection, number="number"):
    return connection.execute(text(f"SELECT {number} FROM versions")).scalar_one()


def change(*statements, number="number"):
    """Execute these in one transaction; return by how much the version, or its other part, rose."""
    with db.engine.begin() as connection:
        before = version(connection, number)
        for statement in statements:
            connection.execute(text(statement))
    with db.engine.begin() as connection:
        return version(connection, number) - before


def triggers(connection):
    """Return the names of the tables whose changes raise the version."""
    return set(
        connection.scalars(
            text("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")
            if connection.dialect.name == "sqlite"
            else text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        )
    )


def test_each_table_raises_the_version_or_stands_on_the_list_of_those_that_do_not(own_app):
    with own_app.app_context(), db.engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        assert triggers(connection) == tables - WITHOUT
        assert tables > WITHOUT
        for table, columns in [*COLUMNS_WITHOUT.items(), *DETAILS.items()]:
            assert columns < {column["name"] for column in inspect(connection).get_columns(table)}


@pytest.mark.parametrize("column", sorted(column.name for column in Round.__table__.columns))
def test_each_column_of_a_round_raises_the_version_or_the_details(own_app, column):
    """And not both: nobody reads anew what has not changed, or keeps what has."""
    touch = f"UPDATE rounds SET {column} = {column}"
    with own_app.app_context():
        change(ROUND)
        risen = [change(touch, number=number) > 0 for number in ("number", "details")]
    assert risen == ([False, True] if column in DETAILS["rounds"] else [True, False])


def test_a_round_that_comes_or_goes_raises_the_version(own_app):
    with own_app.app_context():
        assert change(ROUND) > 0
        assert change("DELETE FROM rounds") > 0


def test_a_change_raises_it_and_a_revision_does_not(own_app):
    with own_app.app_context():
        assert change(PERSON) > 0
        assert change("UPDATE people SET revision = revision + 1") == 0
        assert change("UPDATE people SET family_name = 'Y', revision = revision + 1") > 0
        assert change("UPDATE people SET revision = 5") == 0
        assert change("INSERT INTO subjects (code, name) VALUES ('wi', 'wiskunde')") > 0
        assert change("UPDATE subjects SET name = 'algebra'") > 0
        assert change("DELETE FROM subjects") > 0
        assert change("DELETE FROM subjects") == 0


def test_signing_in_for_the_first_time_does_not_raise_it_and_a_new_role_does(own_app):
    account = (
        "INSERT INTO accounts (id, person_id, password_hash, administrator, scheduler) "
        "VALUES (1, 1, '', false, false)"
    )
    with own_app.app_context():
        change(PERSON)
        assert change(account) == 0
        assert change("UPDATE accounts SET password_hash = 'x'") == 0
        assert change("UPDATE accounts SET scheduler = true") > 0


def test_a_change_that_is_rolled_back_does_not_raise_it(own_app):
    with own_app.app_context():
        with db.engine.connect() as connection:
            before = version(connection)
            connection.execute(text(PERSON))
            connection.rollback()
            assert version(connection) == before
        assert change(PERSON) > 0


@pytest.mark.only_on("postgresql")
def test_a_transaction_raises_it_once(own_app):
    rows = "INSERT INTO subjects (code, name) SELECT i::text, '' FROM generate_series(1, 50) AS i"
    with own_app.app_context():
        assert change(PERSON, rows, "UPDATE subjects SET name = 'x'") == 1
        assert change("DELETE FROM subjects") == 1
        both = "UPDATE rounds SET explanation = 'y'", "UPDATE rounds SET name = 'y'"
        change(ROUND)
        assert (change(*both), change(*both, number="details")) == (1, 1)


@pytest.mark.check
def test_migrations_up_and_down_keep_the_triggers(databases):
    app = make_app(databases.empty())
    with app.app_context():
        upgrade()
        downgrade(revision="9d3b6e17f0a4")  # when there was one number
        with db.engine.connect() as connection:
            assert triggers(connection) == set(inspect(connection).get_table_names()) - WITHOUT
        change(ROUND.replace("modalities", "modality"))
        assert change("UPDATE rounds SET explanation = 'y'") > 0
        downgrade(revision="71c4e8a0d9b3")
        with db.engine.connect() as connection:
            assert triggers(connection) == set()
        upgrade()
        with db.engine.connect() as connection:
            assert triggers(connection) == set(inspect(connection).get_table_names()) - WITHOUT
        db.engine.dispose()
