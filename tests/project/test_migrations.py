import pytest
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import text

from app.extensions import db
from app.handlers import HANDLERS
from app.outbox.kinds import Promise, urgency_of
from tests.sites import make_app

pytestmark = pytest.mark.check


def test_migrations_lead_from_nothing_to_the_models_and_one_step_back(databases):
    app = make_app(databases.empty())
    with app.app_context():
        upgrade()
        check()
        downgrade(revision="-1")
        upgrade()
        check()
        db.engine.dispose()


def test_who_had_left_before_roles_had_an_end_of_their_own_has_left_in_each(databases):
    app = make_app(databases.empty())
    with app.app_context():
        upgrade(revision="3c0f5a7be912")
        with db.engine.begin() as connection:
            for person, ended in ((1, "'2026-07-31'"), (2, "NULL")):
                connection.execute(
                    text(
                        "INSERT INTO people (id, salutation, given_name, prefix, family_name, "
                        "sort_key, search_key, email, email_key, language, ended_on) "
                        f"VALUES ({person}, '', '', '', 'X', 'x', 'x', '', '', 'nl', {ended})"
                    )
                )
                connection.execute(
                    text(
                        "INSERT INTO guardians (person_id, source, source_id) "
                        f"VALUES ({person}, 'csv', '{person}')"
                    )
                )
        upgrade()
        with db.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT person_id, ended_on IS NULL FROM guardians ORDER BY person_id")
            ).all()
        db.engine.dispose()

    assert [(person, bool(here)) for person, here in rows] == [(1, False), (2, True)]


def test_rows_that_others_refer_to_survive_a_rebuilt_table(databases):
    """SQLite changes a table by making it again; foreign keys must not stop or empty it."""
    app = make_app(databases.empty())
    with app.app_context():
        upgrade(revision="ff1346e234a6")
        with db.engine.begin() as connection:
            for statement in (
                (
                    "INSERT INTO people (id, salutation, given_name, prefix, family_name, sort_key, "
                    "search_key, email, email_key, language) "
                    "VALUES (1, '', '', '', 'X', 'x', 'x', '', '', 'nl')"
                ),
                (
                    "INSERT INTO students (id, person_id, source, source_id, number, apart, "
                    "apart_reason, revision) VALUES (1, 1, 'csv', '1', '1', false, '', 0)"
                ),
                "INSERT INTO households (id, guardian_key, revision) VALUES (1, '', 0)",
                "INSERT INTO household_students (household_id, student_id) VALUES (1, 1)",
            ):
                connection.execute(text(statement))
        upgrade()
        downgrade(revision="ff1346e234a6")
        upgrade()
        with db.engine.connect() as connection:
            rows = connection.execute(text("SELECT * FROM household_students")).all()
        db.engine.dispose()

    assert rows == [(1, 1)]


def test_a_link_stays_open_where_the_student_was_of_age_when_it_was_opened(databases):
    app = make_app(databases.empty())
    people = "people (id, given_name, prefix, family_name, sort_key, search_key, email, email_key, "
    with app.app_context():
        upgrade(revision="c5d7a9301b2e")
        with db.engine.begin() as connection:
            for statement in (
                (
                    f"INSERT INTO {people} salutation, language) "
                    "VALUES (1, '', '', 'X', 'x', 'x', '', '', '', 'nl'), "
                    "(2, '', '', 'X', 'x', 'x', '', '', '', 'nl')"
                ),
                "INSERT INTO guardians (id, person_id, source, source_id) VALUES (1, 2, 'csv', '2')",
            ):
                connection.execute(text(statement))
            for student, (born, opened) in enumerate(
                (
                    ("'2008-02-29'", "'2026-02-28 12:00:00'"),
                    ("'2008-02-29'", "'2026-03-01 12:00:00'"),
                    ("NULL", "'2026-03-01 12:00:00'"),
                    ("'2008-02-29'", "NULL"),
                ),
                10,
            ):
                for statement in (
                    (
                        f"INSERT INTO {people} salutation, language) "
                        f"VALUES ({student}, '', '', 'X', 'x', 'x', '', '', '', 'nl')"
                    ),
                    (
                        "INSERT INTO students (id, person_id, source, source_id, number, birth_date, "
                        "apart, apart_reason) "
                        f"VALUES ({student}, {student}, 'csv', '{student}', '1', {born}, false, '')"
                    ),
                    (
                        "INSERT INTO guardianships (student_id, guardian_id, relation, "
                        "legal_authority, closed_reason, opened_at, opened_reason) "
                        f"VALUES ({student}, 1, '', true, '', {opened}, '')"
                    ),
                ):
                    connection.execute(text(statement))
        upgrade()
        downgrade(revision="c5d7a9301b2e")
        upgrade()
        with db.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT opened_of_age FROM guardianships ORDER BY student_id")
            ).all()
        db.engine.dispose()

    assert [bool(row[0]) for row in rows] == [False, True, False, False]


