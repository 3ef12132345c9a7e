"""How a click is made to wait for a change that is on its way."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from app.core.transaction import transaction
from app.extensions import db
from tests.race.waiting import inside, until_somebody_waits


@pytest.fixture
def meanwhile(app):
    """Begin a click while a change is on its way, let it wait, and return it once both are done."""

    def meanwhile_(change, click) -> Future:
        with ThreadPoolExecutor(1) as pool:
            with transaction():
                change()
                clicked = pool.submit(inside(app, click))
                until_somebody_waits(still=lambda: not clicked.done())
            clicked.exception()
        db.session.expire_all()
        return clicked

    return meanwhile_
