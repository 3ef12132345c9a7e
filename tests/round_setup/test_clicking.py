"""The office changes the times of a round while ten families click, on a real database."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from random import Random
from threading import Event

import pytest
from sqlalchemy import func, select

from app.bookings import service
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice
from app.core import clock
from app.core.access import Actor, Role
from app.core.errors import DomainError, NotFoundError
from app.core.statements import let_go
from app.core.ticks import ticks
from app.extensions import db
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.rounds.loading import load_spec
from app.rounds.models import Offer, Slot
from app.school.models import Guardian, Guardianship
from tests.race.waiting import inside
from tests.rescheduling.many import administrator, five_minutes_later, school_with_talks
from tests.round_setup.test_conflict_page import sent
from tests.signing_in import sign_in

pytestmark = pytest.mark.race

TALKS, FAMILIES = 8, 10
TOLD = {Promise.MOVED, Promise.CALLED_OFF, Promise.CANCELLED}
_tokens = count()


@pytest.fixture
def app(own_app):
    own_app.config["WTF_CSRF_ENABLED"] = False
    yield own_app
    let_go()


@pytest.fixture(autouse=True)
def _in_english():
    """The requests ask for it, and each thread has its own transaction."""


@pytest.fixture
def round_id(app):
    with app.app_context():
        made = school_with_talks(TALKS, families=1 + FAMILIES)
        db.session.remove()
    return made


@pytest.fixture
def office(app):
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    with app.app_context():
        sign_in(client, administrator())
        db.session.remove()
    return client


def clickers(round_id, until):
    """One call for each family without talks: it books, and cancels every third, until then."""
    seen = set(db.session.scalars(select(Booking.student_id)))
    rows = db.session.execute(
        select(Guardianship.student_id, Guardian.id, Guardian.person_id)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(Guardianship.student_id.not_in(seen))
        .order_by(Guardian.id)
    ).all()
    ways_in = {row.person_id: row for row in rows if row.student_id not in seen}
    families = {row.student_id: row for row in ways_in.values()}
    return [lambda it=it: click(round_id, *it, until) for it in families.values()][:FAMILIES]


def click(round_id, student_id, guardian_id, person_id, until):
    actor = Actor(None, person_id, "", frozenset({Role.GUARDIAN}), guardian_id=guardian_id)
    chance = Random(student_id)
    while not until.is_set():
        slots = db.session.scalars(select(Slot.id)).all()
        offers = db.session.scalars(select(Offer.id).where(Offer.student_id == student_id)).all()
        live = Booking.student_id == student_id, Booking.cancelled_at.is_(None)
        mine = db.session.scalars(select(Booking.id).where(*live)).all()
        try:
            if mine and chance.random() < 1 / 3:
                service.cancel(actor, chance.choice(mine), now=clock.now())
            else:
                choice = Choice(chance.choice(slots), chance.choice(offers))
                service.book(
                    actor,
                    round_id,
                    student_id,
                    [choice],
                    together=False,
                    submission=f"while-the-office-changes-{next(_tokens)}",
                    now=clock.now(),
                )
        except (DomainError, NotFoundError):
            db.session.rollback()


def test_a_change_is_made_in_two_rounds_while_ten_families_click(app, office, round_id):
    until, url = Event(), f"/office/rounds/{round_id}/settings"
    with app.app_context():
        before = {talk.id: talk.starts_at for talk in db.session.scalars(select(Booking))}
        form, families = five_minutes_later(round_id), clickers(round_id, until)
        db.session.remove()
    first = sorted(before)
    chosen = dict.fromkeys(first[:3], "cancel") | dict.fromkeys(first[3:5], "keep")
    own = {f"resolution-{talk}-0": resolution for talk, resolution in chosen.items()}

    statuses = []
    with ThreadPoolExecutor(FAMILIES) as pool:
        clicked = [pool.submit(inside(app, it)) for it in families]
        try:
            page = office.post(url, data=form)
            for rest in ("", "move"):  # at first, what is new is asked; then this covers it
                time.sleep(0.5)  # reads and thinks
                answers = dict(sent(page)) | own | {"rest": rest, "do": "confirm"}
                page = office.post(url, data=answers)
                statuses.append(page.status_code)
                if page.status_code == 303:
                    break
                assert own.items() <= dict(sent(page)).items()
            time.sleep(0.3)  # families go on with the new times
        finally:
            until.set()
    assert [it.result() for it in clicked] == [None] * FAMILIES
    assert len(families) == FAMILIES
    assert statuses in ([303], [409, 303])
    with app.app_context():
        assert load_spec(round_id).evenings[0].first_start == form["evenings-0-first_start"]
        slots = set(db.session.scalars(select(Slot.starts_at)))
        talks = {talk.id: talk for talk in db.session.scalars(select(Booking))}
        assert len(talks) > TALKS
        for talk_id, starts_at in before.items():
            talk, resolution = talks[talk_id], chosen.get(talk_id, "move")
            assert talk.called_off == ("changed" if resolution == "cancel" else "")
            assert (talk.starts_at == starts_at) == (resolution != "move")
            assert resolution != "move" or talk.starts_at in slots
        held = {}
        for claim in db.session.scalars(select(Claim).where(Claim.booking_id.is_not(None))):
            held.setdefault(claim.booking_id, {}).setdefault(claim.kind, set()).add(claim.tick)
        for talk in talks.values():
            wanted = set(ticks(talk.starts_at, talk.ends_at))
            live = talk.cancelled_at is None
            assert held.get(talk.id) == ({"teach": wanted, "person": wanted} if live else None)
        told = Counter(
            row.payload["booking_id"]
            for row in db.session.scalars(select(OutboxMessage))
            if row.kind in TOLD
        )
        assert told == {talk.id: talk.sequence for talk in talks.values() if talk.sequence}
        letters = select(func.count()).where(OutboxMessage.kind == Promise.TEACHER_MAIL)
        teachers = {talks[talk_id].teacher_key for talk_id in before if talk_id not in first[3:5]}
        assert db.session.scalar(letters) >= len(teachers)
