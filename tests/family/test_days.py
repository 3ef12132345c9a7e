"""Which evenings are to come, and which talks are of this round."""

from datetime import date, timedelta

import pytest

from app.bookings import service
from app.bookings.rules import Choice
from app.bookings.talks import own_talks
from app.family.overview import load_overview
from app.family.queries import load_table
from app.family.table import rows_of
from app.rounds.queries import load_evenings
from app.school.queries import children_of
from tests.small_school import FIRST, NOW

DAY = timedelta(days=1)
MIDNIGHT = FIRST.replace(hour=23, minute=0)
"""The end of the day by the school's clock."""


@pytest.fixture
def of_students(school):
    """Book a talk in the students' round, a week later: of_students("Noor", "Vera", 0)."""

    def book(student, teacher, slot):
        choice = Choice(school.student_slots[slot], school.student_offers[student, teacher])
        (talk,) = service.book(
            school.actors[student],
            school.student_round_id,
            school.students[student],
            [choice],
            together=True,
            submission=f"a-form-of-{student}-in-this-test",
            now=NOW,
        ).booked
        return talk

    return book


def test_an_evening_is_to_come_until_its_day_is_over(school, book_one):
    book_one("Alice", "Noor", "Vera", 0)

    def days(now):
        page = load_overview(school.actors["Alice"], now=now)
        return [evening.day for evening in page.evenings], [evening.day for evening in page.past]

    day = date(2027, 2, 9)
    assert days(MIDNIGHT - timedelta(seconds=1)) == ([day], [])
    assert days(MIDNIGHT) == ([], [day])


def test_a_round_is_shown_until_its_last_day_is_over(school):
    def rounds(now):
        page = load_overview(school.actors["Alice"], now=now)
        return [card.round.name for card in page.rounds]

    assert rounds(MIDNIGHT - timedelta(seconds=1)) == ["Oudercontact 2", "Leerlingcontact"]
    assert rounds(MIDNIGHT) == ["Leerlingcontact"]


def test_of_the_evenings_that_are_over_the_latest_comes_first(school, book_one, of_students):
    book_one("Alice", "Noor", "Vera", 0)
    of_students("Noor", "Bart", 0)
    page = load_overview(school.actors["Alice"], now=NOW)
    assert [evening.day.day for evening in page.evenings] == [9, 16]
    page = load_overview(school.actors["Alice"], now=FIRST + 30 * DAY)
    assert [evening.day.day for evening in page.past] == [16, 9]


def test_a_talk_with_the_teacher_in_another_round_is_none_of_this_one(school, of_students):
    of_students("Noor", "Vera", 0)
    page = load_table(school.actors["Alice"], school.round_id, school.students["Noor"], now=NOW)
    assert {card.teacher: card.talk for card in page.cards}["mevr. De Vries"] is None
    assert page.booked == 0


def test_the_talks_of_an_evening_are_in_the_order_of_time_whatever_order_they_came_in(school, book):
    late, early = book("Alice", "Noor", ("Vera", 5), ("Bart", 1))
    children = children_of(school.actors["Alice"], NOW.date())
    talks = own_talks(children, now=NOW)
    (evening,) = rows_of(load_evenings(school.round_id), tuple(reversed(talks)))
    assert [talk.booking_id for talk in evening.talks] == [early, late]
