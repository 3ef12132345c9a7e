"""What was asked and not answered, what came late, and what changed without a word."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.bookings import moving, switching
from app.bookings import service as bookings
from app.bookings.calling_off import service as calling_off
from app.bookings.models import Booking
from app.bookings.rules import Choice
from app.calendars import service as calendars
from app.calendars.errors import Delayed, Refusal, Refused
from app.calendars.models import CalendarEntry, Mailbox
from app.calendars.wanted import event_of
from app.calendars.worker import sync_due
from app.core.transaction import transaction
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.errors import Unprepared
from app.outbox.worker import deliver_due
from app.rounds.models import EveningRoom, Modality, OfferTeacher, Round
from app.school.models import Person, Room
from app.settings.models import School
from tests.calendars.desk import entry, online, said, sync
from tests.small_school import NOW

LATER = (10, 100, 1000, 9000)  # seconds


@pytest.fixture
def move(school):
    """Move Noor's talk with Vera to the time with this index."""

    def move_(talk, slot, *, form):
        choice = Choice(*school.choice("Noor", "Vera", slot))
        moving.move(
            school.actors["Alice"], talk, choice, submission=f"a-move-of-this-test-{form}", now=NOW
        )

    return move_


@pytest.fixture
def real(db, school, world, monkeypatch):
    """A provider behind its real library, whose meetings the round offers."""
    monkeypatch.setattr(letters, "send", lambda mail: None)
    world.meetings = {"microsoft": Modality.TEAMS, "google": Modality.MEET}[world.name]
    with transaction():
        db.get_one(School, 1).calendar = world.name
        db.get_one(Round, school.round_id).modalities = f"{world.meetings},site"
    return world


@pytest.fixture
def run(db, real):
    """Let the worker run once, at each of these seconds."""

    def run_(*seconds):
        for after in seconds:
            now = NOW + timedelta(seconds=after)
            deliver_due(HANDLERS, now=now)
            sync_due(real.settings(), now=now, provider_of=lambda _name, _settings: real.provider)
            deliver_due(HANDLERS, now=now)
            db.expire_all()

    return run_


def test_a_change_whose_answer_was_lost_can_be_taken_back(db, real, run, book_one, move):
    talk = book_one("Alice", "Noor", "Vera", 0)
    run(0)
    move(talk, 2, form=1)
    real.fails("PATCH", 503, done=True)
    run(5)
    move(talk, 0, form=2)
    run(*LATER)
    assert real.only().starts_at == db.get_one(Booking, talk).starts_at


@pytest.mark.parametrize("first", ["meeting", "school"])
def test_a_create_whose_answer_was_lost_may_be_of_another_kind(
    db, school, real, run, book_one, first
):
    kinds = {"meeting": real.meetings, "school": Modality.SITE}
    other = Modality.SITE if first == "meeting" else real.meetings
    talk = book_one("Alice", "Noor", "Vera", 0)
    switching.switch(school.actors["Alice"], talk, kinds[first], now=NOW)
    real.fails("POST", 503, done=True)
    run(0)
    switching.switch(school.actors["Alice"], talk, other, now=NOW)
    run(*LATER)
    assert bool(real.only().link) == (other is real.meetings)
    assert db.get_one(Booking, talk).link == (real.only().link or "")
    assert entry(db).refusal == ""


def test_a_removal_whose_answer_was_lost_is_finished_before_the_talk_comes_back(
    db, school, real, run, book_one
):
    talk = book_one("Alice", "Noor", "Vera", 0)
    run(0)
    switching.switch(school.actors["Alice"], talk, Modality.SITE, now=NOW)
    real.fails("DELETE", 503, done=True)
    run(2)
    switching.switch(school.actors["Alice"], talk, real.meetings, now=NOW)
    run(*LATER)
    assert db.get_one(Booking, talk).link == real.only().link != ""
    assert not entry(db).vanished


def test_a_wrong_account_can_be_corrected(db, school, real, run, book_one):
    vera, anna = school.teachers["Vera"], school.actors["Anna"]
    calendars.choose(anna, vera, "", "vera@scool.example", now=NOW)
    book_one("Alice", "Noor", "Vera", 0)
    run(0)
    assert entry(db).given_up
    calendars.choose(anna, vera, "", "vera@school.example", now=NOW + timedelta(seconds=5))
    run(*LATER)
    assert real.only().link


def test_a_worker_whose_lease_is_over_does_not_have_the_last_word(
    db,
    school,
    desk,
    work,
    book_one,
    move,
):
    talk = book_one("Alice", "Noor", "Vera", 0)
    work(0)
    move(talk, 2, form=1)
    change, asked = desk.change, []

    def slow(*arguments, **more):
        asked.append(1)
        if len(asked) == 1:
            later = NOW + timedelta(minutes=5)
            move(talk, 3, form=2)
            deliver_due(HANDLERS, now=later)
            sync(desk, later)  # another worker, while our own request is on its way
        return change(*arguments, **more)

    desk.change = slow
    for after in (1, 600, 5000):
        work(after)
    (event,) = desk.events.values()
    assert event.starts_at == db.get_one(Booking, talk).starts_at


