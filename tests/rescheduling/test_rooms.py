"""A room that holds one talk at a time from now on, with two talks promised there at one time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.bookings import moving, office, service
from app.bookings.calling_off import service as calling_off
from app.bookings.models import Claim
from app.bookings.rules import Choice
from app.people import service as families
from app.rescheduling.conflicts import Reason
from app.rescheduling.service import ChangedMeanwhile
from app.rounds.models import Evening, EveningRoom, Slot
from app.rounds.spec import RoomSpec
from app.school.models import Room
from tests.rescheduling.changed import CANCEL, DAY, KEEP, MOVE, at, claims_of, talk
from tests.small_school import NOW

WEEK = timedelta(weeks=1)


@pytest.fixture
def aula(school):
    """Vera and Bart in one room; aula(exclusive=True) holds one talk at a time."""

    def aula_(**options):
        teachers = (school.teachers["Vera"], school.teachers["Bart"])
        return {"rooms": (RoomSpec("Aula", teachers, **options),)}

    return aula_


@pytest.fixture
def two(book):
    """Two talks at 18.30; the first was promised first."""
    return book("Alice", "Noor", ("Vera", 0)) + book("Carol", "Kim", ("Bart", 0))


def holds_room(db, booking_id):
    return "room" in {kind for kind, _id, _tick in claims_of(db, booking_id)}


def test_all_but_the_first_talk_are_shown_with_the_nearest_time(two, hurt, spec, aula):
    (it,) = hurt(spec(**aula(exclusive=True)))
    assert (it.talk.booking_id, it.reasons) == (two[1], (Reason.ROOM,))
    assert it.free_time.starts_at == at(10)


def test_a_room_that_may_hold_many_hurts_nothing(two, hurt, spec, aula):
    assert hurt(spec(**aula())) == ()


def test_talks_after_each_other_are_not_in_each_others_way(book, hurt, spec, aula):
    book("Alice", "Noor", ("Vera", 0), ("Bart", 1))
    assert hurt(spec(**aula(exclusive=True))) == ()


def test_the_nearest_time_is_one_at_which_the_room_is_free_too(book, two, hurt, spec, aula):
    book("Bart", "Lot", ("Vera", 1))
    (it,) = hurt(spec(**aula(exclusive=True)))
    assert it.free_time.starts_at == at(20)


def test_the_second_talk_moves_and_then_holds_the_room(db, two, change, spec, aula):
    change(spec(**aula(exclusive=True)), {two[1]: MOVE})
    assert talk(db, two[1]).starts_at == at(10)
    assert [holds_room(db, booking_id) for booking_id in two] == [True, True]


def test_the_second_talk_can_be_called_off(db, two, change, spec, aula):
    change(spec(**aula(exclusive=True)), {two[1]: CANCEL})
    assert talk(db, two[1]).called_off == "changed"
    assert holds_room(db, two[0])


def test_both_can_stand_and_are_not_asked_about_again(db, two, change, hurt, spec, aula):
    change(spec(**aula(exclusive=True)), {two[1]: KEEP})
    assert [talk(db, booking_id).starts_at for booking_id in two] == [at(0), at(0)]
    assert [holds_room(db, booking_id) for booking_id in two] == [True, False]
    again = aula(exclusive=True)["rooms"][0]
    assert hurt(spec(rooms=(RoomSpec("Hal", again.teacher_ids, exclusive=True),))) == ()


def test_a_room_that_the_school_does_not_know_yet_is_held_as_well(db, two, change, spec, aula):
    change(spec(**aula(exclusive=True)), {two[1]: MOVE})
    (room,) = db.scalars(select(Room.id).where(Room.name == "Aula"))
    held = db.scalars(select(Claim.resource_id).where(Claim.kind == "room").distinct()).all()
    assert held == [room]


def test_a_talk_does_not_move_to_a_time_at_which_another_one_keeps_the_room(
    db, book, change, spec, aula
):
    """18.30 would go to 19.00 in the room; 19.00 loses nothing and stays there."""
    (vera,) = book("Alice", "Noor", ("Vera", 0))
    (bart,) = book("Carol", "Kim", ("Bart", 3))
    change(spec(first_start="19:00", **aula(exclusive=True)), {vera: MOVE})
    assert (talk(db, vera).starts_at, talk(db, bart).starts_at) == (at(40), at(30))
    assert holds_room(db, vera)
    assert holds_room(db, bart)


def test_what_would_move_to_the_time_of_a_talk_that_is_kept_is_refused(
    db, book, change, spec, aula
):
    """Both lose 18.40; one would go where the room is free only when the other one leaves."""
    first, second = book("Alice", "Noor", ("Vera", 1)) + book("Carol", "Kim", ("Bart", 2))
    planned = spec(talk_minutes=15, breaks=(), **aula(exclusive=True))
    with pytest.raises(ChangedMeanwhile):
        change(planned, {first: MOVE, second: KEEP})
    assert [talk(db, id_).starts_at for id_ in (first, second)] == [at(10), at(20)]


def test_a_talk_in_the_way_that_was_booked_meanwhile_is_asked_about(
    db, book, change, hurt, spec, aula
):
    book("Alice", "Noor", ("Vera", 0))
    shown = hurt(spec(**aula(exclusive=True)))
    book("Carol", "Kim", ("Bart", 0))
    with pytest.raises(ChangedMeanwhile):
        change(spec(**aula(exclusive=True)), {}, shown, rest=None)


@pytest.fixture
def hall(db, school):
    """Both rounds on one evening, and in one hall: Kader in this one, Bart in the students'."""
    room = Room(name="Hal")
    db.add(room)
    db.flush()
    other = db.scalars(select(Evening).where(Evening.round_id == school.student_round_id)).one()
    for slot in db.scalars(select(Slot).where(Slot.evening_id == other.id)):
        slot.starts_at, slot.ends_at = slot.starts_at - WEEK, slot.ends_at - WEEK
    other.day = DAY
    db.get(EveningRoom, (school.evening_id, school.teachers["Kader"])).room_id = room.id
    db.get(EveningRoom, (other.id, school.teachers["Bart"])).room_id = room.id
    db.commit()
    return (RoomSpec("Hal", (school.teachers["Kader"],), exclusive=True),)


