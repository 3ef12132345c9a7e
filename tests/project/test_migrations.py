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
    waiting = set(Promise) - {Promise.SWITCHED, Promise.LINK_CAME}  # which came later
    with app.app_context():
        upgrade(revision="a3d92f60b714")
        with db.engine.begin() as connection:
            for kind in waiting:
                connection.execute(insert, {"kind": kind})
        upgrade()
        downgrade(revision="a3d92f60b714")
        upgrade()
        with db.engine.connect() as connection:
            rows = connection.execute(text("SELECT kind, urgency FROM outbox_messages")).all()
        db.engine.dispose()

    assert {row.kind: row.urgency for row in rows} == {kind: urgency_of(kind) for kind in waiting}


def test_what_was_online_is_in_teams_and_what_is_elsewhere_was_online(databases):
    app = make_app(databases.empty())
    seen = []
    with app.app_context():
        upgrade(revision="5e0c9b7a1d42")
        with db.engine.begin() as connection:
            for number, modality in ((1, "site"), (2, "online")):
                for statement in _a_talk(number, modality):
                    connection.execute(text(statement))
        upgrade()
        with db.engine.begin() as connection:
            seen.append(_how(connection, "modalities"))
            for number, modalities in ((1, "site,phone"), (2, "own_link,site")):
                changed = f"UPDATE rounds SET modalities = '{modalities}' WHERE id = {number}"
                connection.execute(text(changed))
            connection.execute(text("UPDATE bookings SET modality = 'phone' WHERE id = 1"))
        downgrade(revision="5e0c9b7a1d42")
        with db.engine.connect() as connection:
            seen.append(_how(connection, "modality"))
        upgrade()
        db.engine.dispose()

    assert seen == [
        (["site", "teams"], ["site", "teams"]),
        (["site", "online"], ["online", "online"]),
    ]


def _how(connection, column):
    """Return what rounds offer, and how talks are."""
    rounds = connection.scalars(text(f"SELECT {column} FROM rounds ORDER BY id")).all()
    return rounds, connection.scalars(text("SELECT modality FROM bookings ORDER BY id")).all()


def _a_talk(number, modality):
    """Return what a round with a talk consists of, before rounds offered several things."""
    moment = "'2027-02-09 17:30:00'"
    yield (
        "INSERT INTO people (id, salutation, given_name, prefix, family_name, sort_key, "
        "search_key, email, email_key, language) "
        f"VALUES ({number}, '', '', '', 'X', 'x', 'x', '', '', 'nl')"
    )
    yield (
        "INSERT INTO students (id, person_id, source, source_id, number, apart, apart_reason) "
        f"VALUES ({number}, {number}, 'csv', '{number}', '1', false, '')"
    )
    yield (
        "INSERT INTO rounds (id, name, explanation, participants, open_to, state, "
        "timetable_visible, opens_at, closes_at, cancel_until, max_per_child, walking_minutes, "
        "teachers_may_block, reference_week, modality, times_key) "
        f"VALUES ({number}, 'X', '', 'guardians', 'guardians', 'draft', true, '2027-01-01', "
        f"'2027-01-02', '2027-01-02', 3, 0, false, '2027-W05', '{modality}', 'x{number}')"
    )
    yield (
        'INSERT INTO evenings (id, round_id, day, first_start, "end", talk_minutes, gap_minutes) '
        f"VALUES ({number}, {number}, '2027-02-09', '18:30', '20:00', 10, 0)"
    )
    yield (
        "INSERT INTO offers (id, round_id, student_id, subject_code, teacher_key, slots, offered, "
        f"in_package, priority) VALUES ({number}, {number}, {number}, '', '1', 1, true, true, 1)"
    )
    yield (
        "INSERT INTO bookings (id, uid, sequence, round_id, offer_id, teacher_key, student_id, "
        "evening_id, starts_at, ends_at, modality, remark, origin, booked_at, changed_at) "
        f"VALUES ({number}, 'u{number}', 0, {number}, {number}, '1', {number}, {number}, {moment}, "
        f"'2027-02-09 17:40:00', '{modality}', '', 'family', {moment}, {moment})"
    )


def test_every_kind_of_promise_has_a_handler():
    assert HANDLERS.keys() == set(Promise)


def test_names_with_control_characters_get_spaces(databases):
    app = make_app(databases.empty())
    with app.app_context():
        upgrade(revision="4344543f6f78")
        with db.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO school (id, name, accent, logo_type, time_zone, contact_name, "
                    "contact_mail, contact_phone, students_read_je) "
                    "VALUES (1, :name, '#0f5c5c', '', 'UTC', '', '', '', :yes)"
                ),
                {"name": "Het\vBaken\n", "yes": True},
            )
        upgrade()
        downgrade(revision="4344543f6f78")
        upgrade()
        with db.engine.connect() as connection:
            names = connection.execute(text("SELECT name FROM school")).scalars().all()
        db.engine.dispose()

    assert names == ["Het Baken"]
