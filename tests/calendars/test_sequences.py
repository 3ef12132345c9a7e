"""Whatever families and the office do, and whatever the provider answers: when all has come to
rest, there is one event for each live talk, at its time and with the link that its family has.

Microsoft and Google are strict servers on loopback, reached through their real libraries.
"""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.bookings import moving, service, switching
from app.bookings.models import Booking
from app.bookings.rules import Choice
from app.calendars import service as calendars
from app.calendars.models import CalendarEntry, TeacherCalendar
from app.calendars.worker import sync_due
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db as _db
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.rounds.models import Modality, Round
from app.settings.models import School
from tests.small_school import NOW

FAMILIES = (("Alice", "Noor"), ("Carol", "Kim"))
TEACHERS = ("Vera", "Bart")
REST = 30 * 60  # seconds; longer than any wait between two tries
_tokens = count()

slots = st.integers(0, 5)
whose = st.sampled_from(FAMILIES)
whom = st.sampled_from(TEACHERS)
book = st.tuples(st.just("book"), whose, whom, slots)
move = st.tuples(st.just("move"), whose, whom, slots)
cancel = st.tuples(st.just("cancel"), whose, whom, slots)
elsewhere = st.tuples(st.just("elsewhere"), whose, whom, slots)
switch = st.tuples(st.just("switch"), whose, whom, slots)
hasty = st.tuples(st.just("hasty"), whose, whom, slots)
work = st.tuples(st.just("work"), whose, whom, slots)
methods = st.sampled_from(("POST", "PATCH", "GET", "DELETE"))
fails = st.tuples(st.just("fails"), methods, st.sampled_from((429, 500, 503)), st.booleans())
breaks = st.tuples(st.just("breaks"), methods, st.just(0), st.booleans())
says = st.tuples(st.just("says"), methods, st.just(200), st.booleans())
steps = st.lists(
    st.one_of(
        *(book, book, move, switch, cancel, elsewhere, work, work, hasty, fails, breaks, says)
    ),
    min_size=8,
    max_size=16,
)


class Sequence:
    """A school whose talks are in calendars of one provider."""

    def __init__(self, db, school, world):
        self.db, self.school, self.world = db, school, world
        self.settings = world.settings()
        self.seconds = 0.0
        modality = self.online = {"microsoft": Modality.TEAMS, "google": Modality.MEET}[world.name]
        with transaction():
            db.get_one(School, 1).calendar = world.name
            db.get_one(Round, school.round_id).modalities = f"{modality},site"

    def do(self, step):
        what, *arguments = step
        with suppress(DomainError):  # as in life: the time is taken, or there is no such talk
            getattr(self, what)(*arguments)

    def _talk(self, family, teacher):
        live = select(Booking).where(
            Booking.cancelled_at.is_(None),
            Booking.student_id == self.school.students[family[1]],
            Booking.teacher_key == str(self.school.teachers[teacher]),
        )
        return self.db.scalars(live).one_or_none()

    def book(self, family, teacher, slot):
        service.book(
            self.school.actors[family[0]],
            self.school.round_id,
            self.school.students[family[1]],
            [Choice(*self.school.choice(family[1], teacher, slot))],
            together=False,
            submission=f"a-form-of-a-sequence-{next(_tokens)}",
            now=NOW,
        )

    def move(self, family, teacher, slot):
        if talk := self._talk(family, teacher):
            to = Choice(*self.school.choice(family[1], teacher, slot))
            form = f"a-form-of-a-sequence-{next(_tokens)}"
            moving.move(self.school.actors[family[0]], talk.id, to, submission=form, now=NOW)

    def cancel(self, family, teacher, _slot):
        if talk := self._talk(family, teacher):
            service.cancel(self.school.actors[family[0]], talk.id, now=NOW)

    def elsewhere(self, _family, teacher, slot):
        """The teacher's calendar has another address from now on."""
        teacher_id = self.school.teachers[teacher]
        account = f"{teacher.lower()}@school.example" if slot % 2 else "bart@school.example"
        with transaction():
            self.db.merge(TeacherCalendar(teacher_id=teacher_id, kind="", account=account))
        calendars.make_due(CalendarEntry.teacher_id == teacher_id, now=NOW)

    def switch(self, family, teacher, slot):
        """Hold the talk online, or at school."""
        if talk := self._talk(family, teacher):
            to = Modality.SITE if slot % 2 else self.online
            switching.switch(self.school.actors[family[0]], talk.id, to, now=NOW)

    def hasty(self, *_):
        """The calendars are brought up to date before the mails leave."""
        self.seconds += 1
        now = NOW + timedelta(seconds=self.seconds)
        sync_due(self.settings, now=now, provider_of=lambda _name, _settings: self.world.provider)
        self.db.expire_all()

    def work(self, *_):
        self.seconds += 7
        now = NOW + timedelta(seconds=self.seconds)
        deliver_due(HANDLERS, now=now)
        sync_due(self.settings, now=now, provider_of=lambda _name, _settings: self.world.provider)
        deliver_due(HANDLERS, now=now)
        self.db.expire_all()

    def fails(self, method, status, done):
        self.world.fails(method, status, done=done)

    def breaks(self, method, _status, done):
        self.world.breaks(method, done=done)

    def says(self, method, status, done):
        self.world.says(method, "<html>a portal</html>", status, done=done)

    def come_to_rest(self):
        for _ in range(4):
            self.world.server.faults.clear()
            self.work()
            self.seconds += REST


@pytest.mark.parametrize("number", range(2))
def test_calendars_follow_the_talks(db, school, world, monkeypatch, number):
    run(db, school, world, monkeypatch, number, examples=2)


@pytest.mark.long
@pytest.mark.parametrize("number", range(20))
def test_calendars_follow_the_talks_for_long(db, school, world, monkeypatch, number):
    run(db, school, world, monkeypatch, number, examples=5)


def run(db, school, world, monkeypatch, number, examples):
    """Live through some sequences, each in a school of its own."""
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(steps)
    def live(sequence):
        mails.clear()
        world.server.faults.clear()
        for mailbox in world.server.mailboxes.values():
            mailbox.events.clear()
        point = _db.engines[None].begin_nested()
        try:
            its = Sequence(db, school, world)
            for step in sequence:
                its.do(step)
            its.come_to_rest()
            check(db, world, mails)
        finally:
            _db.session.remove()
            point.rollback()

    live()


def check(db, world, mails):
    """Compare what stands in the calendars, on the site, and in the mails."""
    talks = db.scalars(select(Booking)).all()
    live = {talk.uid: talk for talk in talks if talk.cancelled_at is None}
    events = [event for account in world.server.mailboxes for event in world.events(account)]
    assert Counter(event.key.split("/")[0] for event in events) == Counter(live.keys())
    for event in events:
        talk = live[event.key.split("/")[0]]
        assert (event.starts_at, event.ends_at) == (talk.starts_at, talk.ends_at)
        assert (event.link or "") == talk.link
        assert bool(talk.link) == (talk.modality != Modality.SITE)
    assert all(talk.link == "" for talk in talks if talk.cancelled_at is not None)
    links = {talk.link for talk in live.values() if talk.link}
    told = [
        (mail["To"], mail["Subject"], line.strip())
        for mail in mails
        for line in mail.get_body(("plain",)).get_content().splitlines()
        if line.strip() in links
    ]
    assert {link for _to, _subject, link in told} == links
    about_it = Counter(it for it in told if it[1] == "De link voor uw online gesprek")
    assert set(about_it.values()) <= {1}
