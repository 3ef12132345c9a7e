"""Before the first visitor comes, statements are written out, and connections open."""

import logging

import pytest
from sqlalchemy import event

from app import warming
from app.core import clock, compiled
from app.extensions import db
from tests.signing_in import sign_in
from tests.sites import make_app
from tests.small_school import small_school


@pytest.fixture
def site(own_app):
    """A site of its own with the small school; the first request has not come yet."""
    own_app.config["WTF_CSRF_ENABLED"] = False
    with own_app.app_context():
        now = clock.now()
        school = small_school(db.session, now=now)
        client = own_app.test_client()
        sign_in(client, school.people["Alice"], now=now)
        db.session.remove()
        db.engine.clear_compiled_cache()
        compiled._compiled.cache_clear()
        yield own_app, client, school


def written_out(call):
    """Return the statements that are compiled during a call."""
    seen, before = [], compiled._compiled.cache_info().misses

    def note(_connection, _cursor, statement, _parameters, context, _many):
        if context.compiled and context.cache_hit.name == "CACHE_MISS":
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return seen + ["one of ours"] * (compiled._compiled.cache_info().misses - before)


def test_the_first_pages_find_their_statements_written_out(site):
    app, client, school = site
    warming.prepare(app)
    paths = "/sign-in", "/talks", f"/rounds/{school.round_id}/children/{school.students['Noor']}"
    for path in paths:
        answers = []
        assert written_out(lambda: answers.append(client.get(path))) == [], path  # noqa: B023
        assert answers[0].status_code == 200


def test_what_is_inherited_is_no_connection_and_a_worker_opens_its_own(site):
    app, _client, _school = site
    warming.prepare(app)
    assert (db.engine.pool.checkedout(), db.engine.pool.checkedin()) == (0, 0)
    warming.connect(app, threads=2)
    assert (db.engine.pool.checkedout(), db.engine.pool.checkedin()) == (0, 3)


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://@:1/none"])
def test_a_site_starts_without_its_database(url, caplog):
    app = make_app(url)
    with caplog.at_level(logging.WARNING, "app.warming"):
        warming.prepare(app)
        warming.connect(app, threads=4)
    assert len(caplog.records) == 2


def test_a_site_starts_with_a_database_that_has_no_tables_yet(databases, caplog):
    app = make_app(databases.empty())
    with caplog.at_level(logging.WARNING, "app.warming"):
        warming.prepare(app)
    assert caplog.records
    with app.app_context():
        db.engine.dispose()
