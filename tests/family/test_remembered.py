"""What a process remembers of a table is what it would read: the same page, byte for byte.

Random lives of a small school: families book, move on and cancel, teachers block times, the office
changes the round. After each step every family's pages come once as remembered and once read anew.
"""

import random
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.bookings import service
from app.bookings.models import Booking
from app.core.errors import DomainError, NotFoundError
from app.core.memory import Memory
from app.rounds.models import EveningRoom, Offer, Round
from app.school.models import Person, Room
from app.settings.models import School
from tests.html import without_secrets
from tests.markers import marker_in
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW
from tests.talks import block

HTMX = {"HX-Request": "true"}
WATCHED = (("Alice", "Noor"), ("Adam", "Sem"), ("Bob", "Tim"), ("Bea", "Tim"), ("Carol", "Kim"))
STEPS = 10


@pytest.fixture(autouse=True)
def _evening_of_booking():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def look(app, client, school):
    """Return what everybody sees now: list and table of each child, without what is random."""
    clients = {}
    for name, _child in WATCHED:
        clients[name] = app.test_client()
        sign_in(clients[name], school.people[name], now=NOW)

    def look_(view=("list", "table")):
        return {
            (name, child, its): _plain(clients[name].get(_path(school, child, its), headers=HTMX))
            for name, child in WATCHED
            for its in view
        }

    look_.clients = clients
    return look_


def _path(school, child, view):
    return f"/rounds/{school.round_id}/children/{school.students[child]}?view={view}"


def _plain(answer):
    assert answer.status_code == 200
    return re.sub(r'(name="(?:submission|csrf_token)" value=")[^"]*', r"\1", answer.text)


class Lives:
    """What can happen in the school; each step may be refused, as in life."""

    def __init__(self, school, db, choose, chance):
        self.school, self.db, self.choose, self.chance = school, db, choose, chance

    def step(self):
        act = self.chance.choice(
            [self.book] * 6
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
        name, child = self.chance.choice(WATCHED)
        teachers = self.chance.sample(["Vera", "Bart", "Kader"], k=self.chance.choice((1, 1, 2)))
        cells = [(teacher, self.chance.randrange(12)) for teacher in teachers]
        self.choose(name, child, *cells)

    def cancel(self):
        live = self.db.scalars(select(Booking.id).where(Booking.cancelled_at.is_(None))).all()
        if live:
            name, _child = self.chance.choice(WATCHED)
            service.cancel(self.school.actors[name], self.chance.choice(live), now=NOW)

    def block(self):
        name = self.chance.choice(["Vera", "Bart", "Kader"])
        start = FIRST + timedelta(minutes=10 * self.chance.randrange(6))
        block(
            self.school.actors[name],
            self.school.teachers[name],
            self.school.evening_id,
            start,
            start + timedelta(minutes=10 * self.chance.randrange(1, 4)),
            now=NOW,
        )

    def walk(self):
        self._round(walking_minutes=self.chance.choice((0, 5, 10)))

    def limit(self):
        self._round(max_per_child=self.chance.choice((1, 2, 3)))

    def explain(self):
        self._round(explanation=f"Uitgave {self.chance.random()}.")

    def rename(self):
        """A guardian, a child or a teacher is called otherwise from now on."""
        name = self.chance.choice(["Alice", "Bob", "Noor", "Tim", "Vera", "Bart"])
        values = {"given_name": f"{name} {self.chance.randrange(1, 9)}."}
        which = Person.id == self.school.people[name]
        self.db.execute(update(Person).where(which).values(**values))
        self.db.commit()

    def rename_school(self):
        self.db.execute(update(School).values(name=f"School {self.chance.random()}"))
        self.db.commit()

    def _round(self, **values):
        self.db.execute(update(Round).where(Round.id == self.school.round_id).values(**values))
        self.db.commit()

    def lengthen(self):
        child = self.chance.choice(["Noor", "Tim", "Kim"])
        offer = self.school.offers[child, "Vera"]
        slots = self.chance.choice((1, 2, 3))
        self.db.execute(update(Offer).where(Offer.id == offer).values(slots=slots))
        self.db.commit()

    def share_room(self):
        """Two teachers sit in one room that holds one talk at a time, or not."""
        self.db.execute(update(Room).values(exclusive=self.chance.random() < 0.5))
        room = self.db.scalars(select(EveningRoom.room_id).limit(1)).first()
        if room:
            self.db.execute(update(EveningRoom).values(room_id=room))
        self._round(times_key=f"key-{self.chance.random()}")

    def withdraw(self):
        offered = self.chance.random() < 0.7
        offer = self.school.offers[self.chance.choice(["Noor", "Sem", "Kim"]), "Kader"]
        self.db.execute(update(Offer).where(Offer.id == offer).values(offered=offered))
        self.db.commit()


def lives(seed, look, school, db, choose):
    them = Lives(school, db, choose, random.Random(seed))
    for _ in range(STEPS):
        before = {key: marker_in(page) for key, page in look().items()}
        them.step()
        remembered = look()
        polls = {
            (name, child, view): look.clients[name].get(
                f"{_path(school, child, view)}&marker={marker}", headers=HTMX
            )
            for (name, child, view), marker in before.items()
        }
        Memory.forget_all()
        anew = look()
        assert remembered == anew
        for key, poll in polls.items():
            _tells_what_is_new(poll, before[key], anew[key])


PART = re.compile(r'<hx-partial hx-target="([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL)


def _tells_what_is_new(poll, before, page):
    """A poll brings nothing, or parts that stand in the page as it is now, or the whole table."""
    if poll.status_code == 204:
        assert marker_in(page) == before
        return
    assert marker_in(page) != before
    assert marker_in(poll.text) == marker_in(page)
    parts = PART.findall(poll.text)
    if not parts:
        assert _plain(poll) == page
    for _target, _swap, markup in parts:
        assert markup in page


@pytest.mark.parametrize("seed", range(2))
def test_a_page_is_the_same_whether_it_is_remembered_or_read(seed, look, school, db, choose):
    lives(seed, look, school, db, choose)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 160))
