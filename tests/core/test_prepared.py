import pytest
from sqlalchemy import text

from app.extensions import db

PREPARED = text(
    "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
    " WHERE statement LIKE '%FROM school%' AND statement NOT LIKE '%pg_prepared%'"
)


@pytest.fixture
def app(own_app):
    return own_app


@pytest.mark.live
@pytest.mark.only_on("postgresql")
def test_what_every_page_asks_is_planned_once_and_not_for_each(app):
    client = app.test_client()
    for _ in range(3):
        assert client.get("/sign-in").status_code == 200
    with app.app_context():
        assert db.session.execute(PREPARED).all() == [(3, 0)]


@pytest.mark.live
@pytest.mark.only_on("postgresql")
def test_a_rollback_does_not_undo_how_a_connection_plans(app):
    with app.app_context():
        db.session.rollback()
        assert db.session.scalar(text("SHOW jit")) == "off"
        db.session.rollback()
        assert db.session.scalar(text("SHOW plan_cache_mode")) == "force_generic_plan"
