"""Who learns of a link, when, and how often."""

from sqlalchemy import select

from app.bookings import service
from app.bookings.models import Booking
from app.calendars import service as calendars
from app.calendars.errors import Refusal, Refused
from app.core.transaction import transaction
from app.feeds.taught import taught_talk
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.school.models import Person
from tests.calendars.desk import entry, online, sync
from tests.small_school import NOW


def test_who_reads_the_link_in_the_mail_about_the_booking_gets_no_other(
    db,
    school,
    desk,
    book_one,
    monkeypatch,
):
    mails, looked = [], []
    monkeypatch.setattr(letters, "send", mails.append)
    online(db, school)
    talk = book_one("Alice", "Noor", "Vera", 0)

    def after_one():
        looked.append(1)
        return len(looked) > 1

    deliver_due(HANDLERS, now=NOW, stopped=after_one)  # the promise, before its mails
    sync(desk, NOW)
    deliver_due(HANDLERS, now=NOW)
    db.expire_all()
    link = db.get_one(Booking, talk).link
    told = [mail["To"] for mail in mails if link in mail.get_body(("plain",)).get_content()]
    assert sorted(told) == ["adam@family.example", "alice@family.example"]


def test_a_link_goes_although_its_event_cannot_be_removed(
    db,
    school,
    desk,
    work,
    book_one,
    monkeypatch,
):
    online(db, school)
    talk = book_one("Alice", "Noor", "Vera", 0)
    work(0)

    def refuse(*_arguments, **_more):
        raise Refused(Refusal.ACCESS_DENIED, "microsoft 403")

    monkeypatch.setattr(desk, "remove", refuse)
    calendars.choose(school.actors["Anna"], school.teachers["Vera"], "none", "", now=NOW)
    work(5)
    db.expire_all()
    assert db.get_one(Booking, talk).link == ""
    assert entry(db).given_up


def test_the_teachers_feed_names_no_link_of_a_cancelled_talk(
    db,
    school,
    desk,
    work,
    book_one,
):
    online(db, school)
    talk = book_one("Alice", "Noor", "Vera", 0)
    work(0)
    assert taught_talk(school.teachers["Vera"], talk).link
    service.cancel(school.actors["Alice"], talk, now=NOW)
    assert taught_talk(school.teachers["Vera"], talk).link == ""


def test_a_mail_about_a_former_link_is_not_the_one_that_tells_the_new_one(
    db, school, desk, work, book_one, monkeypatch
):
    online(db, school)
    talk = book_one("Alice", "Noor", "Vera", 0)
    deliver_due(HANDLERS, now=NOW)
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)
    sync(desk, NOW)
    stops = iter((False, True))
    deliver_due(HANDLERS, now=NOW, stopped=lambda: next(stops))  # the promise, not its mails
    with transaction():
        db.get_one(Person, school.people["Vera"]).email = "v.devries@school.example"
    calendars.note_all(now=NOW)
    sync(desk, NOW)  # another calendar, and so another meeting
    deliver_due(HANDLERS, now=NOW)
    db.expire_all()
    link = db.get_one(Booking, talk).link
    assert link.endswith(entry(db).remote_id)
    told = [mail["To"] for mail in mails if link in mail.get_body(("plain",)).get_content()]
    assert sorted(told) == sorted(mail["To"] for mail in mails)
    assert sorted(told) == ["adam@family.example", "alice@family.example"]


def test_what_changes_nothing_lets_no_family_load_its_table_again(db, school, desk, work, book_one):
    online(db, school)
    book_one("Alice", "Noor", "Vera", 0)
    for after in (0, 1):
        work(after)
    revisions = select(Person.id, Person.revision).order_by(Person.id)
    before = db.execute(revisions).all()
    calendars.note_all(now=NOW)
    work(2)
    assert entry(db).due_at is None
    assert db.execute(revisions).all() == before
