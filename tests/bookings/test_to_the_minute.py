"""What ends or begins at a moment: a talk, and what may be done about it until then."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.bookings import absences, blocking, remarks, retention, service
from app.bookings.blocking import Span, TalksInTheWay
from app.bookings.calling_off.service import call_off
from app.bookings.guards import RoundClosed
from app.bookings.models import Booking
from app.bookings.regrouping import _follows
from app.bookings.rules import TimesClash
from app.core.errors import NotFoundError
from app.family.queries import load_table, load_talk
from app.rounds.models import Round
from tests.small_school import FIRST, NOW

SECOND = timedelta(seconds=1)
TEN = timedelta(minutes=10)


@pytest.fixture
def always_open(db, school):
    """Families choose and cancel until the evening is over."""
    end = FIRST + timedelta(days=1)
    db.execute(
        update(Round).where(Round.id == school.round_id).values(closes_at=end, cancel_until=end)
    )
    db.commit()


@pytest.fixture
def span(school):
    """Times of Vera: span(1, 3) is from 18.40 to 19.00."""
    return lambda first, end: Span(
        school.teachers["Vera"], school.evening_id, FIRST + first * TEN, FIRST + end * TEN
    )


@pytest.mark.usefixtures("always_open")
def test_a_time_can_be_chosen_until_it_begins(school, choose):
    with pytest.raises(TimesClash):
        choose("Alice", "Noor", ("Vera", 1), now=FIRST + TEN)
    assert choose("Alice", "Noor", ("Vera", 1), now=FIRST + TEN - SECOND).booked


def test_the_office_too_books_no_talk_that_has_begun(book_for):
    with pytest.raises(TimesClash):
        book_for("Noor", ("Vera", 0), household="Alice", now=FIRST)
    assert book_for("Noor", ("Vera", 0), household="Alice", now=FIRST - SECOND).booked


@pytest.mark.usefixtures("always_open")
def test_a_table_shows_as_free_what_can_be_chosen(school):
    def states(now):
        page = load_table(school.actors["Alice"], school.round_id, school.students["Noor"], now=now)
        return [str(cell.state) for cell in page.cards[0].evenings[0].cells[:2]]

    assert states(FIRST - SECOND) == ["free", "free"]
    assert states(FIRST) == ["unavailable", "free"]


@pytest.mark.usefixtures("always_open")
def test_a_talk_can_be_cancelled_moved_and_remarked_until_it_begins(school, book_one):
    talk, alice = book_one("Alice", "Noor", "Vera", 0), school.actors["Alice"]
    shown = load_talk(alice, talk, now=FIRST - SECOND)
    assert (shown.may_cancel, shown.may_move) == (True, True)
    shown = load_talk(alice, talk, now=FIRST)
    assert (shown.may_cancel, shown.may_move) == (False, False)
    with pytest.raises(RoundClosed):
        service.cancel(alice, talk, now=FIRST)
    with pytest.raises(RoundClosed):
        remarks.set_remark(alice, talk, "leest graag", now=FIRST)
    remarks.set_remark(alice, talk, "leest graag", now=FIRST - SECOND)
    service.cancel(alice, talk, now=FIRST - SECOND)


def test_cancelling_ends_on_the_second(db, school, book_one):
    talk, alice = book_one("Alice", "Noor", "Vera", 0), school.actors["Alice"]
    until = db.get(Round, school.round_id).cancel_until
    assert not load_talk(alice, talk, now=until).may_cancel
    with pytest.raises(RoundClosed):
        service.cancel(alice, talk, now=until)
    service.cancel(alice, talk, now=until - SECOND)


def test_a_talk_that_has_begun_is_in_nobodys_way(school, book_one, span):
    begun, to_come = (book_one("Alice", "Noor", "Vera", 0), book_one("Carol", "Kim", "Vera", 2))
    sofie = school.actors["Sofie"]
    with pytest.raises(TalksInTheWay) as refusal:
        blocking.block(sofie, [span(0, 3)], now=FIRST)
    assert refusal.value.booking_ids == (to_come,)
    assert call_off(sofie, [begun, to_come], "absent", reason="ziek", now=FIRST) == (to_come,)


def test_a_talk_that_no_family_was_shown_is_not_found(db, school, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    db.execute(update(Booking).where(Booking.id == talk).values(published_at=None))
    db.commit()
    with pytest.raises(NotFoundError):
        service.cancel(school.actors["Alice"], talk, now=NOW)


def test_teachers_block_their_times_until_the_second_the_school_said(db, school, span):
    db.execute(update(Round).where(Round.id == school.round_id).values(teachers_block_until=NOW))
    db.commit()
    with pytest.raises(absences.BlockingClosed):
        blocking.block(school.actors["Vera"], [span(0, 1)], now=NOW)
    blocking.block(school.actors["Vera"], [span(0, 1)], now=NOW - SECOND)


def test_a_remark_is_kept_thirty_days_to_the_second(school, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    remarks.set_remark(school.actors["Alice"], talk, "leest graag", now=NOW)
    ends_at, month = FIRST + TEN, timedelta(days=30)
    assert retention.purge(now=ends_at + month)["remarks"] == 0
    assert retention.purge(now=ends_at + month + SECOND)["remarks"] == 1


def test_the_answer_of_a_form_is_kept_two_days_to_the_second(book_one):
    book_one("Alice", "Noor", "Vera", 0)
    two_days = timedelta(days=2)
    assert retention.purge(now=NOW + two_days)["forms"] == 0
    assert retention.purge(now=NOW + two_days + SECOND)["forms"] == 1


@pytest.mark.parametrize(
    ("gone", "called_off", "answered", "follows"),
    [
        (None, "", None, True),
        (NOW, "absent", None, True),
        (NOW, "absent", NOW, False),
        (NOW, "", None, False),
    ],
)
def test_a_talk_follows_its_family_until_it_begins_while_it_stands_or_waits(
    gone, called_off, answered, follows
):
    talk = Booking(starts_at=FIRST, cancelled_at=gone, called_off=called_off, answered_at=answered)
    assert _follows(talk, FIRST - SECOND) is follows
    assert not _follows(talk, FIRST)
