"""When a talk was booked and last changed, on which evening it is, and how: what later mails,
packs and lists go by."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.bookings import moving, remarks
from app.bookings.models import Booking
from app.bookings.regrouping import follow_households
from app.bookings.rules import Choice
from app.family.overview import load_overview
from app.rounds.models import Evening, Round, Slot, new_times_key
from tests.small_school import FIRST, NOW

LATER = NOW + timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def next_day(db, school):
    """The round has a second evening, a day later; return it and its first slot."""
    evening = Evening(
        round_id=school.round_id,
        day=(FIRST + DAY).date(),
        first_start="18:30",
        end="20:40",
        talk_minutes=10,
    )
    db.add(evening)
    db.flush()
    start = FIRST + DAY
    slot = Slot(evening_id=evening.id, starts_at=start, ends_at=start + timedelta(minutes=10))
    db.add(slot)
    db.execute(update(Round).where(Round.id == school.round_id).values(times_key=new_times_key()))
    db.commit()
    return evening.id, slot.id


def stamps(db, talk):
    row = db.get(Booking, talk, populate_existing=True)
    return row.booked_at, row.changed_at, row.published_at


def test_a_new_talk_was_booked_changed_and_shown_just_now(db, book_one):
    assert stamps(db, book_one("Alice", "Noor", "Vera", 0)) == (NOW, NOW, NOW)


def test_a_remark_changes_its_talk(db, school, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    remarks.set_remark(school.actors["Adam"], talk, "leest graag", now=LATER)
    assert stamps(db, talk) == (NOW, LATER, NOW)


def test_a_talk_that_goes_to_another_household_changes(db, school, book_one, regroup):
    talk = book_one("Adam", "Noor", "Vera", 0)
    regroup("Noor", ["Alice"], ["Adam"])
    follow_households(now=LATER)
    assert stamps(db, talk) == (NOW, LATER, NOW)


def test_a_talk_that_moves_to_another_day_is_of_that_evening(db, school, book_one, next_day):
    talk = book_one("Alice", "Noor", "Vera", 0)
    evening, slot = next_day
    moving.move(
        school.actors["Alice"],
        talk,
        Choice(slot, school.offers["Noor", "Vera"]),
        submission="a-move-of-this-test",
        now=LATER,
    )
    row = db.get(Booking, talk, populate_existing=True)
    assert (row.evening_id, row.starts_at) == (evening, FIRST + DAY)
    (shown,) = load_overview(school.actors["Alice"], now=LATER).evenings
    assert shown.day == (FIRST + DAY).date()


@pytest.mark.parametrize("modalities", ["site", "teams", "phone,site"])
def test_a_talk_is_booked_as_the_first_thing_its_round_offers(db, school, book_one, modalities):
    db.execute(update(Round).where(Round.id == school.round_id).values(modalities=modalities))
    db.commit()
    talk = book_one("Alice", "Noor", "Vera", 0)
    assert db.get(Booking, talk).modality == modalities.partition(",")[0]


def test_of_two_talks_with_one_teacher_the_one_that_was_booked_first_stays(
    db, school, choose, regroup
):
    """Whatever number it has: two workers need not give numbers in the order of their clocks."""
    (late,) = choose("Bob", "Tim", ("Vera", 0), now=LATER).booked
    (early,) = choose("Bea", "Tim", ("Vera", 5), now=NOW).booked
    regroup("Tim", ["Bob", "Bea"])
    follow_households(now=LATER)
    left = {row.id: row.cancelled_at for row in db.scalars(select(Booking))}
    assert left == {late: LATER, early: None}
