"""A round with requests, and a plan of it."""

import pytest
from sqlalchemy import update

from app.planner import runs
from app.planner.execution import carry_out
from app.requests import asking
from app.requests.asking import Asked, AskedFor
from app.rounds.models import Round
from tests.small_school import NOW


@pytest.fixture(autouse=True)
def mode(db, school, on_the_evening_of_booking):
    def mode_(mode, **more):
        db.execute(update(Round).values(mode=mode, **more))
        db.commit()

    mode_("both")
    return mode_


@pytest.fixture
def ask(school):
    def ask_(actor, student, *teachers):
        talks = [Asked(school.offers[student, name]) for name in teachers]
        wanted = {school.students[student]: AskedFor(talks)}
        asking.ask(school.actors[actor], school.round_id, wanted, now=NOW)

    return ask_


@pytest.fixture
def plan(school):
    """Search for a plan; return the path of its page."""

    def plan_(moves=500):
        begun = runs.begin(school.round_id, now=NOW)
        carry_out(begun, clock=lambda: NOW, moves=moves)
        return f"/office/plans/{begun.id}"

    return plan_
