"""Blocking and freeing times, and the talks that stand in them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.bookings import blocking, service
from app.bookings.absences import BlockingClosed
from app.bookings.blocking import Span, TalksInTheWay
from app.bookings.models import Booking, Unavailability
from app.core.errors import NotFoundError
from app.rounds.models import Round
from tests.small_school import FIRST, NOW


@pytest.fixture
def span(school):
    """The times of a teacher from one slot to another, both included; ten minutes each."""

    def span_(teacher, first, last=None):
        last = first if last is None else last
        return Span(
            school.teachers[teacher],
            school.evening_id,
            FIRST + timedelta(minutes=10 * first),
            FIRST + timedelta(minutes=10 * (last + 1)),
        )

    return span_


@pytest.fixture
def block(school):
    def block_(actor, *spans, **how):
        return blocking.block(school.actors[actor], spans, now=NOW, **how)

    return block_


@pytest.fixture
def free(school):
    def free_(actor, *spans):
        return blocking.free(school.actors[actor], spans, now=NOW)

    return free_


@pytest.fixture
def is_free(school, choose):
    """Whether the strangers can have a time."""

    def is_free_(teacher, slot):
        result = choose("Carol", "Kim", (teacher, slot))
        for talk in result.booked:
            service.cancel(school.actors["Carol"], talk, now=NOW)
        return bool(result.booked)

    return is_free_


def absences(db):
    rows = db.scalars(select(Unavailability).order_by(Unavailability.starts_at)).all()
    return [
        (
            (row.starts_at - FIRST) // timedelta(minutes=10),
            (row.ends_at - FIRST) // timedelta(minutes=10),
        )
        for row in rows
    ]


def test_the_office_blocks_several_teachers_at_once(school, block, span, is_free):
    assert block("Sofie", span("Vera", 0, 1), span("Bart", 0, 1)) == ()
    assert not is_free("Vera", 0)
    assert not is_free("Bart", 1)
    assert is_free("Bart", 2)
    assert is_free("Kader", 0)


def test_a_talk_is_never_blocked_without_being_asked_about(db, block, choose, span, is_free):
    (talk,) = choose("Alice", "Noor", ("Vera", 1)).booked
    with pytest.raises(TalksInTheWay) as refusal:
        block("Sofie", span("Vera", 0, 3), span("Bart", 0))
    assert refusal.value.booking_ids == (talk,)
    assert absences(db) == []
    assert is_free("Bart", 0)


def test_blocking_around_a_talk_keeps_it_and_takes_its_time_once_it_goes(
    db, school, block, choose, span, is_free
):
    (talk,) = choose("Alice", "Noor", ("Vera", 1)).booked
    assert block("Sofie", span("Vera", 0, 3), talks="stay") == (talk,)
    assert db.get(Booking, talk).cancelled_at is None
    assert not is_free("Vera", 0)

    service.cancel(school.actors["Alice"], talk, now=NOW)
    assert not is_free("Vera", 1)


def test_calling_off_takes_the_talks_that_were_agreed_to(db, block, choose, span, is_free):
    (talk,) = choose("Alice", "Noor", ("Vera", 1)).booked
    assert block("Sofie", span("Vera", 0, 3), talks="call_off", agreed=[talk], reason="ziek") == (
        talk,
    )
    row = db.get(Booking, talk)
    assert (row.called_off, row.cancelled_at) == ("absent", NOW)
    assert not is_free("Vera", 1)


def test_a_talk_that_came_in_between_is_asked_about_too(db, block, choose, span):
    (known,) = choose("Alice", "Noor", ("Vera", 1)).booked
    (new,) = choose("Carol", "Kim", ("Vera", 2)).booked
    with pytest.raises(TalksInTheWay) as refusal:
        block("Sofie", span("Vera", 0, 3), talks="call_off", agreed=[known])
    assert refusal.value.booking_ids == (known, new)
    assert db.get(Booking, known).cancelled_at is None
    assert absences(db) == []


def test_freeing_a_part_leaves_the_rest_blocked(db, block, free, span, is_free):
    block("Sofie", span("Vera", 0, 5))
    assert free("Sofie", span("Vera", 2, 3))
    assert absences(db) == [(0, 2), (4, 6)]
    assert is_free("Vera", 2)
    assert is_free("Vera", 3)
    assert not is_free("Vera", 1)
    assert not is_free("Vera", 4)


def test_freeing_takes_from_every_absence_that_covers_the_time(db, block, free, span, is_free):
    block("Sofie", span("Vera", 0, 5))
    block("Vera", span("Vera", 1, 2))
    assert free("Sofie", span("Vera", 1))
    assert is_free("Vera", 1)
    assert not is_free("Vera", 2)


def test_a_teacher_frees_own_blocks_but_not_those_of_the_office(db, block, free, span, is_free):
    block("Vera", span("Vera", 0))
    block("Sofie", span("Vera", 1))
    assert not free("Vera", span("Vera", 0, 1))
    assert is_free("Vera", 0)
    assert not is_free("Vera", 1)


def test_a_time_shorter_than_a_tick_is_freed_whole(db, school, block, free, span, is_free):
    """Talks of eight minutes: the two minutes after one belong to its ticks."""
    block("Sofie", span("Vera", 0, 3))
    eight = Span(
        school.teachers["Vera"],
        school.evening_id,
        FIRST + timedelta(minutes=10),
        FIRST + timedelta(minutes=18),
    )
    free("Sofie", eight)
    assert is_free("Vera", 1)
    assert not is_free("Vera", 2)


def test_a_teacher_touches_nobody_elses_times(db, block, free, span):
    with pytest.raises(NotFoundError):
        block("Vera", span("Bart", 0))
    with pytest.raises(NotFoundError):
        free("Vera", span("Vera", 0), span("Bart", 0))
    assert absences(db) == []


def test_a_teacher_that_does_not_exist_is_not_found(db, school, block, span):
    with pytest.raises(NotFoundError):
        block("Sofie", Span(999, school.evening_id, FIRST, FIRST + timedelta(minutes=10)))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"teachers_may_block": False}, BlockingClosed),
        ({"teachers_block_until": NOW}, BlockingClosed),
        ({"state": "archived"}, BlockingClosed),
        ({"state": "draft"}, NotFoundError),
    ],
)
def test_teachers_block_only_while_the_round_lets_them(db, school, block, span, values, error):
    round_ = db.get(Round, school.round_id)
    for name, value in values.items():
        setattr(round_, name, value)
    db.commit()
    with pytest.raises(error):
        block("Vera", span("Vera", 0))
    block("Sofie", span("Vera", 0))
    assert absences(db) == [(0, 1)]


def test_teachers_block_while_they_check_their_times(db, school, block, span):
    db.get(Round, school.round_id).state = "check"
    db.commit()
    block("Vera", span("Vera", 0))
    assert absences(db) == [(0, 1)]


def test_the_log_has_what_was_blocked_and_why(db, block, span):
    block("Sofie", span("Vera", 0), span("Bart", 0), reason="opening van de avond")
    lines = db.scalars(select(AuditEntry).where(AuditEntry.action == "absence.blocked")).all()
    assert [line.details["reason"] for line in lines] == ["opening van de avond"] * 2
