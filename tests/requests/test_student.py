"""The office reads on a student's page what is asked for, and in its log who changed that."""

from datetime import timedelta

import pytest
from flask import g
from sqlalchemy import select, update

from app.bookings.models import BookingRequest
from app.people.student import load_family
from app.requests import office, remarks, wishes
from app.requests.models import Preference, Wishes
from app.rounds.models import Round
from app.school.models import Student
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def _both(db):
    g.language = "en"
    db.execute(update(Round).values(mode="both", long_talks=True, office_remarks=True))
    db.commit()


@pytest.fixture
def lines(school):
    def lines_(student, now=NOW):
        page = load_family(school.students[student], now=now)
        return [(it.family, it.teacher, it.is_long, it.remark) for it in page.asked]

    return lines_


def test_each_request_says_whose_it_is_where_parents_come_apart(db, school, act, ask, lines):
    assert lines("Tim") == []
    ask("Bea", "Tim", none_needed=True)
    ask("Bob", "Tim", "Vera", "Bart", long=("Bart",))
    first = db.scalars(select(BookingRequest.id)).first()
    remarks.save(school.actors["Bob"], school.round_id, {first: "over lezen"}, now=NOW)
    assert lines("Tim") == [
        (("Bob Smit",), "mevr. De Vries", False, "over lezen"),
        (("Bob Smit",), "dhr. Bakker", True, ""),
        (("Bea van den Berg",), "", False, ""),
    ]
    page = act("Sofie").get(f"/office/students/{school.students['Tim']}").text
    for words in ("Asked for", "extra long", "over lezen", "No talk needed", "Oudercontact 2"):
        assert words in page, words


def test_it_stays_after_the_student_left_and_goes_with_the_round(db, school, ask, lines):
    ask("Alice", "Noor", "Vera")
    noor = Student.id == school.students["Noor"]
    db.execute(update(Student).where(noor).values(ended_on=NOW.date()))
    db.commit()
    assert lines("Noor") == [((), "mevr. De Vries", False, "")]
    assert lines("Noor", NOW + timedelta(days=30)) == []
    db.execute(update(Round).values(state="archived"))
    db.commit()
    assert lines("Noor") == []


def test_the_log_tells_every_change_of_requests_in_words(db, school, ask):
    ask("Alice", "Noor", "Vera", "Bart")
    first, second = db.scalars(select(BookingRequest.id).order_by(BookingRequest.id)).all()
    who, round_id = school.actors["Alice"], school.round_id
    remarks.save(who, round_id, {first: "over lezen"}, up=second, now=NOW)
    wishes.set_wishes(
        who, round_id, away=(), preference=Preference.LATE, remark="Graag na zeven uur", now=NOW
    )
    office.set_times(
        school.actors["Sofie"],
        round_id,
        school.students["Noor"],
        school.households["Alice"],
        forbidden=set(),
        overruled=set(),
        reason="rang us",
        now=NOW,
    )
    ask("Alice", "Noor", none_needed=True)
    ask("Alice", "Noor")
    wishes_id = db.scalars(select(Wishes.id)).first()
    db.execute(update(Wishes).values(household_id=None, student_id=school.students["Noor"]))
    db.commit()
    for handled in (True, False):
        office.handle(school.actors["Sofie"], wishes_id, handled=handled, now=NOW)
    log = load_family(school.students["Noor"], now=NOW).log
    assert [line.text for line in reversed(log)] == [
        "asked for a talk with mevr. De Vries",
        "asked for a talk with dhr. Bakker",
        "changed the remark of the request for mevr. De Vries",
        "changed the order of the talks that were asked for",
        "changed when the family can come",
        "said when a family can be planned",
        "withdrew the request for a talk with mevr. De Vries",
        "withdrew the request for a talk with dhr. Bakker",
        "said that no talk is needed",
        "needs talks after all",
        "dealt with a family's remark",
        "has not dealt with a family's remark yet",
    ]
    assert [line.reason for line in log if line.reason] == ["rang us"]
