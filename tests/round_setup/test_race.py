"""Steps and changes of a round while others are at it, on a real database."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from threading import Barrier, Event

import pytest
from sqlalchemy import select

from app.bookings import moving, service
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice, TimesChanged
from app.core.errors import DomainError, NotFoundError
from app.core.ticks import ticks
from app.core.transaction import transaction
from app.extensions import db
from app.outbox.models import OutboxMessage
from app.rescheduling import service as rescheduling
from app.rescheduling.answers import Answers, Resolution, Rest
from app.rescheduling.resolving import NotFree
from app.rescheduling.service import ChangedMeanwhile
from app.round_setup import steps
from app.rounds.loading import load_spec
from app.rounds.models import Offer, Round, Slot
from app.rounds.queries import evenings_of, load_round
from app.rounds.spec import RoomSpec
from app.school.models import Room
from tests.rescheduling.changed import answers_of, conflicts_of
from tests.rounds.lessons import Lessons
from tests.small_school import FIRST, NOW, small_school

pytestmark = pytest.mark.race

FAMILIES = (("Alice", "Noor"), ("Adam", "Sem"), ("Carol", "Kim"), ("Bart", "Lot"), ("Bob", "Tim"))
_tokens = count()


@pytest.fixture
def app(own_app):
    return own_app


@pytest.fixture
def school(app):
    with app.app_context():
        school = small_school(db.session)
        Lessons(db.session, school).all()
        db.session.remove()
    return school


@pytest.fixture(autouse=True)
def _in_english():
    """Nothing is read here, and each thread has its own transaction."""


def at_once(app, *calls):
    """Do all of it at the same moment, each with a session of its own."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        with app.app_context():
            try:
                return call()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_eight_workers_one_takes_the_step_and_everybody_is_told_once(app, school):
    with app.app_context():
        row = db.session.get(Round, school.round_id)
        row.state, row.publish_at, row.opens_at = "draft", NOW, NOW + timedelta(days=1)
        db.session.commit()
    took = at_once(app, *[lambda: steps.take_due(now=NOW)] * 8)
    assert sorted(map(len, took)) == [0] * 7 + [1]
    with app.app_context():
        told = [row.payload["person_id"] for row in db.session.scalars(select(OutboxMessage))]
        assert len(told) == len(set(told)) == 6


def test_a_family_that_waited_for_a_change_gets_no_time_of_before(app, school):
    """And its talk does not move to one: those would be talks that nobody was asked about."""
    changed = Event()

    def choice(teacher, slot):
        return Choice(*school.choice("Noor", teacher, slot))

    def book(teacher, slot):
        return service.book(
            school.actors["Alice"],
            school.round_id,
            school.students["Noor"],
            [choice(teacher, slot)],
            together=False,
            submission=f"at-the-same-time-{next(_tokens)}",
            now=NOW,
        ).booked

    with app.app_context():
        (booking_id,) = book("Vera", 5)
        evenings_of(load_round(school.round_id))  # in memory, as on any site in use
        spec = load_spec(school.round_id)
        plan = replace(spec, evenings=(replace(spec.evenings[0], first_start="19:00"),))
        db.session.remove()

    kept = Answers(rest=Rest.KEEP)

    def office():
        with transaction():
            rescheduling.change(school.actors["Anna"], school.round_id, plan, kept, now=NOW)
            changed.set()
            time.sleep(0.5)  # the family is on its way

    def refused(act):
        changed.wait()
        with pytest.raises((TimesChanged, NotFoundError)):
            act()
        return True

    def move():
        token = f"at-the-same-time-{next(_tokens)}"
        moving.move(
            school.actors["Alice"], booking_id, choice("Vera", 1), submission=token, now=NOW
        )

    assert at_once(
        app, office, lambda: refused(lambda: book("Bart", 0)), lambda: refused(move)
    ) == [None, True, True]
    with app.app_context():
        (talk,) = db.session.scalars(select(Booking))
        assert talk.starts_at == FIRST + timedelta(minutes=50)


def test_families_who_book_while_the_times_change_have_whole_talks_or_none(app, school):
    with app.app_context():
        spec = load_spec(school.round_id)
        db.session.remove()
    evening = spec.evenings[0]
    together = tuple(school.teachers[name] for name in ("Vera", "Bart"))
    plans = [
        replace(
            spec,
            evenings=(replace(evening, first_start=start, talk_minutes=minutes),),
            rooms=(RoomSpec("Aula", together, exclusive=alone),),
        )
        for start, minutes, alone in (
            ("18:40", 10, True),
            ("18:30", 15, False),
            ("18:30", 10, True),
            ("18:50", 5, True),
        )
    ]

    def family(actor, student):
        for number in range(12):
            slots = db.session.scalars(
                select(Slot.id).where(Slot.evening_id == school.evening_id).order_by(Slot.starts_at)
            ).all()
            offers = db.session.scalars(
                select(Offer.id)
                .where(
                    Offer.round_id == school.round_id,
                    Offer.student_id == school.students[student],
                )
                .order_by(Offer.id)
            ).all()
            choice = Choice(slots[number % len(slots)], offers[number % len(offers)])
            try:
                service.book(
                    school.actors[actor],
                    school.round_id,
                    school.students[student],
                    [choice],
                    together=False,
                    submission=f"at-the-same-time-{next(_tokens)}",
                    now=NOW,
                )
            except (DomainError, NotFoundError):
                db.session.rollback()

    def office():
        changed = 0
        for number in range(8):
            plan = plans[number % len(plans)]
            hurt = conflicts_of(school.round_id, plan, now=NOW)
            resolutions = {it.talk.booking_id: list(Resolution)[number % 3] for it in hurt}
            try:
                rescheduling.change(
                    school.actors["Anna"],
                    school.round_id,
                    plan,
                    answers_of(hurt, resolutions, None),
                    now=NOW,
                )
                changed += 1
            except (ChangedMeanwhile, NotFree):
                db.session.rollback()
        return changed

    families = [lambda who=who: family(*who) for who in FAMILIES]
    *_booked, changed = at_once(app, *families, office)
    assert changed
    with app.app_context():
        claims = {}
        for claim in db.session.scalars(select(Claim)):
            claims.setdefault(claim.booking_id, set()).add((claim.kind, claim.tick))
        for booking in db.session.scalars(select(Booking)):
            wanted = set(ticks(booking.starts_at, booking.ends_at))
            if booking.cancelled_at is not None:
                assert booking.id not in claims
                continue
            for kind in ("teach", "person"):
                assert {tick for of, tick in claims[booking.id] if of == kind} == wanted
        held = set(db.session.scalars(select(Claim.tick).where(Claim.kind == "room")))
        alone = db.session.scalars(select(Room.exclusive).where(Room.name == "Aula")).one()
        assert held == {
            tick
            for starts_at, ends_at in db.session.execute(
                select(Booking.starts_at, Booking.ends_at).where(
                    Booking.cancelled_at.is_(None),
                    Booking.teacher_key.in_([str(teacher_id) for teacher_id in together]),
                )
            )
            for tick in ticks(starts_at, ends_at)
            if alone
        }
