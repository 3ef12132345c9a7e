"""How many mails about a talk families get, as a page says before it is changed."""

import pytest

from app.bookings.mails.families import count_mails, readers_of
from app.bookings.models import Booking
from app.school.models import Guardianship, Person
from tests.small_school import NOW


def told(*booking_ids):
    numbers = count_mails(booking_ids, NOW)
    assert numbers == {it: len(found) for it in booking_ids if (found := readers_of(it, NOW))}
    return [numbers.get(it, 0) for it in booking_ids]


def test_each_recipient_counts_once(db, school, book):
    noor, kim = *book("Alice", "Noor", ("Vera", 0)), *book("Carol", "Kim", ("Vera", 1))
    assert told(noor, kim) == [2, 1]
    adam = db.get(Person, school.people["Adam"])
    adam.email_key = db.get(Person, school.people["Alice"]).email_key  # they share a mailbox
    db.commit()
    assert told(noor, kim) == [1, 1]
    db.get(Person, school.people["Carol"]).email = ""
    db.commit()
    assert told(noor, kim) == [1, 0]


def test_who_no_longer_sees_the_child_does_not(db, school, book):
    (noor,) = book("Alice", "Noor", ("Vera", 0))
    for link in db.query(Guardianship).filter_by(student_id=school.students["Noor"]):
        link.ended_at = NOW
        db.commit()
    assert told(noor) == [0]


@pytest.mark.parametrize("number", [1, 0])
def test_a_student_who_comes_alone_is_the_one(db, school, book_for, number):
    (talk,) = book_for("Noor", ("Vera", 0), household="Alice").booked
    row, student = db.get(Booking, talk), db.get(Person, school.people["Noor"])
    row.household_id, student.email = None, "noor@school.example" if number else ""
    db.commit()
    assert told(talk) == [number]


def test_nobody_is_told_about_a_talk_that_was_never_published(db, book):
    (noor,) = book("Alice", "Noor", ("Vera", 0))
    db.get(Booking, noor).published_at = None
    db.commit()
    assert count_mails([noor], NOW) == {}