@pytest.fixture
def students_talk(school, hall):
    """Noor's own talk with Bart at 18.40, in the other round."""

    def book_():
        return service.book(
            school.actors["Noor"],
            school.student_round_id,
            school.students["Noor"],
            [Choice(school.student_slots[1], school.student_offers["Noor", "Bart"])],
            together=False,
            submission="in-the-other-round",
            now=NOW,
        ).booked

    return book_


def test_a_talk_of_another_round_in_the_room_is_shown_and_moves_in_its_own_evening(
    db, book, students_talk, change, hurt, spec, hall, school
):
    book("Carol", "Kim", ("Kader", 1))
    (other,) = students_talk()
    (it,) = hurt(spec(rooms=hall))
    assert (it.talk.booking_id, it.talk.round_name) == (other, "Leerlingcontact")
    assert it.reasons == (Reason.ROOM,)
    change(spec(rooms=hall), {other: MOVE})
    row = talk(db, other)
    assert (row.starts_at, row.round_id) == (at(0), school.student_round_id)
    assert db.get(Evening, row.evening_id).round_id == school.student_round_id
    assert holds_room(db, other)


def test_the_talk_that_was_promised_first_has_the_room_whichever_its_round(
    book, students_talk, hurt, spec, hall
):
    students_talk()
    (own,) = book("Carol", "Kim", ("Kader", 1))
    assert [it.talk.booking_id for it in hurt(spec(rooms=hall))] == [own]


def test_a_room_that_held_one_talk_before_is_had_by_who_is_there(
    db, book, students_talk, hurt, spec, hall, school
):
    """Kader moves to a room in which the other round has a talk that holds it already."""
    rooms = {room.name: room for room in db.scalars(select(Room))}
    rooms["Hal"].exclusive = True
    db.get(EveningRoom, (school.evening_id, school.teachers["Kader"])).room_id = rooms["B03"].id
    db.commit()
    (own,) = book("Carol", "Kim", ("Kader", 1))
    students_talk()
    (it,) = hurt(spec(rooms=hall))
    assert (it.talk.booking_id, it.free_time.starts_at) == (own, at(0))


