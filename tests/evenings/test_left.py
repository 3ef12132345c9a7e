"""Somebody left the school with talks to come: the office's evening shows them until dealt with."""

import pytest
from sqlalchemy import select, update

from app.bookings.left import left_with_talks
from app.bookings.models import Booking, Unavailability
from app.evenings.filters import Filter
from app.evenings.matrix import MatrixState
from app.evenings.queries import load_evening
from app.rounds.models import Evening, Offer, Round
from app.school.models import HomeClass, Teacher
from tests.evenings.test_overview import cell, counted, figure
from tests.html import without_secrets
from tests.small_school import NOW


@pytest.fixture
def url(school):
    return f"/office/rounds/{school.round_id}"


@pytest.fixture
def vera(school):
    return school.teachers["Vera"]


@pytest.fixture
def two_talks(book_one, leave):
    """Vera left, and two families expect her."""
    talks = [book_one("Alice", "Noor", "Vera", 1), book_one("Carol", "Kim", "Vera", 2)]
    leave("Vera")
    return talks


def test_the_talks_of_a_teacher_who_left_stay_in_the_matrix(act, school, two_talks, url):
    page = act("Anna").get(f"{url}/evening").text
    assert "Noor Jansen, h2a" in cell(page, school, "Vera", 1)
    assert 'data-state="gone"' in cell(page, school, "Vera", 0)
    assert "cannot be chosen" in cell(page, school, "Vera", 0)
    assert figure(page, "talks reserved") == 2
    assert figure(page, "times free") == 24  # of the two others
    assert figure(page, "teachers full") == 0
    assert page.count('class="mark">left') == 1
    assert "Vries, Vera de (left)" in page


@pytest.mark.parametrize(
    "query", ["teacher=vera", "family=kim", "home_class={h2a}", "family=carol"]
)
def test_and_are_found_there(act, db, school, two_talks, url, query):
    home_class = db.scalar(select(HomeClass.id))
    page = act("Anna").get(f"{url}/evening?{query.format(h2a=home_class)}").text
    assert "Kim Öztürk, h2a" in cell(page, school, "Vera", 2)


def test_who_is_here_but_offered_to_nobody_any_more_stays_with_the_talks(
    act, db, school, book_one, url, vera
):
    book_one("Carol", "Kim", "Vera", 2)
    db.execute(update(Offer).where(Offer.teacher_key == str(vera)).values(offered=False))
    db.commit()
    page = act("Anna").get(f"{url}/evening").text
    assert "Kim Öztürk, h2a" in cell(page, school, "Vera", 2)
    assert "cannot be chosen" in cell(page, school, "Vera", 0)
    assert 'class="mark"' not in page


def test_a_teacher_who_left_without_talks_has_no_row(school, leave, vera):
    leave("Vera")
    page = load_evening(school.round_id, Filter(), now=NOW)
    assert vera not in [line.teacher.id for line in page.matrix.lines]


def test_nor_on_an_evening_without_talks_of_hers(db, school, book_one, leave, vera):
    book_one("Carol", "Kim", "Vera", 2)
    leave("Vera")
    other = load_evening(school.student_round_id, Filter(), now=NOW)
    assert vera not in [line.teacher.id for line in other.matrix.lines]


def test_the_talk_of_a_student_who_left_stays_too(act, school, book_one, leave, url):
    book_one("Carol", "Kim", "Vera", 2)
    leave("Kim")
    client = act("Anna")
    assert "Kim Öztürk, h2a (left)" in cell(client.get(f"{url}/evening").text, school, "Vera", 2)
    assert "Kim" in client.get(f"{url}/evening?family=carol").text  # once her mother


@pytest.mark.parametrize("name", ["Vera", "Kim"])
@pytest.mark.parametrize("page", ["talks", "talks?family=kim", "absent?teacher={vera}"])
def test_the_lists_mark_who_left(act, book_one, leave, url, vera, name, page):
    book_one("Carol", "Kim", "Vera", 2)
    leave(name)
    text = act("Anna").get(f"{url}/{page}".format(vera=vera)).text
    assert "Kim Öztürk" in text
    assert '<strong class="mark">left</strong>' in text or "left the school" in text


