"""What the page of a student says of days: talks to come, rounds to book in, who decided."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.core.errors import NotFoundError
from app.people import service
from app.people.student import load_family
from app.people.table import load_table
from app.school.models import Guardianship, Student
from app.school.queries import children_of
from tests.small_school import FIRST, NOW

SECOND = timedelta(seconds=1)
MIDNIGHT = FIRST.replace(hour=23, minute=0)


def test_a_talk_is_to_come_until_it_begins(school, book_one):
    book_one("Alice", "Noor", "Vera", 0)

    def state(now):
        (line,) = load_family(school.students["Noor"], now=now).talks
        return line.state

    assert (state(FIRST - SECOND), state(FIRST)) == ("coming", "past")


def test_a_round_is_there_to_book_in_until_its_last_day_is_over(school):
    def rounds(now):
        return len(load_family(school.students["Noor"], now=now).rounds)

    assert (rounds(MIDNIGHT - SECOND), rounds(MIDNIGHT)) == (2, 1)


def test_a_talk_that_has_begun_is_not_moved(school, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)

    def to_move(now):
        page = load_table(
            school.round_id,
            school.students["Noor"],
            school.households["Alice"],
            moving=talk,
            now=now,
        )
        return page.moving

    assert to_move(FIRST - SECOND).booking_id == talk
    assert to_move(FIRST) is None


@pytest.mark.parametrize(("in_source", "reason"), [(False, "by hand"), (True, "")])
def test_where_the_source_says_the_same_it_is_followed_again(db, school, in_source, reason):
    noor = school.students["Noor"]
    db.execute(update(Student).where(Student.id == noor).values(apart_in_source=in_source))
    db.commit()
    service.set_apart(school.actors["Anna"], noor, apart=True, reason="by hand", now=NOW)
    assert db.scalar(select(Student.apart_reason).where(Student.id == noor)) == reason


@pytest.mark.parametrize(("born", "of_age"), [(date(2013, 5, 1), False), (date(2009, 1, 20), True)])
def test_what_is_opened_of_a_student_of_age_stays_so(db, school, born, of_age):
    """Once a student is 18, only what was opened since then is open."""
    noor, alice = school.students["Noor"], school.actors["Alice"].guardian_id
    link = (Guardianship.student_id == noor, Guardianship.guardian_id == alice)
    db.execute(update(Student).where(Student.id == noor).values(birth_date=born))
    db.execute(update(Guardianship).where(*link).values(closed_reason="school"))
    db.commit()
    service.change_access(
        school.actors["Anna"], noor, alice, opens=True, reason="a letter", now=NOW
    )
    row = db.scalars(select(Guardianship).where(*link)).one()
    assert (row.opened_at, row.opened_of_age) == (NOW, of_age)


def test_what_is_closed_again_is_closed_to_who_was_shown_a_student_of_age_too(db, school):
    noor, alice = school.students["Noor"], school.actors["Alice"].guardian_id
    link = (Guardianship.student_id == noor, Guardianship.guardian_id == alice)
    db.execute(update(Student).where(Student.id == noor).values(birth_date=date(2009, 1, 20)))
    db.commit()

    def children():
        return [child.given_name for child in children_of(school.actors["Alice"], NOW.date())]

    for opens in (True, False):
        service.change_access(
            school.actors["Anna"], noor, alice, opens=opens, reason="a letter", now=NOW
        )
        assert ("Noor" in children()) is opens
    row = db.scalars(select(Guardianship).where(*link)).one()
    assert (row.opened_at, row.opened_reason, row.opened_of_age, row.closed_reason) == (
        None,
        "",
        False,
        "school",
    )


@pytest.mark.parametrize("apart", [True, False])
def test_of_a_student_who_left_nothing_is_decided(db, school, apart):
    noor = school.students["Noor"]
    db.execute(update(Student).where(Student.id == noor).values(ended_on=NOW.date()))
    db.commit()
    with pytest.raises(NotFoundError):
        service.set_apart(school.actors["Anna"], noor, apart=apart, reason="", now=NOW)
