"""Entries follow the talks, whatever a provider answers: one event for each live talk."""

from datetime import timedelta

import pytest
import time_machine
from markupsafe import escape
from sqlalchemy import delete, select

from app.bookings import moving, service, switching
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice
from app.calendars import service as calendars
from app.calendars.errors import Delayed, Refusal, Refused
from app.calendars.models import CalendarEntry, TeacherCalendar
from app.calendars.worker import sync_due
from app.core.transaction import transaction
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.rounds.models import Modality, Round
from tests.calendars.desk import SETTINGS, entry, online, said, sync
from tests.compared import assert_golden
from tests.signing_in import sign_in
from tests.small_school import NOW


def test_a_talk_is_put_into_the_calendar_once_moved_and_taken_out(
    db, school, desk, work, choose, book_one
):
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    work()
    ((account, key),) = desk.events
    assert account == "vera@school.example"
    event = desk.events[account, key]
    assert (event.subject, event.place) == ("Gesprek over Noor (h2a)", "B01")
    assert "Jansen" not in event.subject + event.text
    assert work(600) == 0

    to = Choice(*school.choice("Noor", "Vera", 3))
    for slot in (1, 2, 3):
        to = Choice(*school.choice("Noor", "Vera", slot))
        moving.move(
            school.actors["Alice"],
            booking_id,
            to,
            submission=f"a-move-of-this-test-{slot}",
            now=NOW,
        )
    work(700)
    assert list(desk.events) == [(account, key)]
    assert desk.events[account, key].starts_at == db.get_one(Booking, booking_id).starts_at
    assert desk.asked == {"create": 1, "change": 1}

    service.cancel(school.actors["Alice"], booking_id, now=NOW)
    work(800)
    assert desk.events == {}
    assert work(900) == 0


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_is_lost_makes_no_second_event(db, desk, work, book_one, when):
    book_one("Alice", "Noor", "Vera", 0)
    getattr(desk, when).extend([Delayed("no answer")] * 3)
    for after in (0, 60, 600, 2000):
        work(after)
    assert len(desk.events) == 1
    assert (entry(db).due_at, entry(db).fault, entry(db).attempts) == (None, "", 0)


def test_a_cancel_that_overtakes_an_unknown_create_leaves_nothing(db, school, desk, work, book_one):
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    desk.after.append(Delayed("no answer"))
    work()
    assert len(desk.events) == 1
    service.cancel(school.actors["Alice"], booking_id, now=NOW)
    work(60)
    assert desk.events == {}


def test_an_event_in_doubt_is_looked_for_once_more(db, school, desk, work, book_one):
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    desk.before.append(Delayed("hangs"))
    work()
    service.cancel(school.actors["Alice"], booking_id, now=NOW)
    work(60)
    desk.events["vera@school.example", entry_key(db, booking_id)] = None  # it arrives after all
    work(90)
    assert desk.events == {}
    assert desk.asked["remove"] == 2
    assert work(900) == 0


def entry_key(db, booking_id):
    booking = db.get_one(Booking, booking_id)
    return f"{booking.uid}/{entry(db).teacher_id}/1"


def test_the_link_is_stored_told_once_and_dies_with_the_talk(
    db, school, desk, monkeypatch, book_one
):
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)
    online(db, school)
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    desk.late = 2

    def work(after):
        now = NOW + timedelta(seconds=after)
        deliver_due(HANDLERS, now=now)
        sync_due(SETTINGS, now=now, provider_of=lambda _name, _settings: desk)
        deliver_due(HANDLERS, now=now)

    work(0)
    assert db.get_one(Booking, booking_id).link == ""
    for after in (2, 7, 30, 60, 300):
        work(after)
    db.expire_all()
    link = db.get_one(Booking, booking_id).link
    assert link.startswith("https://meet.example/")
    told = [m for m in mails if link in m.get_body(("plain",)).get_content()]
    assert sorted(m["To"] for m in told) == ["adam@family.example", "alice@family.example"]
    assert desk.asked == {"create": 1, "look": 2}
    for kind in ("plain", "html"):
        text = told[0].get_body((kind,)).get_content().replace(link, "https://meet.example/link")
        assert_golden(f"link-{kind}.txt", f"{told[0]['Subject']}\n\n{text}".encode())

    service.cancel(school.actors["Alice"], booking_id, now=NOW)
    work(400)
    db.expire_all()
    assert db.get_one(Booking, booking_id).link == ""
    assert len([m for m in mails if link in m.get_body(("plain",)).get_content()]) == 2


