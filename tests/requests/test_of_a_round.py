"""What becomes of requests when their round changes, and how the office's pages speak of them."""

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select, update

from app.bookings.models import BookingRequest
from app.requests import office as requests_office
from app.rescheduling import service as rescheduling
from app.rescheduling.answers import Answers
from app.rounds.loading import load_spec
from app.rounds.models import Mode, Offer, Round
from app.rounds.spec import BadRound
from app.school.models import Department, HomeClass, Student, Teacher
from tests.rescheduling.conftest import settings_of  # noqa: F401  (a fixture)
from tests.rounds.lessons import Lessons
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def _both(db, school):
    Lessons(db, school).all()
    db.execute(update(Round).values(mode="both"))
    db.commit()


@pytest.fixture
def path(school):
    return f"/office/rounds/{school.round_id}"


@pytest.fixture
def change(school):
    def change_(**values):
        spec = replace(load_spec(school.round_id), **values)
        rescheduling.change(school.actors["Anna"], school.round_id, spec, Answers(), now=NOW)

    return change_


def test_a_round_cannot_be_about_times_alone_while_families_wait(db, school, ask, change):
    ask("Alice", "Noor", "Vera", "Bart")
    with pytest.raises(BadRound) as refused:
        change(mode=Mode.TIMES, name="Later")
    assert (refused.value.field, "2 " in refused.value.message) == ("mode", True)
    assert load_spec(school.round_id).name == "Oudercontact 2"
    change(mode=Mode.REQUESTS)
    for request_id in db.scalars(select(BookingRequest.id)).all():
        requests_office.withdraw(school.actors["Anna"], request_id, now=NOW)
    change(mode=Mode.TIMES)
    assert load_spec(school.round_id).mode is Mode.TIMES


def test_one_that_is_about_times_already_can_change(db, school, ask, change):
    ask("Alice", "Noor", "Vera")
    db.execute(update(Round).values(mode="times"))
    db.commit()
    change(name="Later")
    assert load_spec(school.round_id).name == "Later"


def test_the_form_says_so_beside_the_field(act, school, ask, path, settings_of):  # noqa: F811
    ask("Alice", "Noor", "Vera")
    answer = act("Anna").post(f"{path}/settings", data=settings_of(school.round_id, mode="times"))
    assert (answer.status_code, answer.text.count("1 talk is asked for")) == (422, 2)
    assert 'id="mode-error"' in answer.text
    assert load_spec(school.round_id).mode is Mode.BOTH


@pytest.mark.parametrize("gone", ["class", "teacher", "student"])
def test_the_page_of_the_round_says_what_cannot_be_planned_any_more(
    db, act, school, ask, change, path, gone
):
    ask("Alice", "Noor", "Vera", "Bart")
    assert "cannot be planned" not in act("Anna").get(path).text
    if gone == "class":
        department = db.scalar(select(Department.id))
        other = HomeClass(source="test", source_id="h2b", name="h2b", department_id=department)
        db.add(other)
        db.commit()
        change(home_class_ids=(other.id,))
    elif gone == "teacher":
        vera = Teacher.id == school.teachers["Vera"]
        db.execute(update(Teacher).where(vera).values(ended_on=NOW.date()))
    else:
        noor = Student.id == school.students["Noor"]
        db.execute(update(Student).where(noor).values(ended_on=NOW.date()))
    db.commit()
    page = act("Anna").get(path).text
    words = (
        "1 talk that was asked for cannot be planned any more."
        if gone == "teacher"
        else "2 talks that were asked for cannot be planned any more."
    )
    assert [words in page, f'href="{path}/requests#hindered"' in page] == [True, True]
    db.execute(update(Round).values(state="archived"))
    db.commit()
    assert "cannot be planned" not in act("Anna").get(path).text


def test_the_list_of_rounds_says_how_many_talks_are_asked_for(db, act, school, ask):
    db.execute(update(Round).where(Round.id == school.student_round_id).values(mode="times"))
    db.commit()
    ask("Alice", "Noor", "Vera", "Bart")
    ask("Carol", "Kim", "Vera")
    page = act("Anna").get("/office/rounds").text
    assert ["3 talks asked for" in page, page.count("asked for")] == [True, 1]
    kim = Student.id == school.students["Kim"]
    db.execute(update(Student).where(kim).values(ended_on=NOW.date()))
    db.commit()
    assert "2 talks asked for" in act("Anna").get("/office/rounds").text


def test_a_round_of_requests_is_not_said_to_be_about_choosing(db, act, school, path):
    desk = f"/office/students/{school.students['Noor']}/rounds/{school.round_id}"
    for state, opens, closes in (
        ("check", -1, 9),
        ("check", 3, 9),
        ("published", 3, 9),
        ("published", -1, 9),
        ("published", -3, -1),
    ):
        moments = {
            "opens_at": NOW + timedelta(days=opens),
            "closes_at": NOW + timedelta(days=closes),
        }
        for mode, chooses in (("times", True), ("both", True), ("requests", False)):
            db.execute(update(Round).values(mode=mode, state=state, **moments))
            db.commit()
            page = act("Anna").get(path).text + act("Anna").get(desk).text
            assert any(word in page for word in ("hoosing", "choose")) == chooses, state


@pytest.mark.parametrize(("mode", "words"), [("times", "has a talk"), ("both", "asked for, or")])
def test_the_empty_list_of_who_is_silent_says_what_is_known(db, act, path, mode, words):
    db.execute(update(Round).values(mode=mode))
    db.execute(update(Offer).values(offered=False))
    db.commit()
    assert words in unescape(act("Anna").get(f"{path}/silent").text)
