"""Several devices of one family at the same moment: the maximum holds, and nothing is there twice."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from app.bookings import service
from app.bookings.guards import RoundClosed
from app.bookings.models import Booking, BookingRequest
from app.bookings.requests import is_open
from app.bookings.rules import Choice
from app.core.errors import DomainError
from app.extensions import db
from app.requests import asking
from app.requests.asking import Asked, AskedFor
from app.requests.instead import ask_instead
from app.rounds.models import Round
from tests.small_school import NOW, small_school

pytestmark = pytest.mark.race

TIMES = 5
TEACHERS = ("Vera", "Bart", "Kader")


@pytest.fixture
def app(own_app):
    return own_app


@pytest.fixture
def school(app):
    with app.app_context():
        school = small_school(db.session)
        db.session.execute(update(Round).values(mode="both", max_per_child=2))
        db.session.commit()
        db.session.remove()
    return school


@pytest.fixture
def at_once(app):
    """Let these happen in threads of their own in one moment; what is refused is refused."""

    def at_once_(*works):
        start = Barrier(len(works))

        def call(work):
            start.wait()
            with app.test_request_context(), suppress(DomainError):
                work()

        with ThreadPoolExecutor(len(works)) as pool:
            list(pool.map(call, works))

    return at_once_


@pytest.fixture
def ask(school):
    def ask_(actor, *teachers, children=("Noor",)):
        wanted = {
            school.students[child]: AskedFor([Asked(school.offers[child, it]) for it in teachers])
            for child in children
        }
        asking.ask(school.actors[actor], school.round_id, wanted, now=NOW)

    return ask_


@pytest.fixture
def book(school):
    def book_(actor, teacher, slot, token):
        service.book(
            school.actors[actor],
            school.round_id,
            school.students["Noor"],
            [Choice(*school.choice("Noor", teacher, slot))],
            together=False,
            submission=f"a-race-of-requests-{token}",
            now=NOW,
        )

    return book_


def counts(app):
    """Return how many live talks and open requests Noor has, and how many teachers they are of."""
    with app.app_context():
        live = select(Booking.teacher_key).where(Booking.cancelled_at.is_(None))
        keys = [*db.session.scalars(live)]
        talks = len(keys)
        keys += db.session.scalars(select(BookingRequest.teacher_key).where(is_open()))
        db.session.remove()
    return talks, len(keys) - talks, len(set(keys))


@pytest.fixture
def clear(app, school, ask):
    """Cancel and withdraw everything."""

    def clear_():
        with app.test_request_context():
            live = select(Booking.id).where(Booking.cancelled_at.is_(None))
            for booking_id in db.session.scalars(live).all():
                service.cancel(school.actors["Alice"], booking_id, now=NOW)
            ask("Alice")
            db.session.remove()

    return clear_


def test_six_devices_of_one_family_stay_within_the_maximum(app, at_once, ask, book, clear):
    for number in range(TIMES):
        at_once(
            *[partial(ask, "Alice", name, "Vera") for name in TEACHERS],
            *[
                partial(book, "Adam", name, slot, f"{number}-{slot}")
                for slot, name in enumerate(TEACHERS)
            ],
        )
        talks, requests, teachers = counts(app)
        assert 1 <= talks + requests <= 2
        assert teachers == talks + requests
        clear()


def test_two_windows_turn_one_talk_into_one_request(app, school, at_once, book, clear):
    for number in range(TIMES):
        with app.test_request_context():
            book("Alice", "Vera", number, f"first-{number}")
            talk = db.session.scalar(select(func.max(Booking.id)))
            db.session.remove()
        at_once(
            partial(ask_instead, school.actors["Alice"], talk, now=NOW),
            partial(ask_instead, school.actors["Adam"], talk, now=NOW),
        )
        assert counts(app) == (0, 1, 1)
        at_once(
            partial(book, "Alice", "Vera", 3, f"one-{number}"),
            partial(book, "Adam", "Vera", 5, f"other-{number}"),
        )
        assert counts(app) == (1, 0, 1)
        clear()


def test_a_round_that_closes_meanwhile_takes_what_a_family_asks_wholly_or_not_at_all(
    app, at_once, ask
):
    both = ("Noor", "Sem")

    def close(closes_at):
        db.session.execute(update(Round).values(closes_at=closes_at))
        db.session.commit()
        db.session.remove()

    with app.app_context():
        until = db.session.scalar(select(Round.closes_at))
        db.session.remove()
    for _time in range(TIMES):
        at_once(
            partial(ask, "Alice", "Vera", children=both),
            partial(close, NOW),
            partial(ask, "Adam", "Vera", children=both),
        )
        with app.test_request_context():
            asked = select(BookingRequest.student_id).where(is_open())
            assert len(db.session.scalars(asked).all()) in {0, 2}
            with pytest.raises(RoundClosed):
                ask("Alice", children=both)
            close(until)
            ask("Alice", children=both)
            db.session.remove()
