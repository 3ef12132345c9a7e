"""Moving, cancelling and remarks: the old time is never lost before the new one is had."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import func, select

from app.bookings import blocking, moving, remarks, service
from app.bookings.blocking import Span
from app.bookings.guards import RoundClosed
from app.bookings.models import Booking, Claim
from app.bookings.moving import CellTaken
from app.bookings.rules import Choice, TeacherGone
from app.core.errors import NotFoundError
from app.family import queries
from app.outbox.models import OutboxMessage
from app.rounds.models import Round
from tests.small_school import FIRST, NOW
from tests.talks import block

TEN = timedelta(minutes=10)
_tokens = count()


@pytest.fixture
def move(school):
    def move_(actor, booking_id, student, teacher, slot, token=None, now=NOW):
        return moving.move(
            school.actors[actor],
            booking_id,
            Choice(*school.choice(student, teacher, slot)),
            submission=token or f"move-{next(_tokens)}",
            now=now,
        )

    return move_


def ticks_of(db, booking_id):
    return db.scalar(select(func.count()).select_from(Claim).where(Claim.booking_id == booking_id))


def test_moves_in_one_step_and_frees_the_old_time(db, choose, move):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    move("Adam", talk, "Noor", "Vera", 3)

    booking = db.get(Booking, talk)
    assert booking.starts_at == FIRST + 3 * TEN
    assert booking.sequence == 1
    assert choose("Carol", "Kim", ("Vera", 0)).lost == ()
    assert ticks_of(db, talk) == 8
    assert "bookings.moved" in db.scalars(select(OutboxMessage.kind)).all()


def test_a_lost_move_keeps_the_old_time_and_says_so(db, school, choose, move):
    choose("Carol", "Kim", ("Vera", 3))
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    with pytest.raises(CellTaken, match=r"18[.:]30"):
        move("Alice", talk, "Noor", "Vera", 3)

    assert db.get(Booking, talk).starts_at == FIRST
    assert ticks_of(db, talk) == 8
    assert choose("Carol", "Kim", ("Bart", 0)).lost == ()


def test_moving_over_the_own_time_is_no_conflict(db, choose, move):
    (talk,) = choose("Alice", "Noor", ("Vera", 1)).booked
    move("Alice", talk, "Noor", "Vera", 1)
    assert db.get(Booking, talk).starts_at == FIRST + TEN


def test_the_same_move_twice_is_done_once(db, choose, move):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    move("Alice", talk, "Noor", "Vera", 3, token="one-move-sent-twice")
    move("Alice", talk, "Noor", "Vera", 3, token="one-move-sent-twice")
    assert db.get(Booking, talk).sequence == 1


def test_a_talk_does_not_move_to_another_teacher(choose, move):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    with pytest.raises(NotFoundError):
        move("Alice", talk, "Noor", "Bart", 0)


def test_a_talk_does_not_move_in_a_column_that_is_gone(db, school, withdraw, choose, move):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    school.offers["Noor", "forged"] = school.offers["Kim", "Vera"]
    school.offers["Noor", "nobody"] = 999_999
    withdraw("Noor", "Vera")
    said = set()
    for column in ("Vera", "forged", "nobody"):
        with pytest.raises(TeacherGone) as refusal:
            move("Alice", talk, "Noor", column, 1)
        said.add(refusal.value.message)
    assert len(said) == 1
    assert db.get(Booking, talk).starts_at == FIRST


@pytest.mark.parametrize("actor", ["Carol", "Vera", "Noor"])
def test_talks_of_others_cannot_be_moved_or_cancelled(db, school, choose, move, actor):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    with pytest.raises(NotFoundError):
        move(actor, talk, "Noor", "Vera", 1)
    with pytest.raises(NotFoundError):
        service.cancel(school.actors[actor], talk, now=NOW)
    assert db.get(Booking, talk).cancelled_at is None


def test_a_guardian_apart_cannot_touch_the_others_talk(db, school, choose, move):
    (talk,) = choose("Bob", "Tim", ("Vera", 0)).booked
    with pytest.raises(NotFoundError):
        move("Bea", talk, "Tim", "Vera", 1)
    with pytest.raises(NotFoundError):
        service.cancel(school.actors["Bea"], talk, now=NOW)
    with pytest.raises(NotFoundError):
        remarks.set_remark(school.actors["Bea"], talk, "hello", now=NOW)


def test_cancelling_gives_the_time_back(db, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    service.cancel(school.actors["Adam"], talk, now=NOW)

    assert ticks_of(db, talk) == 0
    assert choose("Carol", "Kim", ("Vera", 0)).lost == ()
    assert db.get(Booking, talk).cancelled_at == NOW


def test_cancelling_twice_changes_nothing_more(db, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    service.cancel(school.actors["Adam"], talk, now=NOW)
    service.cancel(school.actors["Adam"], talk, now=NOW + TEN)
    assert db.get(Booking, talk).cancelled_at == NOW


def test_after_the_limit_cancelling_asks_to_call(school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    with pytest.raises(RoundClosed):
        service.cancel(school.actors["Alice"], talk, now=FIRST)


def test_a_remark_is_kept_and_never_logged(db, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    remarks.set_remark(school.actors["Adam"], talk, "  about reading\v\aand sums ", now=NOW)
    db.expire_all()
    assert db.get(Booking, talk).remark == "about reading\n and sums"
    remarks.set_remark(school.actors["Adam"], talk, "  about reading ", now=NOW)
    assert db.get(Booking, talk).remark == "about reading"


def test_what_a_student_asks_a_teacher_guardians_neither_read_nor_write(db, school):
    db.get(Round, school.student_round_id).open_to = "both"
    db.commit()
    noor = school.actors["Noor"]
    booked = service.book(
        noor,
        school.student_round_id,
        school.students["Noor"],
        [Choice(school.student_slots[0], school.student_offers["Noor", "Vera"])],
        together=False,
        submission="of-noor",
        now=NOW,
    ).booked
    remarks.set_remark(noor, booked[0], "it is not going well at home", now=NOW)

    assert queries.load_talk(noor, booked[0], now=NOW).remark
    seen = queries.load_talk(school.actors["Alice"], booked[0], now=NOW)
    assert (seen.remark, seen.may_remark) == ("", False)
    with pytest.raises(NotFoundError):
        remarks.set_remark(school.actors["Alice"], booked[0], "", now=NOW)
    assert db.get(Booking, booked[0]).remark == "it is not going well at home"


def test_a_blocked_time_cannot_be_booked_but_a_talk_in_it_stands(db, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    talks = block(
        school.actors["Vera"],
        school.teachers["Vera"],
        school.evening_id,
        FIRST,
        FIRST + 3 * TEN,
        now=NOW,
    )
    assert talks == (talk,)
    assert choose("Carol", "Kim", ("Vera", 1)).booked == ()
    assert db.get(Booking, talk).cancelled_at is None


def test_a_blocking_teacher_may_sit_there_as_a_parent(school, choose):
    bart = school.actors["Bart"]
    block(bart, school.teachers["Bart"], school.evening_id, FIRST, FIRST + TEN, now=NOW)
    assert len(choose("Bart", "Lot", ("Vera", 0)).booked) == 1


def test_a_time_given_back_inside_an_absence_stays_blocked(school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    vera = school.actors["Vera"]
    block(vera, school.teachers["Vera"], school.evening_id, FIRST, FIRST + TEN, now=NOW)
    service.cancel(school.actors["Alice"], talk, now=NOW)
    assert choose("Carol", "Kim", ("Vera", 0)).booked == ()


def test_freeing_what_one_of_two_absences_covers_leaves_the_rest_of_both(school, choose):
    vera, teacher = school.actors["Vera"], school.teachers["Vera"]
    block(vera, teacher, school.evening_id, FIRST, FIRST + 2 * TEN, now=NOW)
    block(vera, teacher, school.evening_id, FIRST + TEN, FIRST + 3 * TEN, now=NOW)
    blocking.free(vera, [Span(teacher, school.evening_id, FIRST, FIRST + TEN)], now=NOW)

    assert len(choose("Carol", "Kim", ("Vera", 0)).booked) == 1
    assert choose("Alice", "Noor", ("Vera", 1)).booked == ()


def test_a_teacher_does_not_block_for_a_colleague(school):
    with pytest.raises(NotFoundError):
        block(
            school.actors["Vera"],
            school.teachers["Kader"],
            school.evening_id,
            FIRST,
            FIRST + TEN,
            now=NOW,
        )


def test_what_the_office_blocked_a_teacher_does_not_free(school):
    vera, teacher = school.actors["Vera"], school.teachers["Vera"]
    block(school.actors["Anna"], teacher, school.evening_id, FIRST, FIRST + TEN, now=NOW)
    assert not blocking.free(vera, [Span(teacher, school.evening_id, FIRST, FIRST + TEN)], now=NOW)
