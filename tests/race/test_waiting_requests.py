"""Who writes what is asked for while the office sets the parents apart writes on the own side."""

import pytest
from sqlalchemy import update

from app.extensions import db
from app.people import service as families
from app.requests import asking, following, remarks, wishes
from app.requests.asking import Asked, AskedFor
from app.requests.models import Preference
from app.requests.queries import load_asking
from app.rounds.models import Round
from tests.small_school import FIRST, NOW, small_school

pytestmark = [pytest.mark.race, pytest.mark.only_on("postgresql")]

SECRET = "only my side knows"


@pytest.fixture
def app(own_app):
    return own_app


@pytest.fixture
def school(app):
    with app.test_request_context():
        school = small_school(db.session)
        db.session.execute(
            update(Round).values(mode="both", teacher_remarks=True, office_remarks=True)
        )
        db.session.commit()
        yield school


def set_apart(school, *students):
    for student in students:
        families.set_apart(
            school.actors["Anna"], school.students[student], apart=True, reason="asked", now=NOW
        )


def pages(school):
    return {
        name: repr(load_asking(school.actors[name], school.round_id, now=NOW))
        for name in ("Alice", "Adam")
    }


@pytest.mark.parametrize("students", [("Noor",), ("Noor", "Sem")])
def test_wishes(school, meanwhile, students):
    def wish():
        return wishes.set_wishes(
            school.actors["Adam"],
            school.round_id,
            away=[(school.evening_id, FIRST)],
            preference=Preference.NONE,
            remark=SECRET,
            now=NOW,
        )

    meanwhile(lambda: set_apart(school, *students), wish)
    assert SECRET not in pages(school)["Alice"]
    following.follow(now=NOW)
    assert SECRET not in pages(school)["Alice"]
    assert SECRET in pages(school)["Adam"]


def test_a_remark(school, meanwhile):
    wanted = {school.students["Noor"]: AskedFor([Asked(school.offers["Noor", "Vera"])])}
    asking.ask(school.actors["Alice"], school.round_id, wanted, now=NOW)
    ((request_id, *_),) = [
        [it.id for it in child.asked.values()]
        for child in load_asking(school.actors["Adam"], school.round_id, now=NOW).children
        if child.asked
    ]
    meanwhile(
        lambda: set_apart(school, "Noor"),
        lambda: remarks.save(school.actors["Adam"], school.round_id, {request_id: SECRET}, now=NOW),
    )
    assert SECRET not in pages(school)["Alice"]
