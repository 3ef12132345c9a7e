"""Where a family begins after signing in, or by the link of its invitation."""

import pytest
from sqlalchemy import select, update

from app.bookings.models import Booking
from app.requests import asking
from app.requests.asking import Asked, AskedFor
from app.rounds.models import Mode, Offer, OpenTo, Round
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture
def start(act):
    """Where a page leads somebody: start("Alice"), start("Bart", "/")."""

    def start_(name, path="/talks/start"):
        answer = act(name).get(path)
        assert answer.status_code == 302
        return answer.location

    return start_


@pytest.fixture
def table(school):
    return lambda student: f"/rounds/{school.round_id}/children/{school.students[student]}"


@pytest.fixture
def change(db, school):
    def change_(**values):
        db.execute(update(Round).where(Round.id == school.round_id).values(**values))
        db.commit()

    return change_


@pytest.fixture
def ask(school):
    def ask_(student, *teachers, none_needed=False):
        talks = [Asked(school.offers[student, name]) for name in teachers]
        wanted = {school.students[student]: AskedFor(talks, none_needed)}
        asking.ask(school.actors["Alice"], school.round_id, wanted, now=NOW)

    return ask_


@pytest.mark.parametrize("path", ["/", "/talks/start"])
def test_it_is_the_first_child_without_a_talk_and_at_last_the_overview(
    start, table, book_one, path
):
    assert start("Alice", path) == table("Noor")
    book_one("Adam", "Noor", "Vera", 0)
    assert start("Alice", path) == table("Sem")
    book_one("Alice", "Sem", "Bart", 2)
    assert start("Alice", path) == "/talks"


def test_parents_who_come_apart_each_begin_with_what_they_have(start, table, book_one):
    book_one("Bob", "Tim", "Vera", 0)
    assert start("Bob") == "/talks"
    assert start("Bea") == table("Tim")


def test_a_child_whom_nobody_can_be_asked_about_is_passed_over(db, school, start, table):
    of_noor = Offer.student_id == school.students["Noor"]
    db.execute(update(Offer).where(of_noor).values(offered=False))
    db.commit()
    assert start("Alice") == table("Sem")


def test_where_the_school_plans_it_is_the_page_to_ask(start, school, change, ask):
    change(mode=Mode.REQUESTS)
    assert start("Alice") == f"/rounds/{school.round_id}/ask"
    ask("Noor", "Vera")
    assert start("Alice") == f"/rounds/{school.round_id}/ask"
    ask("Sem", none_needed=True)
    assert start("Alice") == "/talks"


def test_where_one_can_choose_and_ask_what_is_asked_for_counts(start, table, change, ask):
    change(mode=Mode.BOTH)
    assert start("Alice") == table("Noor")
    ask("Noor", "Vera")
    assert start("Alice") == table("Sem")
    ask("Sem", none_needed=True)
    assert start("Alice") == "/talks"


def test_with_several_rounds_to_choose_from_it_is_the_overview(db, school, start):
    other = Round.id == school.student_round_id
    db.execute(update(Round).where(other).values(open_to=OpenTo.BOTH))
    db.commit()
    assert start("Alice") == "/talks"


def test_before_and_after_the_days_of_choosing_it_is_the_overview(start, table, change):
    change(opens_at=NOW.replace(day=25))
    assert start("Alice") == "/talks"
    change(opens_at=NOW.replace(day=10), closes_at=NOW)
    assert start("Alice") == "/talks"


def test_what_the_school_called_off_is_told_first(db, start, book_one, call_off):
    book_one("Alice", "Noor", "Vera", 0)
    call_off(db.scalar(select(Booking.id)))
    assert start("Alice") == "/talks"


def test_a_student_begins_in_the_round_for_students(start, school):
    student = school.students["Noor"]
    assert start("Noor", "/") == f"/rounds/{school.student_round_id}/children/{student}"


def test_a_teacher_who_is_a_parent_comes_to_the_table_by_the_invitation_alone(start, table):
    assert start("Bart", "/") == "/talks"
    assert start("Bart") == table("Lot")
    assert start("Vera", "/") == "/teaching"


def test_the_schools_name_leads_to_the_overview_from_everywhere(act, table):
    for page in (table("Noor"), "/talks/log"):
        words = " ".join(act("Alice").get(page).text.split())
        assert '<a class="brand" href="/talks">' in words
