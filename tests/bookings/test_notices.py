"""Mails about talks: to the whole household, in its language, as things are when it is sent."""

import pytest

from app.bookings import notices, service
from app.school.models import Person
from tests.school import FIRST, NOW


@pytest.fixture
def sent(monkeypatch):
    """Collect what is handed to the mail server."""
    mails = []
    monkeypatch.setattr(notices, "send", mails.append)
    return mails


def words(mail):
    return mail.get_body(("plain",)).get_content()


def test_both_guardians_get_one_mail_with_all_talks_and_no_childs_name_in_the_subject(
    sent, school, book
):
    result = book("Alice", "Noor", ("Vera", 0), ("Bart", 1))
    notices.send_booked(result.booked, now=NOW)

    assert [m["To"] for m in sent] == ["alice@family.example", "adam@family.example"]
    assert "Noor" not in sent[0]["Subject"]
    for part in ("plain", "html"):
        text = sent[0].get_body((part,)).get_content()
        for word in ("De Vries", "Bakker", "Noor Jansen", "18.30", "18.40", "B01"):
            assert word in text


def test_a_guardian_apart_gets_nothing_of_the_others_talk(sent, book):
    notices.send_booked(book("Bob", "Tim", ("Vera", 0)).booked, now=NOW)
    assert [m["To"] for m in sent] == ["bob@family.example"]


def test_guardians_who_share_a_mailbox_get_one_mail(db, sent, school, book):
    for name in ("Alice", "Adam"):
        person = db.get(Person, school.people[name])
        person.email, person.email_key = "Jansen@family.example", "jansen@family.example"
    db.commit()
    notices.send_booked(book("Alice", "Noor", ("Vera", 0)).booked, now=NOW)
    assert len(sent) == 1


def test_each_reads_the_own_language(db, sent, school, book):
    db.get(Person, school.people["Adam"]).language = "en"
    db.commit()
    notices.send_booked(book("Alice", "Noor", ("Vera", 0)).booked, now=NOW)
    assert sent[0]["Content-Language"] == "nl"
    assert sent[1]["Subject"] == "Your talk is booked"
    assert "18:30" in words(sent[1])


def test_what_was_cancelled_before_the_mail_left_is_not_confirmed(sent, school, book):
    (talk,) = book("Alice", "Noor", ("Vera", 0)).booked
    service.cancel(school.actors["Alice"], talk, now=NOW)
    notices.send_booked([talk], now=NOW)
    assert sent == []
    notices.send_cancelled(talk, now=NOW)
    assert len(sent) == 2


def test_a_move_tells_the_new_time_and_the_old_one(sent, book):
    (talk,) = book("Alice", "Noor", ("Vera", 2)).booked
    notices.send_moved(talk, FIRST, now=NOW)
    assert "18.50" in words(sent[0])
    assert "18.30" in words(sent[0])


def test_no_mail_names_a_remark(sent, school, book):
    (talk,) = book("Alice", "Noor", ("Vera", 0)).booked
    service.set_remark(school.actors["Alice"], talk, "leest graag", now=NOW)
    notices.send_booked([talk], now=NOW)
    assert b"leest" not in sent[0].as_bytes()
