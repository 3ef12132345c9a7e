"""Teachers get their talks as invitations by mail, where the school wants that."""

import re

import pytest
from icalendar import Calendar
from sqlalchemy import delete

from app.bookings import moving, service
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice
from app.feeds.models import Invitation
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.rounds.models import Round
from app.school.models import Person, Teacher
from app.settings.models import School
from tests.compared import assert_golden
from tests.small_school import NOW


@pytest.fixture
def sent(monkeypatch):
    """Collect the mails to teachers."""
    mails = []
    monkeypatch.setattr(
        letters, "send", lambda mail: mails.append(mail) if "@school" in mail["To"] else None
    )
    return mails


@pytest.fixture
def want(db):
    def want_(wanted=True):
        db.query(School).update({"invites_teachers": wanted})
        db.commit()

    return want_


@pytest.fixture
def move(school):
    def move_(talk, slot):
        choice = Choice(*school.choice("Noor", "Vera", slot))
        token = f"a-move-of-this-test-{slot}"
        moving.move(school.actors["Alice"], talk, choice, submission=token, now=NOW)

    return move_


def deliver():
    deliver_due(HANDLERS, now=NOW)


def entry(mail):
    """The object of a mail, which must be there twice and say the same as the mail around it."""
    body, attached = (
        part
        for part in mail.walk()
        if part.get_content_type() in {"text/calendar", "application/ics"}
    )
    assert body.get_content_type() == "text/calendar"
    assert not body.is_attachment()
    assert body.get_payload(decode=True) == attached.get_payload(decode=True)
    calendar = Calendar.from_ical(body.get_payload(decode=True))
    assert body.get_param("method") == calendar["method"]
    (event,) = calendar.walk("VEVENT")
    assert event["organizer"] == f"mailto:{mail['From'].addresses[0].addr_spec}"
    assert event["attendee"] == f"mailto:{mail['To']}"
    assert event["attendee"].params["RSVP"] == "FALSE"
    return calendar["method"], event


def test_by_itself_nobody_is_invited(sent, choose):
    choose("Alice", "Noor", ("Vera", 0))
    deliver()
    assert sent == []


def test_a_talk_is_put_in_moved_in_and_taken_out_of_the_calendar(
    db, sent, want, school, choose, move
):
    want()
    (talk,) = choose("Alice", "Noor", ("Vera", 2)).booked
    deliver()
    move(talk, 4)
    deliver()
    service.cancel(school.actors["Alice"], talk, now=NOW)
    deliver()

    assert [mail["To"] for mail in sent] == ["vera@school.example"] * 3
    objects = [entry(mail) for mail in sent]
    assert [method for method, _event in objects] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [event["sequence"] for _method, event in objects] == [0, 1, 2]
    assert len({event["uid"] for _method, event in objects}) == 1
    assert [mail["Subject"].partition(":")[0] for mail in sent] == [
        *("Gesprek", "Gesprek verplaatst", "Gesprek afgezegd")
    ]
    (row,) = db.query(Invitation).all()
    assert row.sequence == 2


def test_the_entry_is_that_of_the_feed(client, sent, want, choose, address):
    want()
    choose("Alice", "Noor", ("Vera", 2))
    deliver()
    (_method, mailed), *_none = [entry(mail) for mail in sent]
    of_feed, *_days = Calendar.from_ical(client.get(address("Vera")).data).walk("VEVENT")
    for key in ("uid", "sequence", "summary", "location", "dtstart", "dtend"):
        assert mailed[key] == of_feed[key]


def test_of_quick_moves_one_mail_tells_all(sent, want, choose, move):
    want()
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    for slot in (2, 3, 4):
        move(talk, slot)
    deliver()
    (mail,) = sent
    method, event = entry(mail)
    assert (method, event["sequence"]) == ("REQUEST", 3)


def test_what_was_cancelled_before_the_mail_left_is_never_mailed(sent, want, school, choose):
    want()
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    service.cancel(school.actors["Alice"], talk, now=NOW)
    deliver()
    assert sent == []


def test_what_is_in_a_calendar_leaves_it_also_when_nobody_is_invited_any_more(
    sent, want, school, choose
):
    want()
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    deliver()
    want(False)
    service.cancel(school.actors["Alice"], talk, now=NOW)
    choose("Carol", "Kim", ("Vera", 3))
    deliver()
    assert [entry(mail)[0] for mail in sent] == ["REQUEST", "CANCEL"]


def test_a_talk_that_the_school_calls_off_leaves_the_calendar(sent, want, choose, call_off):
    want()
    talks = choose("Alice", "Noor", ("Vera", 0)).booked
    deliver()
    call_off(*talks)
    deliver()
    assert entry(sent[-1])[0] == "CANCEL"


def test_it_names_nobody(db, sent, want, choose):
    want()
    db.query(Round).update({"timetable_visible": True})
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))
    deliver()
    (mail,) = sent
    _method, event = entry(mail)
    assert event["summary"] == "Gesprek over N.J. h2a"
    text = "".join(
        part.get_payload(decode=True).decode() for part in mail.walk() if not part.is_multipart()
    )
    for name in ("Noor", "Jansen", "Alice"):
        assert name not in text
    assert "N.J." not in mail["Subject"]


def test_while_the_timetable_is_hidden_it_says_only_when(db, sent, want, choose):
    want()
    db.query(Round).update({"timetable_visible": False})
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))
    deliver()
    (mail,) = sent
    assert entry(mail)[1]["summary"] == "Gesprek"
    assert "N.J." not in mail.as_string()


@pytest.mark.parametrize("field", ["ended_on", "email"])
def test_a_teacher_who_left_or_has_no_address_gets_none(db, sent, want, school, choose, field):
    want()
    if field == "email":
        db.get(Person, school.people["Vera"]).email = ""
    else:
        db.get(Teacher, school.teachers["Vera"]).ended_on = NOW.date()
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))
    deliver()
    assert sent == []


def test_a_failed_mail_to_a_teacher_repeats_no_mail_to_the_family(db, want, choose, monkeypatch):
    want()
    mails = []

    def send(mail):
        if "@school" in mail["To"]:
            raise ConnectionError
        mails.append(mail)

    monkeypatch.setattr(letters, "send", send)
    choose("Alice", "Noor", ("Vera", 0))
    deliver()
    deliver()
    assert len(mails) == 2
    waiting = db.query(OutboxMessage).filter_by(delivered_at=None).all()
    assert [row.kind for row in waiting] == ["feeds.invitation"]


def test_what_was_mailed_is_forgotten_with_the_talk(db, sent, want, choose):
    want()
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    deliver()
    db.execute(delete(Claim).where(Claim.booking_id == talk))
    db.execute(delete(Booking).where(Booking.id == talk))
    assert db.query(Invitation).count() == 0


def test_a_mail_is_as_it_is(db, sent, want, school, choose):
    want()
    db.query(Round).update({"timetable_visible": True})
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))
    deliver()
    (mail,) = sent
    mail.set_boundary("outer")
    inner = next(part for part in mail.walk() if part.get_content_type() == "multipart/alternative")
    inner.set_boundary("inner")
    mail.replace_header("Message-ID", "<one@school.example>")
    mail.get_body(("html",)).set_payload("...")
    for part in mail.walk():  # readable here; base64 and the UID of chance out there
        if part.get_content_type() in {"text/calendar", "application/ics"}:
            text = part.get_payload(decode=True).decode()
            del part["Content-Transfer-Encoding"]
            part.set_payload(re.sub(r"UID:[\w-]+@", "UID:uid@", text).replace("\r\n", "\n"))
    assert_golden("invitation.eml", mail.as_bytes())