@pytest.mark.parametrize("name", ["Vera", "Kim"])
def test_a_student_with_a_talk_waits_for_none(act, book_one, leave, url, name):
    book_one("Carol", "Kim", "Vera", 2)
    before = figure(act("Anna").get(f"{url}/evening").text, "without a talk")
    leave(name)
    client = act("Anna")
    assert figure(client.get(f"{url}/evening").text, "without a talk") == before
    assert "Kim" not in without_secrets(client.get(f"{url}/silent").text)


def test_all_talks_of_a_teacher_who_left_are_called_off_at_once(
    act, db, school, two_talks, url, vera
):
    client = act("Anna")
    assert "Vries, Vera de (left)" in client.get(f"{url}/absent").text
    page = client.get(f"{url}/absent?teacher={vera}").text
    assert "mevr. De Vries left the school" in page
    assert "Call off 2 talks" in page
    assert "<textarea" not in page
    answer = client.post(f"{url}/absent?teacher={vera}", data={"agreed": two_talks})
    assert answer.status_code == 303
    db.expire_all()
    assert [db.get(Booking, talk).called_off for talk in two_talks] == ["left", "left"]
    assert db.scalars(select(Unavailability)).all() == []  # should she come back
    assert left_with_talks(NOW) == ()
    assert "Vera" not in client.get(f"{url}/evening").text
    waiting = client.get(f"{url}/unanswered").text
    assert waiting.count("This teacher no longer works at the school.") == 2


def test_calling_them_off_twice_says_that_there_are_none(act, two_talks, url, vera):
    client = act("Anna")
    for _again in range(2):
        client.post(f"{url}/absent?teacher={vera}", data={"agreed": two_talks})
    assert "There are no talks to call off." in client.get(f"{url}/evening").text
    page = client.get(f"{url}/absent?teacher={vera}").text
    assert 'data-tone="loss" type="submit"' not in page


def test_a_talk_at_a_time_the_evening_no_longer_has_is_called_off_too(
    act, db, school, two_talks, url, vera
):
    evening = db.get(Evening, school.evening_id)
    evening.end, db.get(Round, school.round_id).times_key = "18:45", "shorter"
    db.commit()
    act("Anna").post(f"{url}/absent?teacher={vera}", data={"agreed": two_talks})
    db.expire_all()
    assert [db.get(Booking, talk).called_off for talk in two_talks] == ["left", "left"]


def test_a_talk_the_office_did_not_see_is_named_first(act, db, two_talks, url, vera):
    answer = act("Anna").post(f"{url}/absent?teacher={vera}", data={"agreed": two_talks[:1]})
    assert answer.status_code == 409
    assert db.get(Booking, two_talks[0]).cancelled_at is None
    covered = {"agreed": two_talks[:1], "meanwhile": "y"}
    assert act("Anna").post(f"{url}/absent?teacher={vera}", data=covered).status_code == 303
    assert {db.get(Booking, talk).called_off for talk in two_talks} == {"left"}


def test_nobody_but_the_office_calls_them_off(act, db, two_talks, url, vera):
    answer = act("Bart").post(f"{url}/absent?teacher={vera}", data={"agreed": two_talks})
    assert answer.status_code in {403, 404}
    assert db.get(Booking, two_talks[0]).cancelled_at is None


def test_who_comes_back_has_free_times_again(db, school, two_talks, vera):
    db.get(Teacher, vera).ended_on = None
    for offer in db.scalars(select(Offer).where(Offer.teacher_key == str(vera))):
        offer.offered = offer.in_package = True
    db.commit()
    page = load_evening(school.round_id, Filter(), now=NOW)
    (line,) = [line for line in page.matrix.lines if line.teacher.id == vera]
    assert not line.teacher.left
    assert line.cells[0].state is MatrixState.FREE
    assert line.fill.talks == 2


@pytest.mark.parametrize("page", ["evening", "talks", "silent", "absent", "absent?teacher={vera}"])
def test_the_page_asks_no_more_often_for_it(act, book_one, leave, url, vera, page):
    address = f"{url}/{page}".format(vera=vera)
    book_one("Alice", "Noor", "Vera", 1)
    client = act("Anna")
    client.get(address)
    with counted() as before:
        client.get(address)
    book_one("Carol", "Kim", "Vera", 2)
    book_one("Bob", "Tim", "Vera", 3)
    leave("Vera")
    leave("Kim")
    client.get(address)
    with counted() as after:
        client.get(address)
    assert len(after) == len(before)
