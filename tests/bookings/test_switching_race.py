"""Families who switch their talks at the same moment: a room that holds one talk holds one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select, update

from app.bookings import service, switching
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice
from app.bookings.switching import RoomTaken
from app.extensions import db
from app.rounds.models import EveningRoom, Modality, Round, new_times_key
from app.school.models import Room
from tests.small_school import NOW, small_school

pytestmark = pytest.mark.race

TIMES = 6
SITE, TEAMS = Modality.SITE, Modality.TEAMS


@pytest.fixture
def app(own_app):
    return own_app


@pytest.fixture
def talks(app):
    """Return talks of Noor and of Kim at each time, with teachers in one room, held elsewhere."""
    with app.app_context():
        school = small_school(db.session)
        room = db.session.scalars(select(Room.id).order_by(Room.id)).first()
        db.session.execute(update(EveningRoom).values(room_id=room))
        db.session.execute(update(Room).values(exclusive=True))
        db.session.execute(
            update(Round).values(
                modalities="teams,site", times_key=new_times_key(), max_per_child=TIMES
            )
        )
        db.session.commit()

        def book(actor, student, teacher):
            (talk,) = service.book(
                school.actors[actor],
                school.round_id,
                school.students[student],
                [Choice(*school.choice(student, teacher, 0))],
                together=True,
                submission=f"the-talk-of-{actor}-in-a-race",
                now=NOW,
            ).booked
            return school.actors[actor], talk

        pair = book("Alice", "Noor", "Vera"), book("Carol", "Kim", "Bart")
        db.session.remove()
    return pair


def at_once(app, *switches):
    """Switch talks in threads of their own in one moment; return which were refused."""
    start = Barrier(len(switches))

    def call(one):
        (actor, talk), to = one
        start.wait()
        with app.test_request_context():
            try:
                switching.switch(actor, talk, to, now=NOW)
            except RoomTaken:
                return True
        return False

    with ThreadPoolExecutor(len(switches)) as pool:
        return list(pool.map(call, switches))


def at_school(app):
    """Return the talks that are at school, and those that hold a room."""
    with app.app_context():
        there = set(db.session.scalars(select(Booking.id).where(Booking.modality == SITE)))
        held = set(db.session.scalars(select(Claim.booking_id).where(Claim.kind == "room")))
        db.session.remove()
    return there, held


def test_of_two_who_come_to_school_at_once_one_has_the_room(app, talks):
    first, second = talks
    for _time in range(TIMES):
        assert sorted(at_once(app, (first, SITE), (second, SITE))) == [False, True]
        there, held = at_school(app)
        assert there == held
        assert len(held) == 1
        at_once(app, (first, TEAMS), (second, TEAMS))
        assert at_school(app) == (set(), set())


def test_who_comes_while_another_leaves_has_the_room_or_is_told(app, talks):
    stays, comes = talks
    for _time in range(TIMES):
        at_once(app, (stays, SITE))
        _left, refused = at_once(app, (stays, TEAMS), (comes, SITE))
        expected = set() if refused else {comes[1]}
        assert at_school(app) == (expected, expected)
        at_once(app, (comes, TEAMS))


def test_two_parents_who_choose_differently_leave_one_of_both(app, talks):
    (alice, talk), _other = talks
    for _time in range(TIMES):
        at_once(app, ((alice, talk), SITE), ((alice, talk), TEAMS))
        there, held = at_school(app)
        assert there == held
