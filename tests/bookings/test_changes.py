"""Whoever cancels or moves a talk: the log says so, and the outbox promises to tell of it."""

from datetime import timedelta

import pytest
from flask import g
from sqlalchemy import select

from app.bookings import moving, office, service
from app.bookings.calling_off import service as calling_off
from app.bookings.models import Booking, Claim
from app.bookings.regrouping import follow_households
from app.bookings.rules import Choice
from app.family import history
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.people import log as student_log
from app.people import removal
from app.people import service as people
from tests.small_school import NOW

LATER = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _in_english(db):
    g.language = "en"


@pytest.fixture
def promised(db):
    """The outbox rows about one talk, without that of its booking: kind and payload."""

    def promised_(talk):
        rows = db.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        return [(row.kind, row.payload) for row in rows if row.payload.get("booking_id") == talk]

    return promised_


@pytest.fixture
def read(school):
    """What a parent reads under "Who changed what", the latest first."""
    return lambda actor: [
        (line.who, line.text) for line in history.load(school.actors[actor], now=LATER)
    ]


def cancelled(db, talk, sequence=1):
    row = db.get(Booking, talk, populate_existing=True)
    left = db.scalars(select(Claim.id).where(Claim.booking_id == talk)).all()
    return (row.cancelled_at, row.changed_at, row.sequence, left) == (LATER, LATER, sequence, [])


def test_a_family_cancels(db, school, book, read, promised):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    service.cancel(school.actors["Alice"], talk, now=LATER)
    assert cancelled(db, talk)
    assert read("Alice")[0] == (
        "You",
        "cancelled the talk with mevr. De Vries, Tue 9 February, 18:30",
    )
    assert promised(talk) == [(Promise.CANCELLED, {"booking_id": talk})]


def test_the_office_cancels(db, school, book, read, promised):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    office.cancel_for(school.actors["Sofie"], talk, reason="Belde op.", now=LATER)
    assert cancelled(db, talk)
    assert read("Alice")[0][0] == "The school"
    assert read("Alice")[0][1].startswith("cancelled the talk with mevr. De Vries")
    assert student_log.load_log(school.students["Noor"])[0].reason == "Belde op."
    assert promised(talk) == [(Promise.CANCELLED, {"booking_id": talk})]


def test_the_school_calls_off(db, school, book, read, promised):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    calling_off.call_off(school.actors["Sofie"], [talk], "absent", reason="Ziek.", now=LATER)
    assert cancelled(db, talk)
    assert read("Alice")[0][1].startswith("called off the talk with mevr. De Vries")
    assert promised(talk) == [(Promise.CALLED_OFF, {"booking_id": talk})]


def test_a_guardian_is_removed_who_came_alone(db, school, book, promised):
    (talk,) = book("Carol", "Kim", ("Vera", 0))
    carol = school.people["Carol"]
    removal.remove_person(school.actors["Anna"], carol, reason="Op verzoek.", now=LATER)
    assert cancelled(db, talk)
    line = next(
        line
        for line in student_log.load_log(school.students["Kim"])
        if line.text.startswith("cancelled")
    )
    assert (line.reason, line.role) == ("Op verzoek.", "administrator")
    assert promised(talk) == [(Promise.CANCELLED, {"booking_id": talk})]


def test_guardians_come_together_who_each_had_a_talk_with_one_teacher(
    db, school, book, read, promised
):
    book("Bob", "Tim", ("Vera", 0))
    (later,) = book("Bea", "Tim", ("Vera", 5))
    people.set_apart(
        school.actors["Anna"], school.students["Tim"], apart=False, reason="Beiden.", now=LATER
    )
    assert cancelled(db, later)
    text = "cancelled the talk with mevr. De Vries, Tue 9 February, 19:20"
    assert ("The school", text) in read("Bea")
    assert text not in [words for _who, words in read("Bob")]  # that one never was Bob's
    assert promised(later) == [(Promise.CANCELLED, {"booking_id": later, "is_told": True})]


def test_an_import_puts_guardians_together(db, school, book, read, promised, regroup):
    book("Bob", "Tim", ("Vera", 0))
    (later,) = book("Bea", "Tim", ("Vera", 5))
    regroup("Tim", ["Bob", "Bea"])
    follow_households(now=LATER)
    assert cancelled(db, later)
    assert any(text.startswith("cancelled the talk") for _who, text in read("Bea"))
    assert promised(later) == [(Promise.CANCELLED, {"booking_id": later})]


@pytest.mark.parametrize("by", ["Alice", "Sofie"])
def test_a_talk_is_moved_by_the_family_or_the_office(db, school, book, read, promised, by):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    to = Choice(*school.choice("Noor", "Vera", 4))
    if by == "Alice":
        moving.move(school.actors[by], talk, to, submission="a-move-of-this-test", now=LATER)
    else:
        office.move_for(school.actors[by], talk, to, reason="Belde op.", now=LATER)
    row = db.get(Booking, talk, populate_existing=True)
    old = NOW.replace(year=2027, month=2, day=9, hour=17, minute=30).isoformat()
    assert (row.sequence, row.changed_at) == (1, LATER)
    who, text = read("Alice")[0]
    assert who == ("You" if by == "Alice" else "The school")
    assert text.startswith("moved the talk with mevr. De Vries from Tue 9 February, 18:30 to")
    assert promised(talk) == [(Promise.MOVED, {"booking_id": talk, "old": old})]


def test_a_talk_that_nobody_has_seen_changes_without_a_promise(db, school, book, promised):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    db.get(Booking, talk).published_at = None
    db.commit()
    calling_off.call_off(school.actors["Sofie"], [talk], "absent", reason="", now=LATER)
    row = db.get(Booking, talk, populate_existing=True)
    assert (row.cancelled_at, row.called_off) == (LATER, "")
    assert promised(talk) == []


def test_cancelling_twice_is_cancelling_once(db, school, book, promised):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    for now in (LATER, LATER + timedelta(minutes=1)):
        service.cancel(school.actors["Alice"], talk, now=now)
    assert cancelled(db, talk)
    assert len(promised(talk)) == 1
