"""When the evening pack counts as old: with each thing on it that changes, and by the clock."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.bookings import blocking, moving, service
from app.bookings.blocking import Span
from app.bookings.models import Booking
from app.bookings.rules import Choice
from app.exports import packs
from app.exports.models import EveningPack
from app.rounds.models import Round, new_times_key
from tests.small_school import FIRST, NOW

TEN = timedelta(minutes=10)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def is_fresh(school):
    return lambda: packs.load_pack(school.round_id, school.evening_id).fresh


@pytest.fixture
def make(school):
    def make_(now=NOW):
        packs.make_pack(school.round_id, school.evening_id, now=now)

    return make_


@pytest.fixture
def block(school):
    """Block times of a teacher: block("Vera", 0, 2) is from 18.30 to 18.50."""

    def block_(teacher, first, end):
        span = Span(
            school.teachers[teacher],
            school.evening_id,
            FIRST + first * TEN,
            FIRST + end * TEN,
        )
        blocking.block(school.actors["Anna"], [span], now=NOW)
        return span

    return block_


def test_a_talk_that_moves_makes_it_old(school, book, make, is_fresh):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    make()
    assert is_fresh()
    choice = Choice(*school.choice("Noor", "Vera", 3))
    moving.move(
        school.actors["Alice"], talk, choice, submission="a-move-of-this-test", now=NOW + HOUR
    )
    assert not is_fresh()


def test_one_talk_less_and_one_more_make_it_old(school, book, make, is_fresh):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    make()
    service.cancel(school.actors["Alice"], talk, now=NOW)
    book("Alice", "Sem", ("Vera", 0))
    assert not is_fresh()


@pytest.mark.parametrize("instead", [("Bart", 0, 2), ("Vera", 1, 2), ("Vera", 0, 1)])
def test_another_absence_instead_of_one_makes_it_old(school, block, make, is_fresh, instead):
    """SQLite gives the number of the last row that was deleted to the next one."""
    span = block("Vera", 0, 2)
    make()
    assert is_fresh()
    blocking.free(school.actors["Anna"], [span], now=NOW)
    block(*instead)
    assert not is_fresh()


def test_other_times_or_rooms_make_it_old(db, school, make, is_fresh):
    make()
    db.execute(update(Round).where(Round.id == school.round_id).values(times_key=new_times_key()))
    db.commit()
    assert not is_fresh()


def test_it_is_made_from_two_days_before_the_evening_until_its_end(school):
    """The evening is on Tuesday the ninth; on Sunday it is made, on Wednesday no more."""
    midnight = FIRST.replace(hour=23, minute=0)  # by the clock of the school
    days = {n: midnight - timedelta(days=n) for n in (0, 2, 3)}
    assert packs.refresh_packs(now=days[3] - SECOND) == 0
    assert packs.refresh_packs(now=days[3]) == 1
    assert packs.refresh_packs(now=days[0] - SECOND) == 1
    assert packs.refresh_packs(now=days[0] + 13 * HOUR) == 0


def test_it_is_made_anew_after_twelve_hours_to_the_second(school):
    soon = FIRST - timedelta(hours=30)
    assert packs.refresh_packs(now=soon) == 1
    assert packs.refresh_packs(now=soon + 12 * HOUR - SECOND) == 0
    assert packs.refresh_packs(now=soon + 12 * HOUR) == 1


def test_one_that_was_written_later_is_not_replaced_by_an_older_one(db, school, book, make):
    """Two workers at once: the one that began first may store last."""
    make(NOW + MINUTE)
    later = db.get(EveningPack, school.evening_id).content
    book("Alice", "Noor", ("Vera", 0))
    make(NOW)
    pack = db.get(EveningPack, school.evening_id, populate_existing=True)
    assert (pack.made_at, pack.content) == (NOW + MINUTE, later)


def test_a_talk_that_no_family_knows_of_yet_is_not_on_it(db, book, make, is_fresh):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    db.execute(update(Booking).where(Booking.id == talk).values(published_at=None))
    db.commit()
    make()
    db.execute(update(Booking).where(Booking.id == talk).values(published_at=NOW))
    db.commit()
    assert not is_fresh()


BACK = [HOUR * 2, timedelta(days=2)]


@pytest.mark.parametrize("back", BACK)
def test_it_is_made_anew_when_the_clock_was_put_back(db, school, book, back):
    """Whether by the worker or by the button of its page, and then as seldom as ever."""
    later = FIRST - HOUR
    packs.refresh_packs(now=later)
    now = later - back
    assert packs.refresh_packs(now=now) == 1
    assert packs.refresh_packs(now=now + MINUTE) == 0
    packs.make_pack(school.round_id, school.evening_id, now=later)
    packs.make_pack(school.round_id, school.evening_id, now=now)
    assert db.get(EveningPack, school.evening_id, populate_existing=True).made_at == now


@pytest.mark.parametrize("back", BACK)
def test_a_talk_that_moves_makes_it_old_when_the_clock_was_put_back(
    school, book, make, is_fresh, back
):
    book("Adam", "Sem", ("Kader", 5))
    (talk,) = book("Carol", "Kim", ("Vera", 0))
    make()
    choice = Choice(*school.choice("Kim", "Vera", 3))
    now = NOW - back if back < timedelta(days=1) else NOW - HOUR
    moving.move(school.actors["Carol"], talk, choice, submission="a-move-of-this-test", now=now)
    assert not is_fresh()
