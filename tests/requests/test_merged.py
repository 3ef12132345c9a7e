"""A guardian who is listed twice becomes one person, and two again: requests and wishes go along."""

import pytest
from sqlalchemy import select, update

from app.bookings.models import Booking, BookingRequest
from app.people.merging import merge_guardians
from app.people.splitting import load_split, split_guardians
from app.requests import following, wishes
from app.requests.models import NoTalkNeeded, Preference
from app.requests.queries import load_asking
from app.rounds.models import Round
from app.school.models import Person
from tests.small_school import FIRST, NOW


@pytest.fixture(autouse=True)
def _twice(db, school):
    """Alice is Carol: the administration lists her once for Noor and Sem, and once for Kim."""
    both = [school.people["Alice"], school.people["Carol"]]
    mail = {"email": "one@family.example", "email_key": "one@family.example"}
    db.execute(update(Person).where(Person.id.in_(both)).values(mail))
    db.execute(update(Round).values(mode="both", office_remarks=True))
    db.commit()


@pytest.fixture
def merge(school):
    def merge_():
        alice, carol = (school.actors[name].guardian_id for name in ("Alice", "Carol"))
        merge_guardians(school.actors["Anna"], alice, carol, reason="her passport", now=NOW)

    return merge_


@pytest.fixture
def split(school):
    def split_():
        carol = school.actors["Carol"].guardian_id
        split_guardians(school.actors["Anna"], carol, reason="sisters", now=NOW)

    return split_


@pytest.fixture
def wish(school):
    def wish_(actor, *starts, remark=""):
        wishes.set_wishes(
            school.actors[actor],
            school.round_id,
            away=[(school.evening_id, start) for start in starts],
            preference=Preference.NONE,
            remark=remark,
            now=NOW,
        )

    return wish_


@pytest.fixture
def page(school):
    return lambda actor: load_asking(school.actors[actor], school.round_id, now=NOW)


def none_needed(page):
    return [it.child.given_name for it in page.children if it.none_needed]


def test_one_person_has_the_requests_of_both(db, school, ask, asked, merge):
    ask("Alice", "Noor", "Vera")
    ask("Carol", "Kim", "Bart")
    merge()
    assert asked("Alice") == ["mevr. De Vries", "dhr. Bakker"]
    assert asked("Adam") == ["mevr. De Vries"]
    by = db.scalars(select(BookingRequest.asked_by_id).distinct()).one()
    assert by == school.people["Alice"]


def test_and_what_both_said(page, ask, wish, merge):
    ask("Carol", "Kim", none_needed=True)
    wish("Carol", FIRST, remark="graag met de trein van zeven uur")
    merge()
    its = page("Alice")
    assert none_needed(its) == ["Kim"]
    assert [evening.away for evening in its.evenings] == [frozenset({FIRST})]
    assert its.remark == "graag met de trein van zeven uur"


def test_whoever_she_comes_with_reads_nothing_of_what_she_wrote_alone(page, ask, wish, merge):
    ask("Alice", "Noor", "Vera")
    wish("Carol", FIRST, remark="over Kim alleen")
    merge()
    assert page("Adam").remark == ""


def test_two_again_each_has_the_own_requests(db, school, ask, asked, merge, split):
    merge()
    ask("Alice", "Kim", "Bart")
    ask("Alice", "Noor", "Vera")
    split()
    assert asked("Carol") == ["dhr. Bakker"]
    assert asked("Alice") == ["mevr. De Vries"]
    by = dict(db.execute(select(BookingRequest.student_id, BookingRequest.asked_by_id)).all())
    assert by == {
        school.students["Kim"]: school.people["Carol"],
        school.students["Noor"]: school.people["Alice"],
    }


def test_and_what_was_said_of_the_own_children(db, page, ask, merge, split):
    merge()
    ask("Alice", "Kim", none_needed=True)
    ask("Alice", "Sem", none_needed=True)
    split()
    for _time in range(2):
        assert none_needed(page("Carol")) == ["Kim"]
        assert none_needed(page("Alice")) == ["Sem"]
        following.follow(now=NOW)
    assert len(db.scalars(select(NoTalkNeeded.id)).all()) == 2


def test_a_placed_request_goes_with_its_talk(db, school, ask, book_one, merge, split):
    merge()
    ask("Alice", "Kim", "Bart")
    talk = book_one("Alice", "Kim", "Bart", 0)
    request = db.scalars(select(BookingRequest)).one()
    assert request.booking_id == talk
    split()
    db.expire_all()
    assert request.household_id == db.get(Booking, talk).household_id


def test_when_she_cannot_come_stays_with_who_said_it(page, ask, wish, merge, split):
    merge()
    ask("Alice", "Kim", "Bart")
    wish("Alice", FIRST)
    split()
    following.follow(now=NOW)
    (own,), (other,) = page("Alice").evenings, page("Carol").evenings
    assert (own.away, other.away) == (frozenset({FIRST}), frozenset())


def test_the_page_of_splitting_counts_requests(school, ask, merge):
    merge()
    ask("Alice", "Kim", "Bart")
    its = load_split(school.actors["Carol"].guardian_id, now=NOW)
    assert its.requests == 1
