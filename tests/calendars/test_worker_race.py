"""Several workers at the same entries: each event is made once, two at most at a mailbox."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.bookings import moving, service
from app.bookings.models import Booking
from app.bookings.rules import Choice
from app.calendars.models import CalendarEntry
from app.calendars.turns import lease_of
from app.calendars.worker import sync_due
from app.config import Settings
from app.core.statements import let_go
from app.extensions import db
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.settings.models import School
from tests.calendars.desk import Desk
from tests.small_school import NOW, small_school

pytestmark = pytest.mark.race

SETTINGS = Settings()
WORKERS = 6


@pytest.fixture
def app(own_app):
    return own_app


class SlowDesk(Desk):
    """Takes its time, and notes how many ask at once about one account; waits until there were so many."""

    def __init__(self, awaited=1):
        super().__init__()
        self.awaited = awaited
        self.lock, self.here, self.most = threading.Condition(), Counter(), Counter()

    def _turn(self, method, account, *arguments, **more):
        with self.lock:
            self.here[account] += 1
            self.most[account] = max(self.most[account], self.here[account])
            self.lock.notify_all()
            self.lock.wait_for(lambda: self.most[account] >= self.awaited, timeout=10)
        time.sleep(0.03)
        try:
            with self.lock:
                return method(account, *arguments, **more)
        finally:
            with self.lock:
                self.here[account] -= 1

    def create(self, account, *arguments, **more):
        return self._turn(super().create, account, *arguments, **more)

    def change(self, account, *arguments, **more):
        return self._turn(super().change, account, *arguments, **more)


def work(app, desk, now, workers=WORKERS):
    """Let workers take what is due, at once; return how many entries were attended to."""
    done = []

    def one():
        with app.app_context():
            done.append(sync_due(SETTINGS, now=now, provider_of=lambda _name, _settings: desk))
            db.session.remove()
            let_go()

    threads = [threading.Thread(target=one) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sum(done)


@pytest.fixture
def talks(app, monkeypatch):
    """Eight talks of two teachers, whose entries are due."""
    monkeypatch.setattr(letters, "send", lambda mail: None)
    with app.app_context():
        school = small_school(db.session)
        db.session.get_one(School, 1).calendar = "microsoft"
        db.session.commit()
        pairs = (("Alice", "Noor"), ("Alice", "Sem"), ("Carol", "Kim"), ("Bob", "Tim"))
        ids = [
            id_
            for number, (actor, student) in enumerate(pairs)
            for place, teacher in enumerate(("Vera", "Bart"))
            for id_ in service.book(
                school.actors[actor],
                school.round_id,
                school.students[student],
                [Choice(*school.choice(student, teacher, 2 * number + place))],
                together=False,
                submission=f"a-form-of-this-race-{number}-{place}",
                now=NOW,
            ).booked
        ]
        deliver_due(HANDLERS, now=NOW)
        db.session.remove()
    return school, ids


def test_each_talk_has_one_event_and_a_mailbox_two_requests_at_once(app, talks):
    _school, ids = talks
    desk = SlowDesk(awaited=2)
    assert work(app, desk, NOW) == len(ids)
    assert len(desk.events) == desk.asked["create"] == len(ids)
    assert max(desk.most.values()) == SETTINGS.calendar_max_per_mailbox


def test_moves_while_workers_are_busy_end_at_their_last_time(app, talks):
    school, ids = talks
    desk = SlowDesk()
    workers = threading.Thread(target=work, args=(app, desk, NOW))
    workers.start()
    with app.app_context():
        for slot in (10, 9, 8):
            to = Choice(*school.choice("Noor", "Vera", slot))
            form = f"a-move-of-this-race-{slot}"
            moving.move(school.actors["Alice"], ids[0], to, submission=form, now=NOW)
            deliver_due(HANDLERS, now=NOW)
        db.session.remove()
    workers.join(60)
    work(app, desk, NOW)
    with app.app_context():
        starts = dict(db.session.execute(select(Booking.uid, Booking.starts_at)).all())
    assert len(desk.events) == len(ids)
    for (_account, key), event in desk.events.items():
        assert event.starts_at == starts[key.split("/")[0]]


def test_a_worker_that_died_is_replaced_when_its_lease_is_over(app, talks):
    _school, ids = talks

    class Dies(Desk):
        def create(self, account, event, *, again=False):
            self.events[account, event.key] = event
            raise SystemExit  # after the write, before the note of its answer

    first = Dies()
    with app.app_context():
        with pytest.raises(SystemExit):
            sync_due(SETTINGS, now=NOW, provider_of=lambda _name, _settings: first)
        db.session.remove()
        assert db.session.scalars(select(CalendarEntry.tried)).all().count(True) == 1
        db.session.remove()
    desk = SlowDesk()
    desk.events |= first.events
    assert work(app, desk, NOW) == len(ids) - 1
    assert work(app, desk, NOW + lease_of(SETTINGS) + timedelta(seconds=1)) == 1
    assert len(desk.events) == len(ids)
