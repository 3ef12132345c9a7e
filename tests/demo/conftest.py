from datetime import UTC, datetime

import pytest

from app.demo import service
from app.extensions import db as _db
from tests.sites import make_app

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FEW = 90


@pytest.fixture(scope="package")
def seeded_app(databases):
    """The demo with a school in its own database, for tests that only read or sign in."""
    app = make_app(databases.migrated(), demo=True)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        app.config["SEEDED"] = service.seed(FEW, now=NOW)
        _db.session.remove()
    yield app
    with app.app_context():
        _db.engine.dispose()


@pytest.fixture
def demo(seeded_app):
    """A session on that school; for tests marked ``live``."""
    with seeded_app.app_context():
        yield _db.session
        _db.session.remove()


@pytest.fixture
def seeded(seeded_app):
    """What ``seed`` reports that it created."""
    return seeded_app.config["SEEDED"]
