"""Who is told when a student of 18 has the talks alone from now on, and what."""

import pytest
import time_machine
from sqlalchemy import update

from app.accounts.queries import load_owner
from app.accounts.service import account_of
from app.bookings.mails import families as family_mails
from app.family import consent
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.school.models import Person, Student
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture
def born(db, school):
    """Noor turned 18 today."""

    def born_():
        day = NOW.date().replace(year=NOW.year - 18)
        noor = Student.id == school.students["Noor"]
        db.execute(update(Student).where(noor).values(birth_date=day))
        own = Person.id == school.people["Noor"]
        db.execute(update(Person).where(own).values(email="noor@school.example"))
        db.commit()

    return born_


@pytest.fixture
def sent(db, school, monkeypatch):
    """Deliver all promises to readers of English; return the mails about the change by reader."""

    def sent_():
        mails = {}
        monkeypatch.setattr(letters, "send", lambda mail: mails.update({mail["To"]: mail}))
        monkeypatch.setattr(family_mails, "send_letter", lambda *_, **__: None)
        db.execute(update(Person).values(language="en"))
        db.commit()
        with time_machine.travel(NOW, tick=False):
            deliver_due(HANDLERS, now=NOW)
        emails = {
            it.email: name for name, id_ in school.people.items() if (it := db.get(Person, id_))
        }
        return {emails[to]: mail.get_body(("plain",)).get_content() for to, mail in mails.items()}

    return sent_


def noor(school):
    school.actors["Noor"] = load_owner(account_of(school.people["Noor"]))[0]
    return school.actors["Noor"]


def test_the_student_gets_the_talks_and_the_guardians_no_time(school, book_one, born, sent):
    book_one("Alice", "Noor", "Vera", 0)
    book_one("Alice", "Sem", "Bart", 6)
    born()
    consent.follow_birthdays(now=NOW)
    mails = sent()
    assert set(mails) == {"Alice", "Adam", "Noor"}
    assert "18:30" in mails["Noor"]
    assert "De Vries" in mails["Noor"]
    for guardian in ("Alice", "Adam"):
        assert "18 or older" in mails[guardian]
        assert "18:30" not in mails[guardian]
        assert "Vera" not in mails[guardian]
    consent.follow_birthdays(now=NOW)
    assert sent() == {}


def test_nobody_is_told_of_a_change_that_the_student_has_undone(school, book_one, born, sent):
    book_one("Alice", "Noor", "Vera", 0)
    born()
    consent.follow_birthdays(now=NOW)
    consent.decide(noor(school), lets_in=True, now=NOW)
    assert sent() == {}


def test_guardians_who_are_let_out_again_are_told(school, book_one, born, sent):
    born()
    consent.decide(noor(school), lets_in=True, now=NOW)
    book_one("Alice", "Noor", "Vera", 0)
    sent()
    consent.decide(noor(school), lets_in=False, now=NOW)
    assert set(sent()) == {"Alice", "Adam", "Noor"}


def test_without_a_talk_there_is_nothing_to_tell(school, born, sent):
    born()
    consent.follow_birthdays(now=NOW)
    assert sent() == {}
