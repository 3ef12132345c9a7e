import pytest
from sqlalchemy import text

from app.extensions import db
from tests.sites import make_app

PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM school%'")


@pytest.fixture
def app(databases):
    app = make_app(databases.migrated())
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.live
@pytest.mark.only_on("postgresql")
def test_what_every_page_asks_is_planned_once_and_not_for_each(app):
    client = app.test_client()
    for _ in range(8):
        assert client.get("/sign-in").status_code == 200
    with app.app_context():
        assert db.session.scalar(PREPARED) == 1
