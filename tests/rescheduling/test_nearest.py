"""Where a talk goes that loses its time, what is in its way, and what a change leaves alone."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.core.ticks import ticks
from app.outbox.kinds import Promise
from app.rescheduling.booked import load_talks
from app.rescheduling.conflicts import Reason
from app.rescheduling.free_times import busy_without
from app.rescheduling.rooms import present_seats
from app.rounds.queries import load_evenings
from app.rounds.spec import RoomSpec
from tests.rescheduling.changed import KEEP, at, claims_of, promises
from tests.small_school import NOW

TEN = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("pause", "reasons"),
    [
        (("18:40", "18:50"), [(Reason.BREAK,)]),
        (("18:45", "18:55"), [(Reason.BREAK,)]),
        (("18:50", "19:00"), []),
        (("18:30", "18:40"), []),
    ],
)
def test_a_break_is_in_the_way_of_a_talk_that_it_touches_and_of_no_other(
    book, hurt, spec, pause, reasons
):
    book("Alice", "Noor", ("Vera", 1))
    assert [it.reasons for it in hurt(spec(breaks=(pause,)))] == reasons


def test_on_another_day_the_nearest_time_is_the_one_by_the_clock(book, hurt, spec):
    book("Alice", "Noor", ("Vera", 3))
    (it,) = hurt(spec(day=date(2027, 2, 11)))
    assert it.free_time.starts_at == at(30) + timedelta(days=2)


def test_no_talk_goes_to_a_time_that_has_begun(book, hurt, spec):
    """At 19.15 the one of 19.20 loses its time: 19.10 is nearer than 19.40, and over."""
    book("Alice", "Noor", ("Vera", 5))
    planned = spec(breaks=(("19:20", "19:40"),))
    (it,) = hurt(planned, now=at(35))
    assert it.free_time.starts_at == at(40)
    (it,) = hurt(planned, now=at(40))
    assert it.free_time.starts_at == at(70)


def test_times_that_stay_are_longer_when_talks_are(school, change, spec):
    def minutes():
        (evening,) = load_evenings(school.round_id)
        return {(slot.ends_at - slot.starts_at) // timedelta(minutes=1) for slot in evening.slots}

    assert minutes() == {10}
    change(spec(talk_minutes=15, breaks=()))
    assert minutes() == {15}


def test_teachers_are_told_nothing_of_talks_that_stay(db, book, change, spec):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    change(spec(first_start="19:00"), {talk: KEEP})
    assert Promise.TEACHER_MAIL not in promises(db)


def test_a_talk_that_has_begun_holds_no_room_that_holds_one_talk_from_now_on(
    db, school, book, change, spec
):
    begun, to_come = book("Alice", "Noor", ("Vera", 0), ("Bart", 5))
    teachers = (school.teachers["Vera"], school.teachers["Bart"])
    change(spec(rooms=(RoomSpec("Aula", teachers, exclusive=True),)), now=at(5))
    held = ["room" in {kind for kind, *_ in claims_of(db, id_)} for id_ in (begun, to_come)]
    assert held == [False, True]


def test_only_a_room_that_holds_one_talk_at_a_time_is_kept_by_a_talk(school, book):
    book("Alice", "Noor", ("Vera", 0))
    talks = load_talks(school.round_id, now=NOW)
    seats = present_seats(talks)
    ((id_, room),) = seats.items()
    assert busy_without((), talks, seats, ()) == {}
    alone = {id_: replace(room, exclusive=True)}
    assert busy_without((), talks, alone, ()) == {("room", room.id): set(ticks(at(0), at(10)))}
    assert busy_without(talks, talks, alone, ()) == {}
