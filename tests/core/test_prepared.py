import pytest
from sqlalchemy import text

from app.extensions import db

PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM school%'")


@pytest.fixture
def app(own_app):
    return own_app


@pytest.mark.live
@pytest.mark.only_on("postgresql")
def test_what_every_page_asks_is_planned_once_and_not_for_each(app):
    client = app.test_client()
    for _ in range(8):
        assert client.get("/sign-in").status_code == 200
    with app.app_context():
        assert db.session.scalar(PREPARED) == 1
