"""Rooms that hold one talk at a time: who holds them, and who has them when the first one leaves."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.bookings import claims, service
from app.bookings.models import Booking, Claim
from app.core.transaction import transaction
from app.family.queries import load_table
from app.rounds.models import EveningRoom, Offer, OfferTeacher, Round, new_times_key
from app.school.models import Room
from tests.small_school import FIRST, NOW

TEN = timedelta(minutes=10)


@pytest.fixture
def room(db, school):
    """All teachers sit in one room; room(exclusive=True) holds one talk at a time from now on."""

    def room_(*, exclusive):
        id_ = db.scalars(select(Room.id).order_by(Room.id)).first()
        db.execute(update(EveningRoom).values(room_id=id_))
        db.execute(update(Room).where(Room.id == id_).values(exclusive=exclusive))
        db.execute(update(Round).values(times_key=new_times_key()))
        db.commit()
        return id_

    return room_


@pytest.fixture
def holders(db):
    """Return the talks that hold a room, by the tens of minutes of the evening."""

    def holders_():
        first = int(FIRST.timestamp()) // 300
        return {
            ((tick - first) / 2, booking_id)
            for tick, booking_id in db.execute(
                select(Claim.tick, Claim.booking_id).where(Claim.kind == "room")
            )
        }

    return holders_


def test_a_time_at_which_the_room_is_taken_cannot_be_chosen(school, room, book_one):
    room(exclusive=True)
    book_one("Carol", "Kim", "Bart", 1)
    page = load_table(school.actors["Alice"], school.round_id, school.students["Noor"], now=NOW)
    (vera,) = [card for card in page.cards if "Vries" in card.teacher]
    states = [str(cell.state) for cell in vera.evenings[0].cells]
    assert states[:3] == ["free", "unavailable", "free"]


def test_who_was_promised_the_room_second_has_it_when_the_first_one_leaves(
    school, room, book_one, holders
):
    room(exclusive=False)
    first = book_one("Alice", "Noor", "Vera", 1)
    second = book_one("Carol", "Kim", "Bart", 1)
    id_ = room(exclusive=True)
    with transaction():
        claims.take_rooms([(id_, first, FIRST + TEN, FIRST + 2 * TEN)])
    service.cancel(school.actors["Alice"], first, now=NOW)
    assert holders() == {(1, second), (1.5, second)}


def test_one_that_begins_in_the_middle_of_the_first_has_it_from_then_on(
    db, school, room, book_one, holders
):
    """Evenings of two rounds whose times are not the same."""
    room(exclusive=False)
    first = book_one("Alice", "Noor", "Vera", 1)
    second = book_one("Carol", "Kim", "Bart", 1)
    half = TEN / 2
    db.execute(
        update(Booking)
        .where(Booking.id == second)
        .values(starts_at=FIRST + TEN + half, ends_at=FIRST + 2 * TEN + half)
    )
    id_ = room(exclusive=True)
    with transaction():
        claims.take_rooms([(id_, first, FIRST + TEN, FIRST + 2 * TEN)])
    service.cancel(school.actors["Alice"], first, now=NOW)
    assert holders() == {(1.5, second), (2, second)}


def test_a_talk_with_two_teachers_is_in_the_room_of_the_first(db, school, book_one):
    offer = school.offers["Noor", "Vera"]
    key = "-".join(str(school.teachers[name]) for name in ("Vera", "Bart"))
    db.execute(update(Offer).where(Offer.id == offer).values(teacher_key=key))
    db.add(OfferTeacher(offer_id=offer, teacher_id=school.teachers["Bart"], position=1))
    db.commit()
    talk = book_one("Alice", "Noor", "Vera", 0)
    rooms = db.execute(claims.sitting(Booking.id == talk)).all()
    vera = db.scalar(
        select(EveningRoom.room_id).where(
            EveningRoom.evening_id == school.evening_id,
            EveningRoom.teacher_id == school.teachers["Vera"],
        )
    )
    assert [row[0] for row in rooms] == [vera]


def test_a_talk_that_was_cancelled_sits_nowhere(db, school, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    service.cancel(school.actors["Alice"], talk, now=NOW)
    assert db.execute(claims.sitting(Booking.id == talk)).all() == []
