"""Where the teacher's page shows who asks for a talk: with the coming evening of the round."""

from datetime import date

import pytest
from sqlalchemy import update

from app.requests import asking
from app.requests.asking import Asked, AskedFor
from app.rounds.models import Evening, Round
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def _asked(db, school):
    """Noor's parents ask for Vera, whose evening of the other round is over."""
    db.execute(update(Round).values(mode="both"))
    other = Round.id == school.student_round_id
    db.execute(update(Round).where(other).values(times_key="another"))
    of_the_other = Evening.round_id == school.student_round_id
    db.execute(update(Evening).where(of_the_other).values(day=date(2027, 1, 12)))
    db.commit()
    wanted = {school.students["Noor"]: AskedFor([Asked(school.offers["Noor", "Vera"])])}
    asking.ask(school.actors["Alice"], school.round_id, wanted, now=NOW)


def test_requests_stand_after_the_coming_evening_and_above_those_that_are_past(act, school):
    page = act("Vera").get("/teaching").text
    section = f'id="asked-{school.round_id}"'
    assert page.count(section) == 1
    assert page.index("9 February") < page.index(section) < page.index("12 January")


def test_the_coming_evening_says_how_many_there_are_and_leads_to_them(act, school):
    coming, past = act("Vera").get("/teaching").text.split(f'id="asked-{school.round_id}"')
    assert f'href="#asked-{school.round_id}">1 talk asked for</a>' in coming
    assert "#asked" not in past
    assert "#asked" not in act("Bart").get("/teaching").text


def test_of_a_round_that_is_over_nothing_is_asked_any_more(db, act, school):
    db.execute(update(Evening).values(day=date(2027, 1, 12)))
    its = Round.id == school.round_id
    db.execute(update(Round).where(its).values(times_key="one more"))
    db.commit()
    assert "asked for" not in act("Vera").get("/teaching").text