def test_a_mailbox_without_meetings_says_why_there_is_no_link(db, school, desk, work, book_one):
    online(db, school)
    desk.meets = False
    book_one("Alice", "Noor", "Vera", 0)
    work()
    assert entry(db).refusal == Refusal.NO_MEETING
    assert work(900) == 0


def test_what_is_refused_is_given_up_until_somebody_tries_again(db, desk, work, book_one):
    book_one("Alice", "Noor", "Vera", 0)
    desk.before.append(Refused(Refusal.SECRET_EXPIRED, "microsoft 401"))
    work()
    assert work(10**5) == 0
    its = entry(db)
    assert (its.given_up, its.refusal, its.fault) == (True, "secret_expired", "microsoft 401")
    assert its.fault_since == NOW

    calendars.make_due(CalendarEntry.given_up, now=NOW)
    work()
    assert len(desk.events) == 1
    assert desk.asked["forget"] == 1  # what a library remembers of the refusal
    its = entry(db)
    assert (its.given_up, its.refusal, its.fault, its.fault_since) == (False, "", "", None)


def test_a_mailbox_that_asks_to_wait_is_left_alone_and_others_go_on(db, desk, work, book_one):
    book_one("Alice", "Noor", "Vera", 0)
    desk.before.append(Delayed("throttled", retry_after=7))
    work()
    book_one("Carol", "Kim", "Vera", 2)
    book_one("Alice", "Noor", "Bart", 3)
    work(1)
    assert {account for account, _start in said(desk)} == {"bart@school.example"}
    work(6.9)
    assert len(desk.events) == 1
    work(8)
    assert len(desk.events) == 3


def test_an_event_that_the_teacher_deleted_is_made_anew_once(db, school, desk, work, book_one):
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    work()
    for slot, events in ((1, 1), (2, 0)):
        desk.events.clear()
        to = Choice(*school.choice("Noor", "Vera", slot))
        moving.move(
            school.actors["Alice"],
            booking_id,
            to,
            submission=f"a-move-of-this-test-{slot}",
            now=NOW,
        )
        work(slot)
        assert len(desk.events) == events
    assert entry(db).given_up
    assert entry(db).generation == 2


def test_an_event_that_is_gone_already_can_be_cancelled(db, school, desk, work, book_one):
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    work()
    desk.events.clear()
    service.cancel(school.actors["Alice"], booking_id, now=NOW)
    work(1)
    work(60)
    assert entry(db).due_at is None
    assert not entry(db).given_up


def test_a_time_that_is_booked_again_has_another_event(db, school, desk, work, book_one):
    online(db, school)
    first = book_one("Alice", "Noor", "Vera", 0)
    work()
    old = set(desk.events)
    service.cancel(school.actors["Alice"], first, now=NOW)
    book_one("Carol", "Kim", "Vera", 0)
    work(1)
    assert len(desk.events) == 1
    assert not old & set(desk.events)


def test_a_teacher_with_another_calendar_gets_it_there(db, school, desk, work, book_one):
    book_one("Alice", "Noor", "Vera", 0)
    work()
    with transaction():
        own = TeacherCalendar(teacher_id=school.teachers["Vera"], account="Vera.2@school.example")
        db.add(own)
    calendars.make_due(CalendarEntry.id.is_not(None), now=NOW)
    work(1)
    assert {account for account, _start in said(desk)} == {"vera.2@school.example"}


def test_a_teacher_without_a_connected_calendar_has_no_entries(db, school, desk, work, book_one):
    with transaction():
        db.add(TeacherCalendar(teacher_id=school.teachers["Vera"], kind="ical"))
    book_one("Alice", "Noor", "Vera", 0)
    assert work() == 0
    assert db.scalars(select(CalendarEntry)).all() == []