def test_it_is_so_in_many_lives(seed, look, school, db, choose):
    lives(seed, look, school, db, choose)


def test_a_poll_brings_the_times_that_changed_and_no_others(look, school, choose):
    key = ("Alice", "Noor", "list")
    choose("Bob", "Tim", ("Vera", 0))  # from now on some are folded away
    marker = marker_in(look(["list"])[key])
    choose("Carol", "Kim", ("Vera", 3))
    answer = look.clients["Alice"].get(
        f"{_path(school, 'Noor', 'list')}&marker={marker}", headers=HTMX
    )
    times = f"#times-{school.teachers['Vera']}-{school.evening_id}"
    targets = [target for target, _swap, _markup in PART.findall(answer.text)]
    folded = f"#rest-{school.teachers['Vera']}-{school.evening_id} > summary"
    assert targets == [f"{times} > :nth-child(4)", folded, "#marker"]
    assert len(answer.data) < 1024
    assert "Anderen" in answer.text


def test_a_poll_that_sends_nonsense_gets_the_table(look, school):
    for nonsense in ("", "x", "x.y", "x.AQAAAAAAAAAAAAAA", "." * 5000):
        answer = look.clients["Alice"].get(
            f"{_path(school, 'Noor', 'list')}&marker={nonsense}", headers=HTMX
        )
        assert answer.status_code == 200
        assert 'id="table"' in answer.text


def test_a_table_is_remembered_also_when_a_talk_of_the_family_is_over(
    look, school, book_one, statements
):
    book_one("Alice", "Noor", "Vera", 0)
    alice, path = look.clients["Alice"], _path(school, "Noor", "list")
    with time_machine.travel(FIRST + timedelta(minutes=5), tick=False):
        sign_in(alice, school.people["Alice"], now=FIRST)
        alice.get(path)
        again = statements(lambda: alice.get(path))
        Memory.forget_all()
        assert again < statements(lambda: alice.get(path)) - 3


def test_a_poll_while_a_talk_is_moved_brings_times_of_its_teacher_alone(look, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    alice, path = look.clients["Alice"], f"{_path(school, 'Noor', 'list')}&move={talk}"
    marker = marker_in(alice.get(path, headers=HTMX).text)
    choose("Carol", "Kim", ("Vera", 3), ("Bart", 5))
    targets = PART.findall(alice.get(f"{path}&marker={marker}", headers=HTMX).text)
    assert targets
    teacher = school.teachers["Vera"]
    for target, _swap, _markup in targets[:-1]:
        assert target.startswith((f"#times-{teacher}-", f"#rest-{teacher}-", f"#open-{teacher}"))
    assert targets[-1][0] == "#marker"


def test_the_page_around_a_table_names_nobody_but_who_asks(look, school):
    """Families share it: each is asked for right after another's, and read alone."""
    whole = {
        (name, child): look.clients[name].get(_path(school, child, "list")).text
        for name, child in WATCHED
    }
    for name, child in WATCHED:
        own = whole[name, child]
        assert name in own
        for other in {other for other, _child in WATCHED} - {name}:
            assert other not in without_secrets(own)
        Memory.forget_all()
        again = look.clients[name].get(_path(school, child, "list")).text
        assert without_secrets(again) == without_secrets(own)
