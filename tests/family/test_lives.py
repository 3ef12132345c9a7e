"""What a process remembers of a table is what it would read: the same page, byte for byte.

Random lives of a small school: families book, change their mind and cancel, teachers block times,
the office changes the round. After each step every family's pages come once as remembered and once
read anew, and each poll brings what is new and nothing else.
"""

from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.bookings import service
from app.bookings.models import Booking
from app.core.errors import DomainError, NotFoundError
from app.core.memory import Memory
from app.extensions import db as _db
from app.rounds.models import Break, Evening, EveningRoom, Offer, Round, Slot
from app.school.models import Person, Room
from app.settings.models import School
from tests.html import without_tokens
from tests.markers import PARTIAL, marker_in
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW
from tests.talks import block

HTMX = {"HX-Request": "true"}
WATCHED = (("Alice", "Noor"), ("Adam", "Sem"), ("Bob", "Tim"), ("Bea", "Tim"), ("Carol", "Kim"))
TEACHERS = ("Vera", "Bart", "Kader")
VIEWS = ("list", "table")
TEN = timedelta(minutes=10)
STEPS = 10


@pytest.fixture(autouse=True)
def _evening_of_booking():
    with time_machine.travel(NOW, tick=False):
        yield


@contextmanager
def undone():
    """Undo all that happens in the block, which may commit."""
    point = _db.engines[None].begin_nested()
    Memory.forget_all()
    try:
        yield
    finally:
        _db.session.remove()
        point.rollback()


class Lives:
    """What can happen in the school; each step may be refused, as in life."""

    def __init__(self, app, school, db, chance):
        self.school, self.db, self.chance = school, db, chance
        self.clients = {}
        for name, _child in WATCHED:
            self.clients[name] = app.test_client()
            sign_in(self.clients[name], school.people[name], now=NOW)
        self.tokens = count()
        self.evenings = {school.evening_id: FIRST}
        self.slots = list(school.slots)
        if chance.random() < 0.5:
            self.add_evening(FIRST + timedelta(days=1))

    def add_evening(self, first):
        """The round has a second evening, with a later break and two teachers."""
        evening = Evening(
            round_id=self.school.round_id,
            day=first.date(),
            first_start="18:30",
            end="20:00",
            talk_minutes=10,
        )
        self.db.add(evening)
        self.db.flush()
        self.db.add(Break(evening_id=evening.id, start="19:10", end="19:20"))
        for index in (0, 1, 2, 3, 5, 6, 7, 8):
            start = first + index * TEN
            slot = Slot(evening_id=evening.id, starts_at=start, ends_at=start + TEN)
            self.db.add(slot)
            self.db.flush()
            self.slots.append(slot.id)
        rooms = self.db.scalars(select(Room.id).order_by(Room.id)).all()
        for teacher, room in zip(TEACHERS[:2], rooms, strict=False):
            teacher_id = self.school.teachers[teacher]
            self.db.add(EveningRoom(evening_id=evening.id, teacher_id=teacher_id, room_id=room))
        self.evenings[evening.id] = first
        self._round(times_key="a key of two evenings")

    def pages(self):
        """Return what everybody sees now, without what is random."""
        return {
            (name, child, view): _plain(self.get(name, child, view))
            for name, child in WATCHED
            for view in VIEWS
        }

    def polls(self, before):
        """Return what the pages that showed this would be told now."""
        return {key: self.get(*key, marker=marker_in(page)) for key, page in before.items()}

    def get(self, name, child, view, **more):
        return self.clients[name].get(
            self._path(child), query_string={"view": view, **more}, headers=HTMX
        )

    def _path(self, child):
        return f"/rounds/{self.school.round_id}/children/{self.school.students[child]}"

    def step(self):
        act = self.chance.choice(
            [self.book] * 8
            + [self.cancel] * 3
            + [self.block] * 2
            + [self.walk, self.limit, self.explain, self.rename, self.rename_school]
            + [self.lengthen, self.share_room, self.withdraw]
        )
        try:
            act()
        except (DomainError, NotFoundError):
            self.db.rollback()

    def book(self):
        """Send the form of one or two times, as the page does."""
        name, child = self.chance.choice(WATCHED)
        teachers = self.chance.sample(TEACHERS, k=self.chance.choice((1, 1, 2)))
        offers = [self.school.offers[child, teacher] for teacher in teachers]
        form = {
            "cells": [f"{self.chance.choice(self.slots)}-{offer}" for offer in offers],
            "submission": f"a-form-of-these-lives-{next(self.tokens)}",
        }
        answer = self.clients[name].post(self._path(child), data=form, headers=HTMX)
        assert answer.status_code in {200, 409, 422}

    def cancel(self):
        live = self.db.scalars(
            select(Booking.id).where(Booking.cancelled_at.is_(None)).order_by(Booking.id)
        ).all()
        if live:
            name, _child = self.chance.choice(WATCHED)
            service.cancel(self.school.actors[name], self.chance.choice(live), now=NOW)

    def block(self):
        name = self.chance.choice(TEACHERS)
        evening_id = self.chance.choice(list(self.evenings))
        start = self.evenings[evening_id] + self.chance.randrange(6) * TEN
        block(
            self.school.actors[name],
            self.school.teachers[name],
            evening_id,
            start,
            start + self.chance.randrange(1, 4) * TEN,
            now=NOW,
        )

    def walk(self):
        self._round(walking_minutes=self.chance.choice((0, 5, 10)))

    def limit(self):
        self._round(max_per_child=self.chance.choice((1, 2, 3)))

    def explain(self):
        self._round(explanation=self.chance.choice(("", "Kom op tijd.", "100 % zeker <b>")))

    def rename(self):
        """A guardian, a child or a teacher is called otherwise from now on."""
        name = self.chance.choice(("Alice", "Bob", "Noor", "Tim", "Vera", "Bart"))
        values = {"given_name": f"{name} {self.chance.randrange(1, 9)}."}
        which = Person.id == self.school.people[name]
        self.db.execute(update(Person).where(which).values(**values))
        self.db.commit()

    def rename_school(self):
        name = f"School {self.chance.randrange(1, 9)}"
        self.db.execute(update(School).values(name=name))
        self.db.commit()

    def _round(self, **values):
        self.db.execute(update(Round).where(Round.id == self.school.round_id).values(**values))
        self.db.commit()

    def lengthen(self):
        """Talks with Vera take longer for a child: two times or three."""
        child = self.chance.choice(("Noor", "Tim", "Kim"))
        offer = self.school.offers[child, "Vera"]
        slots = self.chance.choice((1, 2, 3))
        self.db.execute(update(Offer).where(Offer.id == offer).values(slots=slots))
        self.db.commit()

    def share_room(self):
        """All sit in one room, which holds one talk at a time, or not."""
        self.db.execute(update(Room).values(exclusive=self.chance.random() < 0.5))
        room = self.db.scalars(
            select(EveningRoom.room_id)
            .order_by(EveningRoom.evening_id, EveningRoom.teacher_id)
            .limit(1)
        ).first()
        self.db.execute(update(EveningRoom).values(room_id=room))
        self._round(times_key=f"a key {next(self.tokens)}")

    def withdraw(self):
        """Kader is no longer offered to a child, or again."""
        offered = self.chance.random() < 0.3
        offer = self.school.offers[self.chance.choice(("Noor", "Sem", "Kim")), "Kader"]
        self.db.execute(update(Offer).where(Offer.id == offer).values(offered=offered))
        self.db.commit()