def test_parents_who_come_apart_stay_so_when_each_row_says_it_for_itself(databases):
    app = make_app(databases.empty())
    with app.app_context():
        upgrade(revision="e4a7c2915d06")
        with db.engine.begin() as connection:
            for student, apart in ((1, "true"), (2, "false")):
                for statement in (
                    (
                        "INSERT INTO people (id, given_name, prefix, family_name, sort_key, "
                        "search_key, email, email_key, salutation, language) "
                        f"VALUES ({student}, '', '', 'X', 'x', 'x', '', '', '', 'nl')"
                    ),
                    (
                        "INSERT INTO students (id, person_id, source, source_id, number, apart, "
                        f"apart_in_source, apart_reason) VALUES ({student}, {student}, 'csv', "
                        f"'{student}', '1', {apart}, {apart}, '')"
                    ),
                ):
                    connection.execute(text(statement))
        upgrade()
        downgrade(revision="e4a7c2915d06")
        upgrade()
        with db.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT apart, said_apart, apart_in_source FROM students ORDER BY id")
            ).all()
        db.engine.dispose()

    assert [tuple(map(bool, row)) for row in rows] == [(True,) * 3, (False,) * 3]


def test_a_promise_of_a_running_site_is_kept_under_the_new_name_and_the_old_one(databases):
    app = make_app(databases.empty())
    insert = text(
        "INSERT INTO outbox_messages (kind, payload, created_at, due_at, attempts, last_error) "
        "VALUES (:kind, '{}', '2026-11-28 12:00:00', '2026-11-28 12:00:00', 0, '')"
    )
    seen = []
    with app.app_context():
        upgrade(revision="d8e20b64f1a3")
        with db.engine.begin() as connection:
            for kind in ("planning.mail", "bookings.mail"):
                connection.execute(insert, {"kind": kind})
        for step in (upgrade, lambda: downgrade(revision="d8e20b64f1a3")):
            step()
            with db.engine.connect() as connection:
                rows = connection.execute(text("SELECT kind FROM outbox_messages ORDER BY id"))
                seen.append([kind for (kind,) in rows])
        db.engine.dispose()

    assert seen == [["round_setup.mail", "bookings.mail"], ["planning.mail", "bookings.mail"]]
    assert set(seen[0]) <= HANDLERS.keys()


def test_promises_that_wait_get_the_urgency_of_their_kind(databases):
    app = make_app(databases.empty())
    insert = text(
        "INSERT INTO outbox_messages (kind, payload, created_at, due_at, attempts, last_error) "
        "VALUES (:kind, '{}', '2026-11-28 12:00:00', '2026-11-28 12:00:00', 0, '')"
    )
    with app.app_context():
        upgrade(revision="a3d92f60b714")
        with db.engine.begin() as connection:
            for kind in Promise:
                connection.execute(insert, {"kind": kind})
        upgrade()
        downgrade(revision="a3d92f60b714")
        upgrade()
        with db.engine.connect() as connection:
            rows = connection.execute(text("SELECT kind, urgency FROM outbox_messages")).all()
        db.engine.dispose()

    assert {row.kind: row.urgency for row in rows} == {kind: urgency_of(kind) for kind in Promise}


def test_every_kind_of_promise_has_a_handler():
    assert HANDLERS.keys() == set(Promise)
