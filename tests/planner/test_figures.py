"""What would help is computed with what people said, not against it."""

import pytest

from app.planner.figures import Remedy, advise
from app.planner.files import problem_of
from app.planner.solver import solve
from tests.planner.problems import problem, request


def advised(content):
    made = problem_of(content)
    return {it.remedy: it.more for it in advise(made, solve(made, moves=0))}


@pytest.fixture
def content():
    """Two families who want the last time of a teacher's evening."""
    content = problem(
        days=[2],
        households=["h1", "h2"],
        requests=[request("q1", "h1", "t1"), request("q2", "h2", "t1")],
    )
    for it in content["households"]:
        it["forbidden"] = [{"day": "d1", "from_slot": 0, "until_slot": 1}]
    return content


def test_a_longer_evening_helps_who_is_there_at_its_end(content):
    assert advised(content) == {Remedy.EVENING: 1, Remedy.LONGER: 1, Remedy.COLLEAGUE: 1}


@pytest.mark.parametrize("who", ["teachers", "households"])
def test_who_is_gone_at_the_end_of_an_evening_does_not_come_back_for_a_longer_one(content, who):
    for it in content[who]:
        it["unavailable" if who == "teachers" else "forbidden"] = [
            {"day": "d1", "from_slot": 0 if who == "households" else 1, "until_slot": 2}
        ]
    assert Remedy.LONGER not in advised(content)
