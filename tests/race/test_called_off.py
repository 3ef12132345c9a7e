"""Talks are called off while families book, and families answer all at once."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import delete, select

from app.bookings import blocking
from app.bookings.blocking import Span, TalksInTheWay
from app.bookings.calling_off import service as calling_off
from app.bookings.models import Booking, Claim, Unavailability
from app.core import clock
from app.extensions import db
from app.rounds.models import Slot
from tests.race.crowd import add_families, at_once
from tests.small_school import open_school

pytestmark = pytest.mark.race


@pytest.fixture(scope="module")
def opened(shared_site):
    site = shared_site(workers=2, threads=8)
    return site, open_school(site)


@pytest.fixture
def families(opened):
    """Add families; afterwards nothing is booked or blocked any more."""
    site, school = opened
    yield partial(add_families, site, school)
    with site.app.app_context():
        for table in (Claim, Booking, Unavailability):
            db.session.execute(delete(table))
        db.session.commit()
        db.session.remove()


@pytest.fixture
def live(opened):
    """The live talks, as (teacher key, student)."""
    site, _school = opened

    def live_():
        with site.app.app_context():
            rows = db.session.execute(
                select(Booking.teacher_key, Booking.student_id).where(
                    Booking.cancelled_at.is_(None)
                )
            ).all()
            db.session.remove()
        return [tuple(row) for row in rows]

    return live_


@pytest.fixture
def call_off(opened):
    """Call off every talk; return the talk of each student."""
    site, school = opened

    def call_off_():
        with site.app.app_context():
            rows = db.session.execute(select(Booking.student_id, Booking.id)).all()
            talks = dict(tuple(row) for row in rows)
            calling_off.call_off(
                school.actors["Sofie"], talks.values(), "absent", reason="", now=clock.now()
            )
            db.session.remove()
        return talks

    return call_off_


def test_one_of_all_who_tap_the_same_other_time_has_it(opened, families, live, call_off):
    _site, school = opened
    phones = [family[0] for family in families(12)]
    for slot, phone in enumerate(phones):
        phone.book(phone.cell("Vera", slot))
    talks = call_off()
    wanted = f"{school.slots[3]}-{school.teachers['Bart']}"
    answers = at_once(
        [
            partial(p.post, f"/talks/{talks[p.student_id]}/alternatives", ("time", wanted))
            for p in phones
        ]
    )
    assert Counter(a.status for a in answers) == {303: 1, 409: 11}
    assert [teacher for teacher, _student in live()] == [str(school.teachers["Bart"])]


def test_two_guardians_who_answer_at_once_have_one_talk(opened, families, live, call_off):
    _site, school = opened
    ((one, other),) = families(1, guardians=2)
    one.book(one.cell("Vera", 0))
    (talk,) = call_off().values()
    answers = at_once(
        [
            partial(
                phone.post,
                f"/talks/{talk}/alternatives",
                ("time", f"{school.slots[slot]}-{school.teachers['Bart']}"),
            )
            for phone, slot in ((one, 3), (other, 5))
        ]
    )
    assert sorted(a.status for a in answers) == [303, 409]
    assert len(live()) == 1


def test_no_talk_stands_in_an_evening_that_was_blocked_while_families_booked(
    opened, families, live
):
    site, school = opened
    phones = [family[0] for family in families(24)]

    def block():
        with site.app.app_context():
            first, last = (
                db.session.get(Slot, school.slots[0]),
                db.session.get(Slot, school.slots[-1]),
            )
            span = Span(
                school.teachers["Vera"],
                school.evening_id,
                first.starts_at,
                last.ends_at + timedelta(minutes=10),
            )
            agreed = ()
            for _ in range(50):
                try:
                    blocking.block(
                        school.actors["Sofie"],
                        [span],
                        talks="call_off",
                        agreed=agreed,
                        now=clock.now(),
                    )
                    break
                except TalksInTheWay as refusal:
                    agreed = refusal.booking_ids
            else:
                pytest.fail("families were always faster")
            db.session.remove()

    calls = [partial(p.book, p.cell("Vera", i % 12)) for i, p in enumerate(phones)]
    answers = at_once([*calls[:12], block, *calls[12:]])
    assert {a.status for a in answers if a is not None} <= {200, 409}
    assert live() == []
