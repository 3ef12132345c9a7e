"""What making one person of two does to talks, and to no other ones."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.bookings import claims, merging, office
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice
from app.core.transaction import transaction
from app.rounds.models import EveningRoom, Round, new_times_key
from app.school.models import Person, Room
from tests.small_school import FIRST, NOW

TEN = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


@pytest.fixture
def clashes(school):
    return lambda one, other, now=NOW: merging.clashes(
        school.people[one], school.people[other], now=now
    )


def test_two_talks_at_one_time_clash_until_they_are_over(book_one, clashes):
    both = {book_one("Alice", "Noor", "Vera", 1), book_one("Carol", "Kim", "Bart", 1)}
    assert clashes("Alice", "Carol") == both
    assert clashes("Alice", "Carol", FIRST + 2 * TEN - SECOND) == both
    assert clashes("Alice", "Carol", FIRST + 2 * TEN) == frozenset()


def test_a_room_with_the_number_of_a_person_is_not_that_person(db, school, book_one, clashes):
    kader = school.people["Kader"]
    db.execute(update(Room).where(Room.id == kader).values(exclusive=True))
    db.execute(
        update(EveningRoom)
        .where(EveningRoom.teacher_id == school.teachers["Vera"])
        .values(room_id=kader)
    )
    db.execute(update(Round).values(times_key=new_times_key()))
    db.commit()
    talk = book_one("Carol", "Kim", "Vera", 0)
    held = select(Claim.resource_id).where(Claim.booking_id == talk, Claim.kind == "room")
    assert kader in db.scalars(held).all()
    assert clashes("Carol", "Kader") == frozenset()


def test_what_the_office_booked_stays_booked_by_the_office(db, school, book_one):
    """Whoever works in the office may be a parent too, who is somebody else by now."""
    own = book_one("Alice", "Noor", "Vera", 0)
    (other,) = office.book_for(
        school.actors["Sofie"],
        school.round_id,
        school.students["Kim"],
        school.households["Carol"],
        [Choice(*school.choice("Kim", "Vera", 1))],
        reason="",
        beyond_maximum=False,
        now=NOW,
    ).booked
    for name in ("Alice", "Sofie"):
        merging.rename_booker(school.people[name], school.people["Bob"])
    booker = {row.id: row.booked_by_id for row in db.scalars(select(Booking))}
    assert booker == {own: school.people["Bob"], other: school.people["Sofie"]}


def test_only_talks_about_these_children_go_to_the_other_household(db, school, book_one):
    goes, stays = book_one("Alice", "Noor", "Vera", 0), book_one("Alice", "Sem", "Vera", 1)
    alice, carol = (school.actors[name].guardian_id for name in ("Alice", "Carol"))
    merging.swap_guardian(alice, carol, [school.students["Noor"]])
    households = {row.id: row.household_id for row in db.scalars(select(Booking))}
    assert households[stays] == school.households["Alice"]
    assert households[goes] not in {school.households["Alice"], school.households["Carol"]}


def test_locking_a_child_moves_on_no_teacher_of_anothers_offer(db, school):
    """A form made by hand may name any offer."""

    def revisions():
        db.expire_all()
        return {name: db.get(Person, school.people[name]).revision for name in school.teachers}

    before = revisions()
    with transaction():
        claims.lock_child(
            school.students["Noor"],
            offers={school.offers["Noor", "Vera"], school.offers["Kim", "Kader"]},
        )
    after = revisions()
    assert {name for name in before if after[name] != before[name]} == {"Vera"}
