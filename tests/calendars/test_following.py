"""What changes without a promise reaches calendars within minutes, and nothing else is asked."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from app.bookings.models import Booking
from app.calendars import following
from app.calendars.models import CalendarEntry
from app.core.transaction import transaction
from app.rounds.models import EveningRoom, OfferTeacher
from app.school.models import HomeClass, Person, Room, Teacher
from tests.calendars.desk import online, said
from tests.small_school import NOW
from tests.statements import noted


@pytest.fixture
def follow(work):
    """Let a minute pass; return what was asked of the provider in it."""
    passed = [0.0]

    def follow_(desk):
        passed[0] += 60
        before = desk.asked.copy()
        following.follow(now=NOW + timedelta(seconds=passed[0]))
        work(passed[0])
        return desk.asked - before

    return follow_


@pytest.fixture
def talk(desk, work, book_one, follow):
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    work()
    following.follow(now=NOW)
    return booking_id


def change(*statements, db):
    with transaction():
        for statement in statements:
            db.execute(statement)


def asked():
    """Return the statements of a look."""
    with noted() as statements:
        following.follow(now=NOW)
    return [it for it in statements if not it.startswith("SAVEPOINT")]


def test_another_room_is_in_the_calendar_a_minute_later(db, school, desk, talk, follow):
    room = select(Room.id).where(Room.name == "B02").scalar_subquery()
    vera = EveningRoom.teacher_id == school.teachers["Vera"]
    change(update(EveningRoom).where(vera).values(room_id=room), db=db)
    assert follow(desk) == {"change": 1}
    assert [event.place for event in desk.events.values()] == ["B02"]
    assert follow(desk) == {}


def test_so_is_the_new_name_of_a_class(db, desk, talk, follow):
    change(update(HomeClass).values(name="h3c"), db=db)
    assert follow(desk) == {"change": 1}
    assert [event.subject for event in desk.events.values()] == ["Gesprek over Noor (h3c)"]


def test_a_talk_goes_along_to_the_teachers_new_address(db, school, desk, talk, follow):
    vera = Person.id == school.people["Vera"]
    change(update(Person).where(vera).values(email="v.devries@school.example"), db=db)
    follow(desk)
    follow(desk)
    assert [account for account, _start in said(desk)] == ["v.devries@school.example"]


def test_a_teacher_who_has_no_address_yet_gets_the_talk_with_it(
    db, school, desk, work, book_one, follow
):
    vera = Person.id == school.people["Vera"]
    change(update(Person).where(vera).values(email=""), db=db)
    book_one("Alice", "Noor", "Vera", 0)
    work()
    assert (follow(desk), desk.events) == ({}, {})
    change(update(Person).where(vera).values(email="vera@school.example"), db=db)
    assert follow(desk) == {"create": 1}


def test_a_colleague_who_joins_has_it_and_one_who_leaves_has_not(db, school, desk, talk, follow):
    offer = db.scalar(select(Booking.offer_id).where(Booking.id == talk))
    bart = {"offer_id": offer, "teacher_id": school.teachers["Bart"], "position": 1}
    with transaction():
        db.add(OfferTeacher(**bart))
    follow(desk)
    assert {account for account, _start in said(desk)} == {
        "vera@school.example",
        "bart@school.example",
    }
    change(delete(OfferTeacher).filter_by(**bart), db=db)
    follow(desk)
    follow(desk)
    assert [account for account, _start in said(desk)] == ["vera@school.example"]


def test_the_talk_of_a_teacher_who_left_is_taken_out(db, school, desk, talk, follow):
    vera = Teacher.id == school.teachers["Vera"]
    change(update(Teacher).where(vera).values(ended_on=NOW.date()), db=db)
    follow(desk)
    assert desk.events == {}


def test_the_event_of_an_online_talk_keeps_its_link(db, school, desk, work, book_one, follow):
    online(db, school)
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    work()
    following.follow(now=NOW)
    link = db.scalar(select(Booking.link).where(Booking.id == booking_id))
    change(update(HomeClass).values(name="h3c"), db=db)
    assert follow(desk) == {"change": 1}
    db.rollback()
    assert db.scalar(select(Booking.link).where(Booking.id == booking_id)) == link != ""


@pytest.mark.usefixtures("talk")
def test_what_nobody_changed_is_one_statement(db, desk, book_one, follow):
    assert len(asked()) == 1
    book_one("Carol", "Kim", "Bart", 1)  # a promise tells calendars of it
    assert len(asked()) == 1


@pytest.mark.usefixtures("talk")
def test_a_change_that_calendars_do_not_tell_asks_nothing(db, desk, follow):
    change(update(Person).values(language="en"), db=db)
    assert follow(desk) == {}
    assert db.scalars(select(CalendarEntry.due_at)).all() == [None]


def test_more_talks_are_not_more_statements(db, desk, book_one, follow, work):
    counts = []
    for whom in (("Alice", "Noor", "Vera", 0), ("Carol", "Kim", "Bart", 1)):
        book_one(*whom)
        work()
        change(update(Person).values(language="en"), db=db)
        counts.append(len(asked()))
    assert counts[0] == counts[1] < 20


def test_what_was_given_up_is_not_tried_each_minute(db, desk, talk, follow):
    change(
        update(CalendarEntry).values(shown=None, given_up=True, due_at=None, remote_id=""), db=db
    )
    change(update(Person).values(language="en"), db=db)
    assert follow(desk) == {}


def test_without_calendars_no_talk_is_read(book_one):
    book_one("Alice", "Noor", "Vera", 0)
    assert len(asked()) == 2