def test_a_change_while_a_worker_is_at_it_is_not_lost(db, school, desk, work, book_one):
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    to = Choice(*school.choice("Noor", "Vera", 2))
    create = desk.create

    def slow(*args, **more):
        if not desk.events:
            moving.move(
                school.actors["Alice"], booking_id, to, submission="a-move-of-this-test-1", now=NOW
            )
            deliver_due(HANDLERS, now=NOW)
            assert sync(desk, NOW) == 0  # nobody else takes it
        return create(*args, **more)

    desk.create = slow
    work()
    (event,) = desk.events.values()
    assert event.starts_at == db.get_one(Booking, booking_id).starts_at
    assert desk.asked == {"create": 1, "change": 1}


def test_what_has_been_stays_as_it_is(db, school, desk, work, book_one):
    book_one("Alice", "Noor", "Vera", 0)
    after = timedelta(days=40).total_seconds()
    assert work(after) == 1
    assert desk.asked == {}
    assert entry(db).due_at is None


def test_family_and_teacher_see_the_link_and_before_that_it_follows(
    db, school, desk, work, book_one, client
):
    online(db, school)
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Alice"])
        table = f"/rounds/{school.round_id}/children/{school.students['Noor']}"
        for page in ("/talks", table):
            assert "De link volgt per mail." in client.get(page).text
        work()
        link = escape(db.get_one(Booking, booking_id).link)
        for page in ("/talks", table):
            text = client.get(page).text
            assert link in text
            assert "volgt per mail" not in text
        service.cancel(school.actors["Alice"], booking_id, now=NOW)
        for page in ("/talks", table):  # also before the worker has taken it away
            assert link not in client.get(page).text


def test_the_teacher_sees_the_link(db, school, desk, work, book_one, client):
    online(db, school)
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    work()
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Vera"])
        assert escape(db.get_one(Booking, booking_id).link) in client.get("/teaching").text


def test_a_talk_that_goes_to_school_loses_its_meeting_and_back_gets_another(
    db, school, desk, work, book_one
):
    online(db, school)
    with transaction():
        db.get_one(Round, school.round_id).modalities = "teams,site"
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    work()
    first = db.get_one(Booking, booking_id).link
    switching.switch(school.actors["Alice"], booking_id, Modality.SITE, now=NOW)
    work(1)
    db.expire_all()
    assert db.get_one(Booking, booking_id).link == ""
    ((_account, event),) = ((account, it) for (account, _), it in desk.events.items())
    assert (event.meeting, event.place) == (False, "B01")
    switching.switch(school.actors["Alice"], booking_id, Modality.TEAMS, now=NOW)
    work(2)
    db.expire_all()
    assert db.get_one(Booking, booking_id).link not in {"", first}
    assert len(desk.events) == 1


def test_the_account_of_a_teacher_goes_with_the_last_talk(db, desk, work, book_one):
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    work()
    assert calendars.purge() == {"mailboxes": 0}
    with transaction():
        db.execute(delete(Claim).where(Claim.booking_id == booking_id))
        db.execute(delete(Booking))
    assert calendars.purge() == {"mailboxes": 1}


def test_a_provider_that_is_not_set_up_waits_for_the_operator(db, desk, work, book_one):
    book_one("Alice", "Noor", "Vera", 0)
    deliver_due(HANDLERS, now=NOW)
    assert sync_due(SETTINGS, now=NOW) == 1  # no settings for Microsoft
    assert not entry(db).given_up
    assert entry(db).due_at > NOW
    work(60)
    assert len(desk.events) == 1


def test_a_long_outage_ends_by_itself(db, desk, work, book_one):
    book_one("Alice", "Noor", "Vera", 0)
    desk.before.extend([Delayed("no answer")] * 8)
    for minute in range(0, 120, 15):
        work(minute * 60)
    assert desk.events == {}
    work(2.5 * 3600)
    assert len(desk.events) == 1
    assert entry(db).fault == ""