def test_what_it_made_meanwhile_of_a_talk_that_is_gone_is_taken_out(school, desk, work, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    create = desk.create

    def slow(*arguments, **more):
        bookings.cancel(school.actors["Alice"], talk, now=NOW)
        for minutes in (5, 10):  # another worker looks for it twice, and finds nothing yet
            later = NOW + timedelta(minutes=minutes)
            deliver_due(HANDLERS, now=later)
            sync(desk, later)
        return create(*arguments, **more)

    desk.create = slow
    for after in (0, 1000, 5000):
        work(after)
    assert desk.events == {}


def test_trying_again_does_not_shorten_the_doubt_about_a_removal(db, school, desk, work, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    desk.before.append(Delayed("no answer"))  # yet it is on its way
    work(0)
    event = event_of(entry(db).shown)
    bookings.cancel(school.actors["Alice"], talk, now=NOW)
    work(0)
    assert entry(db).doubtful
    calendars.try_again(school.actors["Anna"], now=NOW)
    work(1)
    desk.events["vera@school.example", event.key] = event
    for after in (60, 600):
        work(after)
    assert desk.events == {}


def test_of_two_teachers_the_first_holds_the_meeting_and_the_other_names_it(
    db,
    school,
    desk,
    work,
    book_one,
):
    online(db, school)
    with transaction():
        bart = {"offer_id": school.offers["Noor", "Vera"], "teacher_id": school.teachers["Bart"]}
        db.add(OfferTeacher(**bart, position=1))
        db.get_one(Round, school.round_id).modalities = "teams,site"
    talk = book_one("Alice", "Noor", "Vera", 0)
    for after in (0, 1):
        work(after)
    link = db.get_one(Booking, talk).link
    its = {account: (event.meeting, event.place) for (account, _), event in desk.events.items()}
    assert its["vera@school.example"] == (True, "online (Teams)")
    assert its["bart@school.example"] == (False, link)
    switching.switch(school.actors["Alice"], talk, Modality.SITE, now=NOW)
    for after in (2, 3):
        work(after)
    assert {event.meeting for event in desk.events.values()} == {False}
    assert not any("https" in event.place for event in desk.events.values())


def test_what_changes_without_a_promise_follows_in_the_night(
    db,
    school,
    desk,
    work,
    book_one,
):
    book_one("Alice", "Noor", "Vera", 0)
    work(0)
    with transaction():
        room = Room(name="C99")
        db.add(room)
        db.flush()
        db.execute(
            update(EveningRoom)
            .where(EveningRoom.teacher_id == school.teachers["Vera"])
            .values(room_id=room.id)
        )
        db.get_one(Person, school.people["Vera"]).email = "v.devries@school.example"
    calendars.note_all(now=NOW)
    for after in (1, 2):
        work(after)
    assert {account for account, _start in said(desk)} == {"v.devries@school.example"}
    assert {event.place for event in desk.events.values()} == {"C99"}


def test_a_teacher_whose_address_comes_later_gets_the_talks(
    db,
    school,
    desk,
    work,
    book_one,
):
    with transaction():
        db.get_one(Person, school.people["Vera"]).email = ""
    book_one("Alice", "Noor", "Vera", 0)
    assert work(0) == 0
    with transaction():
        db.get_one(Person, school.people["Vera"]).email = "vera@school.example"
    calendars.note_all(now=NOW)
    work(1)
    assert len(desk.events) == 1


def test_a_talk_that_the_school_calls_off_leaves_the_calendar(
    db,
    school,
    desk,
    work,
    book_one,
):
    talk = book_one("Alice", "Noor", "Vera", 0)
    work(0)
    calling_off.call_off(school.actors["Sofie"], [talk], "absent", reason="ziek", now=NOW)
    work(1)
    assert desk.events == {}


def test_try_again_is_for_those_that_were_named(db, school, desk, work, choose):
    choose("Alice", "Noor", ("Vera", 0), ("Bart", 2))
    desk.before += [Refused(Refusal.EVENT_REFUSED, "microsoft 400")] * 2
    work(0)
    bart = school.teachers["Bart"]
    assert calendars.try_again(school.actors["Anna"], teacher_id=bart, now=NOW) == 1
    work(1)
    assert {account for account, _start in said(desk)} == {"bart@school.example"}
    assert db.query(CalendarEntry).filter_by(given_up=True).count() == 1


def test_a_removal_that_was_refused_comes_before_another_event_in_the_same_calendar(
    db, school, desk, work, book_one, monkeypatch
):
    online(db, school)
    with transaction():
        db.get_one(Round, school.round_id).modalities = "teams,site"
    talk = book_one("Alice", "Noor", "Vera", 0)
    work(0)
    with monkeypatch.context() as closed:
        closed.setattr(desk, "remove", _raising(Refused(Refusal.ACCESS_DENIED, "microsoft 403")))
        switching.switch(school.actors["Alice"], talk, Modality.SITE, now=NOW)
        work(1)
        assert (entry(db).given_up, entry(db).refusal) == (True, "access_denied")
        assert len(desk.events) == 1
    calendars.try_again(school.actors["Anna"], now=NOW)
    work(2)
    (event,) = desk.events.values()
    assert not event.meeting


@pytest.mark.parametrize(
    "fault", [Refused(Refusal.ACCESS_DENIED, "microsoft 403"), Unprepared("Microsoft is not set")]
)
def test_another_calendar_does_not_wait_for_one_that_is_closed(
    db, school, desk, work, book_one, monkeypatch, fault
):
    book_one("Alice", "Noor", "Vera", 0)
    work(0)
    with monkeypatch.context() as closed:
        closed.setattr(desk, "remove", _raising(fault))
        calendars.choose_usual(school.actors["Anna"], "google", now=NOW)
        work(1)
    its = entry(db)
    assert (its.given_up, its.due_at, its.generation) == (False, None, 2)
    assert db.get_one(Mailbox, its.mailbox_id).kind == "google"


def _raising(fault):
    def raise_(*_arguments, **_more):
        raise fault

    return raise_
