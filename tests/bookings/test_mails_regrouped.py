"""Mails to guardians who were set apart, or put together again: to each about the own talks alone."""

import pytest
import time_machine
from sqlalchemy import select, update

from app.bookings.mails import families as family_mails
from app.bookings.regrouping import follow_households
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.rounds.models import Round
from app.school.households import rebuild_households
from app.school.models import Guardianship, Person, Student
from tests.small_school import NOW


@pytest.fixture(autouse=True)
def _while_families_choose():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sent(monkeypatch):
    """Collect the mails about the change by reader."""
    mails = {}
    monkeypatch.setattr(letters, "send", lambda mail: mails.update({mail["To"]: mail}))
    monkeypatch.setattr(family_mails, "send_letter", lambda *_, **__: None)
    return mails


@pytest.fixture
def regroup(db, school):
    """Set the guardians of a student apart, or together again, as the office and an import do."""

    def regroup_(student, *, apart):
        student_id = school.students[student]
        db.execute(update(Student).where(Student.id == student_id).values(apart=apart))
        db.commit()
        rebuild_households(today=NOW.date())
        follow_households(now=NOW, regrouped=[student_id])

    return regroup_


@pytest.fixture
def deliver(db, school):
    """Keep all promises, to readers of English."""

    def deliver_():
        db.execute(update(Person).values(language="en"))
        db.commit()
        deliver_due(HANDLERS, now=NOW)

    return deliver_


def promised(db):
    of_kind = OutboxMessage.kind == "bookings.regrouped"
    return db.scalars(select(OutboxMessage.payload).where(of_kind)).all()


def words(mail):
    parts = [mail.get_body((part,)).get_content() for part in ("plain", "html")]
    return mail["Subject"] + "".join(parts)


def test_who_booked_keeps_the_talk_and_the_other_can_choose(sent, choose, regroup, deliver):
    choose("Adam", "Noor", ("Vera", 0))
    regroup("Noor", apart=True)
    deliver()
    keeps, lost = words(sent["adam@family.example"]), words(sent["alice@family.example"])
    for text in ("You keep these talks", "De Vries", "18:30", "Noor Jansen"):
        assert text in keeps
    assert "You no longer see" not in keeps
    for text in ("You no longer see talks about Noor Jansen", "You can choose times yourself"):
        assert text in lost
    for mail in (keeps, lost):
        assert "From now on you have your own talks about Noor Jansen" in mail
        assert "Anna Admin, 030 123 45 67" in mail
        assert "/talks" in mail


def test_nothing_of_one_guardian_is_in_the_mail_to_the_other(sent, choose, regroup, deliver):
    choose("Adam", "Noor", ("Vera", 0))
    choose("Alice", "Noor", ("Bart", 4))
    regroup("Noor", apart=True)
    deliver()
    to_adam, to_alice = words(sent["adam@family.example"]), words(sent["alice@family.example"])
    for mail, others in (
        (to_adam, ("Alice", "Bakker", "19:10", "B02", "apart")),
        (to_alice, ("Adam", "Vries", "18:30", "B01", "apart")),
    ):
        assert [word for word in others if word in mail] == []
        assert "You no longer see other talks about Noor Jansen" in mail


def test_the_other_of_two_who_lost_all_reads_no_time_and_no_teacher(sent, choose, regroup, deliver):
    choose("Adam", "Noor", ("Vera", 0))
    regroup("Noor", apart=True)
    deliver()
    mail = words(sent["alice@family.example"])
    assert [word for word in ("Adam", "Vries", "18:30", "B01", "9 Feb") if word in mail] == []


def test_no_subject_names_a_child(sent, choose, regroup, deliver):
    choose("Adam", "Noor", ("Vera", 0))
    regroup("Noor", apart=True)
    deliver()
    assert {mail["Subject"] for mail in sent.values()} == {"Something has changed about your talks"}


def test_once_choosing_is_over_the_mail_says_whom_to_ask(db, sent, choose, regroup, deliver):
    choose("Adam", "Noor", ("Vera", 0))
    db.execute(update(Round).values(closes_at=NOW))
    regroup("Noor", apart=True)
    deliver()
    mail = words(sent["alice@family.example"])
    assert "You can choose" not in mail
    assert "Choosing times is not possible now. Would you like a talk? Ask the school." in mail


def test_together_again_both_read_that_they_share_and_no_time(sent, choose, regroup, deliver):
    choose("Bob", "Tim", ("Vera", 0))
    regroup("Tim", apart=False)
    deliver()
    assert set(sent) == {"bob@family.example", "bea@family.example"}
    for mail in map(words, sent.values()):
        assert "you share the talks about Tim Smit with another parent" in mail
        assert [
            word for word in ("18:30", "Vries", "Bob", "Bea", "cancelled") if word in mail
        ] == []


def test_a_talk_that_vanishes_is_told_to_who_had_it_alone(sent, choose, regroup, deliver):
    choose("Bob", "Tim", ("Vera", 0))
    choose("Bea", "Tim", ("Vera", 5))
    regroup("Tim", apart=False)
    deliver()
    assert "This talk of yours is cancelled" in words(sent["bea@family.example"])
    assert "19:20" in words(sent["bea@family.example"])
    assert "18:30" not in words(sent["bea@family.example"])
    assert "cancelled" not in words(sent["bob@family.example"])
    assert "19:20" not in words(sent["bob@family.example"])


def test_each_gets_one_mail_however_many_talks_change(db, choose, regroup):
    choose("Adam", "Noor", ("Vera", 0), ("Bart", 3))
    regroup("Noor", apart=True)
    assert len(promised(db)) == 2
    follow_households(now=NOW, regrouped=[])
    assert len(promised(db)) == 2


def test_where_no_talk_changes_nobody_gets_a_mail(db, school, choose, regroup):
    choose("Adam", "Sem", ("Vera", 0))  # the brother, who stays as he is
    regroup("Noor", apart=True)
    assert promised(db) == []


def test_who_does_not_see_the_child_gets_none(db, school, sent, choose, regroup, deliver):
    choose("Adam", "Noor", ("Vera", 0))
    db.execute(
        update(Guardianship)
        .where(Guardianship.guardian_id == school.actors["Alice"].guardian_id)
        .values(closed_reason="no_authority")
    )
    regroup("Noor", apart=True)
    deliver()
    assert "alice@family.example" not in sent


def test_a_mail_that_no_longer_holds_is_not_sent(sent, choose, regroup, deliver):
    choose("Adam", "Noor", ("Vera", 0))
    regroup("Noor", apart=True)
    regroup("Noor", apart=False)
    deliver()
    for mail in map(words, sent.values()):
        assert "you share the talks" in mail


def test_other_changes_of_a_family_are_not_told_this_way(db, school, choose):
    choose("Adam", "Noor", ("Vera", 0))
    db.execute(
        update(Guardianship)
        .where(Guardianship.guardian_id == school.actors["Alice"].guardian_id)
        .values(closed_reason="school")
    )
    db.commit()
    rebuild_households(today=NOW.date())
    assert follow_households(now=NOW) == 1
    assert promised(db) == []