def _plain(answer):
    assert answer.status_code == 200, answer.text
    return without_tokens(answer.text)


def _tells_what_is_new(poll, before, page):
    """A poll brings nothing, or parts that stand in the page as it is now, or the whole table."""
    if poll.status_code == 204:
        assert page == before
        return
    assert marker_in(page) != marker_in(before)
    assert marker_in(poll.text) == marker_in(page)
    partials = PARTIAL.findall(poll.text)
    if not partials:
        assert _plain(poll) == page
    for _target, _swap, markup in partials:
        assert markup in page


def lives(app, school, db, chance):
    with undone():
        them = Lives(app, school, db, chance)
        for _ in range(STEPS):
            before = them.pages()
            them.step()
            remembered = them.pages()
            polls = them.polls(before)
            Memory.forget_all()
            anew = them.pages()
            assert remembered == anew
            for key, poll in polls.items():
                _tells_what_is_new(poll, before[key], anew[key])


chances = st.randoms(use_true_random=False)
# An example lasts a second; to make it smaller takes hundreds.
some = settings(
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.only_on("sqlite")  # PostgreSQL takes 8 s for it: the long one is on both
@pytest.mark.usefixtures("client")  # for its kind of clients, which know one family each
@given(chance=chances)
@settings(some, max_examples=3, derandomize=True)
def test_a_page_is_the_same_whether_it_is_remembered_or_read(app, school, db, chance):
    lives(app, school, db, chance)


@pytest.mark.long
@pytest.mark.usefixtures("client")  # for its kind of clients, which know one family each
@given(chance=chances)
@settings(some, max_examples=100)
def test_it_is_so_in_many_lives(app, school, db, chance):
    lives(app, school, db, chance)
