import pytest
from flask_migrate import check, downgrade, upgrade

from app.extensions import db
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
