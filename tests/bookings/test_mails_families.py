"""Mails about talks: to the whole household, in its language, as things are when it is sent."""

import pytest
from icalendar import Calendar

from app.bookings import moving, remarks, service
from app.bookings.rules import Choice
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.school.models import Person
from tests.small_school import NOW


@pytest.fixture
def sent(monkeypatch):
    """Collect what is handed to the mail server."""
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)
    return mails


def deliver():
    """Keep all promises, as the worker does."""
    deliver_due(HANDLERS, now=NOW)


def words(mail):
    return mail.get_body(("plain",)).get_content()


def test_both_guardians_get_one_mail_with_all_talks_and_no_childs_name_in_the_subject(
    sent, school, choose
):
    choose("Alice", "Noor", ("Vera", 0), ("Bart", 1))
    deliver()

    assert [m["To"] for m in sent] == ["alice@family.example", "adam@family.example"]
    assert "Noor" not in sent[0]["Subject"]
    for part in ("plain", "html"):
        text = sent[0].get_body((part,)).get_content()
        for word in ("De Vries", "Bakker", "Noor Jansen", "18.30", "18.40", "B01"):
            assert word in text


def test_a_guardian_apart_gets_nothing_of_the_others_talk(sent, choose):
    choose("Bob", "Tim", ("Vera", 0))
    deliver()
    assert [m["To"] for m in sent] == ["bob@family.example"]


def test_guardians_who_share_a_mailbox_get_one_mail(db, sent, school, choose):
    for name in ("Alice", "Adam"):
        person = db.get(Person, school.people[name])
        person.email, person.email_key = "Jansen@family.example", "jansen@family.example"
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))
    deliver()
    assert len(sent) == 1


def test_each_reads_the_own_language(db, sent, school, choose):
    db.get(Person, school.people["Adam"]).language = "en"
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))
    deliver()
    assert sent[0]["Content-Language"] == "nl"
    assert sent[1]["Subject"] == "Your talk is reserved"
    assert "18:30" in words(sent[1])


def test_what_was_cancelled_before_the_mail_left_is_not_confirmed(sent, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    service.cancel(school.actors["Alice"], talk, now=NOW)
    deliver()
    assert [m["Subject"] for m in sent] == ["Uw gesprek is afgezegd"] * 2


def test_a_move_tells_the_new_time_and_the_old_one(sent, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 2)).booked
    choice = Choice(*school.choice("Noor", "Vera", 4))
    moving.move(school.actors["Alice"], talk, choice, submission="a-move-of-this-test", now=NOW)
    deliver()
    sent = [mail for mail in sent if "veranderd" in mail["Subject"]]
    assert len(sent) == 2
    assert "19.10" in words(sent[0])
    assert "18.50" in words(sent[0])


def entries(mail):
    """The talks in the one file of a mail."""
    (file,) = mail.iter_attachments()
    assert file.get_content_type() == "application/ics"
    calendar = Calendar.from_ical(file.get_content())
    assert "method" not in calendar
    return calendar.walk("VEVENT")


def test_a_mail_has_one_file_with_all_its_talks(sent, choose):
    choose("Alice", "Noor", ("Vera", 0), ("Bart", 1))
    deliver()
    for mail in sent:
        assert [str(it["summary"]) for it in entries(mail)] == [
            "Gesprek over Noor: mevr. De Vries",
            "Gesprek over Noor: dhr. Bakker",
        ]
        (file,) = mail.iter_attachments()
        assert file.get_filename() == "gesprekken.ics"
        assert "de bijlage" in words(mail)


def test_the_files_of_later_mails_are_about_the_same_entry(sent, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 2)).booked
    deliver()
    choice = Choice(*school.choice("Noor", "Vera", 4))
    moving.move(school.actors["Alice"], talk, choice, submission="a-move-of-this-test", now=NOW)
    deliver()
    service.cancel(school.actors["Alice"], talk, now=NOW)
    deliver()
    booked, moved, cancelled = [entries(mail)[0] for mail in sent[::2]]

    assert booked["uid"] == moved["uid"] == cancelled["uid"]
    assert [it["sequence"] for it in (booked, moved, cancelled)] == [0, 1, 2]
    assert [it["status"] for it in (moved, cancelled)] == ["CONFIRMED", "CANCELLED"]
    assert moved["dtstart"].dt == cancelled["dtstart"].dt > booked["dtstart"].dt


def test_a_talk_that_the_school_calls_off_leaves_the_calendar_too(sent, choose, call_off):
    talks = choose("Alice", "Noor", ("Vera", 0)).booked
    deliver()
    call_off(*talks)
    deliver()
    (entry,) = entries(sent[-1])
    assert (entry["status"], entry["sequence"]) == ("CANCELLED", 1)


def test_a_file_names_nobody_else(sent, choose):
    choose("Carol", "Kim", ("Vera", 1))
    choose("Bob", "Tim", ("Vera", 0))
    deliver()
    (bob,) = [mail for mail in sent if mail["To"] == "bob@family.example"]
    (file,) = bob.iter_attachments()
    for word in (b"Kim", b"Bea", b"Bob", b"Smit"):
        assert word not in file.get_content()


def test_no_mail_names_a_remark(sent, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    remarks.set_remark(school.actors["Alice"], talk, "leest graag", now=NOW)
    deliver()
    assert b"leest" not in sent[0].as_bytes()


def test_a_bad_address_silences_nobody_else(db, sent, school, choose):
    db.get(Person, school.people["Alice"]).email = "two@@signs"
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))
    deliver()
    assert [m["To"] for m in sent] == ["adam@family.example"]


def test_a_talk_in_the_students_round_is_mailed_to_the_student(db, sent, school):
    db.get(Person, school.people["Noor"]).email = "noor@student.example"
    db.commit()
    service.book(
        school.actors["Noor"],
        school.student_round_id,
        school.students["Noor"],
        [Choice(school.student_slots[0], school.student_offers["Noor", "Vera"])],
        together=False,
        submission="a-form-of-noor-herself",
        now=NOW,
    )
    deliver()
    assert [m["To"] for m in sent] == ["noor@student.example"]