def test_the_page_says_of_which_other_round_a_talk_is(
    office, book, students_talk, settings_of, school, hall
):
    book("Carol", "Kim", ("Kader", 1))
    students_talk()
    kader = school.teachers["Kader"]
    sent = settings_of(school.round_id, **{f"alone-{kader}": "1"})
    page = office.post(f"/office/rounds/{school.round_id}/settings", data=sent)
    assert "the room holds one talk at a time" in page.text
    assert "Leerlingcontact" in page.text


@pytest.fixture
def crowded(two, change, spec, aula):
    """Two talks that stand in a room for one, of which the first one holds it."""
    change(spec(**aula(exclusive=True)), {two[1]: KEEP})
    return two


def cancel(school, booking_id):
    service.cancel(school.actors["Alice"], booking_id, now=NOW)


def move(school, booking_id):
    choice = Choice(*school.choice("Noor", "Vera", 3))
    moving.move(school.actors["Alice"], booking_id, choice, submission="to-leave-the-room", now=NOW)


def cancel_at_the_desk(school, booking_id):
    office.cancel_for(school.actors["Sofie"], booking_id, reason="called", now=NOW)


def call_off(school, booking_id):
    calling_off.call_off(school.actors["Sofie"], [booking_id], "absent", reason="", now=NOW)


@pytest.mark.parametrize("leave", [cancel, move, cancel_at_the_desk, call_off])
def test_who_stays_has_the_room_when_the_first_talk_leaves(db, school, crowded, leave):
    leave(school, crowded[0])
    assert holds_room(db, crowded[1])
    assert {tick for kind, _id, tick in claims_of(db, crowded[1]) if kind == "room"} == {
        tick for kind, _id, tick in claims_of(db, crowded[1]) if kind == "teach"
    }


def test_nobody_books_the_room_that_the_second_talk_has_now(db, school, crowded, book):
    cancel(school, crowded[0])
    assert book("Bob", "Tim", ("Vera", 0)) == ()


def test_when_both_left_the_room_is_free(db, school, crowded, book):
    cancel(school, crowded[0])
    service.cancel(school.actors["Carol"], crowded[1], now=NOW)
    assert len(book("Bob", "Tim", ("Vera", 0))) == 1


def test_who_leaves_by_a_change_of_the_round_leaves_the_room(
    db, school, crowded, change, spec, aula
):
    """The evening begins later, in the same room; the talk that is kept has it at 18.30."""
    change(spec(first_start="19:00", **aula(exclusive=True)), {crowded[0]: MOVE})
    assert [talk(db, booking_id).starts_at for booking_id in crowded] == [at(30), at(0)]
    assert [holds_room(db, booking_id) for booking_id in crowded] == [True, True]


def test_a_talk_of_another_round_has_the_room_that_this_round_leaves(
    db, book, students_talk, change, spec, hall, school
):
    (own,) = book("Carol", "Kim", ("Kader", 1))
    (other,) = students_talk()
    change(spec(rooms=hall), {other: KEEP})
    assert [holds_room(db, id_) for id_ in (own, other)] == [True, False]
    change(spec(rooms=(RoomSpec("B03", hall[0].teacher_ids),)), {})
    assert [holds_room(db, id_) for id_ in (own, other)] == [False, True]


def test_a_talk_that_ends_with_its_household_leaves_the_room(db, book, change, spec, aula, school):
    """Guardians who come together again both had a talk with Vera; the later one is cancelled."""
    book("Bob", "Tim", ("Vera", 0))
    (later,) = book("Bea", "Tim", ("Vera", 1))
    (stays,) = book("Carol", "Kim", ("Bart", 1))
    change(spec(**aula(exclusive=True)), {stays: KEEP})
    assert not holds_room(db, stays)
    families.set_apart(
        school.actors["Anna"], school.students["Tim"], apart=False, reason="asked", now=NOW
    )
    assert talk(db, later).cancelled_at is not None
    assert holds_room(db, stays)
