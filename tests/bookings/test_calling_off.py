"""The school takes talks away, and families answer."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.bookings import service
from app.bookings.calling_off import queries as called_off
from app.bookings.calling_off import service as calling_off
from app.bookings.models import Booking, Claim
from app.core.errors import NotFoundError
from app.family import history
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox import service as outbox
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.rounds.models import Offer
from app.school.models import Person
from app.school.queries import children_of
from tests.small_school import FIRST, NOW
from tests.talks import block

REASON = "Mevrouw De Vries is er die avond niet."


@pytest.fixture
def call_off(school):
    def call_off_(*booking_ids, actor="Sofie", cause="absent", now=NOW):
        return calling_off.call_off(
            school.actors[actor], booking_ids, cause, reason=REASON, now=now
        )

    return call_off_


@pytest.fixture
def sent(monkeypatch):
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)
    return mails


def claims_of(db, booking_id):
    return db.scalars(select(Claim).where(Claim.booking_id == booking_id)).all()


def test_a_talk_that_is_called_off_gives_its_time_back_and_asks_for_an_answer(
    db, school, choose, call_off
):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    assert call_off(talk) == (talk,)

    row = db.get(Booking, talk)
    assert (row.called_off, row.cancelled_at, row.changed_at) == ("absent", NOW, NOW)
    assert row.sequence == 1
    assert row.answered_at is None
    assert not claims_of(db, talk)
    assert choose("Carol", "Kim", ("Vera", 0)).booked


def test_everybody_who_looks_at_it_sees_that_something_changed(db, school, choose, call_off):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked

    def revisions():
        db.expire_all()
        return [db.get(Person, school.people[name]).revision for name in ("Noor", "Alice", "Vera")]

    before = revisions()
    call_off(talk)
    assert all(new > old for new, old in zip(revisions(), before, strict=True))


def test_where_the_teacher_is_away_the_time_stays_taken(db, school, choose, call_off):
    talks = [
        *choose("Alice", "Noor", ("Vera", 0)).booked,
        *choose("Carol", "Kim", ("Vera", 2)).booked,
    ]
    block(
        school.actors["Sofie"],
        school.teachers["Vera"],
        school.evening_id,
        FIRST,
        FIRST.replace(hour=20),
        now=NOW,
    )
    call_off(*talks)
    lost = choose("Bob", "Tim", ("Vera", 0)).lost
    assert len(lost) == 1


def test_what_is_cancelled_already_or_has_begun_is_left_alone(db, school, choose, call_off):
    (cancelled,) = choose("Alice", "Noor", ("Vera", 0)).booked
    service.cancel(school.actors["Alice"], cancelled, now=NOW)
    (begun,) = choose("Carol", "Kim", ("Vera", 1)).booked
    (later,) = choose("Bob", "Tim", ("Vera", 4)).booked
    moment = FIRST.replace(minute=45)
    assert call_off(cancelled, begun, later, now=moment) == (later,)
    assert db.get(Booking, cancelled).called_off == ""
    assert db.get(Booking, begun).cancelled_at is None


def test_a_talk_nobody_was_told_of_goes_without_a_word(db, sent, school, choose, call_off):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    db.get(Booking, talk).published_at = None
    db.commit()
    deliver_due(HANDLERS, now=NOW)
    sent.clear()

    assert call_off(talk) == (talk,)
    deliver_due(HANDLERS, now=NOW)
    assert not sent
    assert called_off.unanswered(school.round_id) == ()


@pytest.mark.parametrize("who", ["Alice", "Vera", "Noor"])
def test_only_the_office_calls_talks_off(db, choose, call_off, who):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    with pytest.raises(NotFoundError):
        call_off(talk, actor=who)
    assert db.get(Booking, talk).cancelled_at is None


def test_it_is_all_or_nothing(db, school, choose, call_off, monkeypatch):
    talks = [
        *choose("Alice", "Noor", ("Vera", 0)).booked,
        *choose("Carol", "Kim", ("Vera", 2)).booked,
    ]
    calls = []

    def break_at_the_second(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise OSError

    monkeypatch.setattr(outbox, "enqueue", break_at_the_second)
    with pytest.raises(OSError):
        call_off(*talks)
    assert [db.get(Booking, talk).cancelled_at for talk in talks] == [None, None]
    assert all(claims_of(db, talk) for talk in talks)


def test_each_talk_gets_its_own_promise_and_the_log_says_why(db, choose, call_off):
    talks = [
        *choose("Alice", "Noor", ("Vera", 0)).booked,
        *choose("Bob", "Tim", ("Vera", 2)).booked,
    ]
    call_off(*talks)
    promises = db.scalars(
        select(OutboxMessage.payload).where(OutboxMessage.kind == "bookings.called_off")
    ).all()
    assert promises == [{"booking_id": talk} for talk in talks]
    lines = db.scalars(select(AuditEntry).where(AuditEntry.action == "booking.called_off")).all()
    assert [line.details["reason"] for line in lines] == [REASON, REASON]
    assert {line.actor_role for line in lines} == {"scheduler"}


def test_the_household_reads_which_talk_and_why_in_both_parts(sent, choose, call_off):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    deliver_due(HANDLERS, now=NOW)
    sent.clear()
    call_off(talk)
    deliver_due(HANDLERS, now=NOW)

    assert [m["To"] for m in sent] == ["alice@family.example", "adam@family.example"]
    assert "Noor" not in sent[0]["Subject"]
    for part in ("plain", "html"):
        text = sent[0].get_body((part,)).get_content()
        for word in ("De Vries", "Noor Jansen", "18.30", REASON, "http"):
            assert word in text


def test_the_guardian_apart_reads_nothing(sent, choose, call_off):
    (talk,) = choose("Bob", "Tim", ("Vera", 0)).booked
    call_off(talk)
    deliver_due(HANDLERS, now=NOW)
    assert {m["To"] for m in sent} == {"bob@family.example"}


def test_the_office_sees_who_has_not_answered(school, choose, call_off):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    call_off(talk)
    (line,) = called_off.unanswered(school.round_id)
    assert (line.booking_id, line.student, line.class_name) == (talk, "Noor Jansen", "h2a")
    assert [it.name for it in line.guardians] == ["Adam Jansen", "Alice Jansen"]
    assert (line.teacher, line.starts_at) == ("mevr. De Vries", FIRST)
    assert (line.cause, line.reason, line.called_off_at) == ("absent", REASON, NOW)


def test_the_office_reads_at_which_branch_a_class_is(school, two_branches, choose, call_off):
    call_off(*choose("Alice", "Noor", ("Vera", 0)).booked)
    call_off(*choose("Carol", "Kim", ("Vera", 1)).booked)
    lines = called_off.unanswered(school.round_id)
    assert [line.class_name for line in lines] == ["h2a (Noord)", "h2a (Zuid)"]


def test_no_other_talk_needed_is_an_answer_and_can_be_given_twice(db, school, choose, call_off):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    call_off(talk)
    children = children_of(school.actors["Adam"], NOW.date())
    assert [t.booking_id for t in called_off.own_unanswered(children, now=NOW)] == [talk]

    calling_off.answer(school.actors["Adam"], talk, now=NOW)
    calling_off.answer(school.actors["Alice"], talk, now=NOW)
    assert called_off.unanswered(school.round_id) == ()
    assert called_off.own_unanswered(children, now=NOW) == ()
    (line,) = db.scalars(select(AuditEntry).where(AuditEntry.action == "booking.answered"))
    assert line.actor_person_id == school.people["Adam"]


@pytest.mark.parametrize("who", ["Carol", "Bea", "Vera", "Noor"])
def test_nobody_else_answers(db, school, choose, call_off, who):
    (talk,) = choose("Bob", "Tim", ("Vera", 0)).booked
    call_off(talk)
    with pytest.raises(NotFoundError):
        calling_off.answer(school.actors[who], talk, now=NOW)
    assert db.get(Booking, talk).answered_at is None


def test_a_talk_nobody_called_off_has_nothing_to_answer(school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    with pytest.raises(NotFoundError):
        calling_off.answer(school.actors["Alice"], talk, now=NOW)


def test_the_office_ticks_it_off_with_a_note_the_family_does_not_read(db, school, choose, call_off):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    call_off(talk)
    calling_off.finish(school.actors["Sofie"], talk, note="belt zelf", now=NOW)
    assert called_off.unanswered(school.round_id) == ()
    (line,) = db.scalars(select(AuditEntry).where(AuditEntry.action == "called_off.finished"))
    assert line.details["note"] == "belt zelf"
    assert not any("belt" in line.text for line in history.load(school.actors["Alice"], now=NOW))


def test_a_new_talk_with_the_same_teacher_is_an_answer(school, choose, call_off):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    call_off(talk)
    choose("Alice", "Noor", ("Bart", 3))
    assert len(called_off.unanswered(school.round_id)) == 1
    (again,) = choose("Alice", "Noor", ("Vera", 5)).booked
    assert called_off.unanswered(school.round_id) == ()
    service.cancel(school.actors["Alice"], again, now=NOW)


@pytest.fixture
def kader_teaches(db, school):
    """Let Kader teach this subject, instead of English."""

    def kader_teaches_(subject):
        key = str(school.teachers["Kader"])
        db.execute(update(Offer).where(Offer.teacher_key == key).values(subject_code=subject))
        db.commit()

    return kader_teaches_


def test_a_colleague_of_the_same_subject_is_an_answer_whoever_books(
    school, choose, call_off, book_for, kader_teaches
):
    kader_teaches("ne")
    talks = [
        *choose("Alice", "Noor", ("Vera", 0)).booked,
        *choose("Carol", "Kim", ("Vera", 1)).booked,
    ]
    call_off(*talks)
    book_for("Noor", ("Kader", 3), household="Alice")
    assert [line.booking_id for line in called_off.unanswered(school.round_id)] == [talks[1]]
    (own,) = choose("Carol", "Kim", ("Kader", 4)).booked
    assert called_off.unanswered(school.round_id) == ()
    service.cancel(school.actors["Carol"], own, now=NOW)
    assert [line.booking_id for line in called_off.unanswered(school.round_id)] == [talks[1]]


def test_a_talk_about_something_else_is_no_answer_whoever_books(
    db, school, choose, call_off, book_for
):
    db.get(Offer, school.offers["Kim", "Bart"]).subject_code = "ne"  # to another student
    db.commit()
    call_off(*choose("Alice", "Noor", ("Vera", 0)).booked)
    book_for("Noor", ("Bart", 3), household="Alice")
    choose("Alice", "Noor", ("Kader", 4))
    assert len(called_off.unanswered(school.round_id)) == 1


def test_talks_about_no_subject_do_not_stand_in_for_each_other(
    db, school, choose, call_off, kader_teaches
):
    db.execute(update(Offer).values(subject_code=""))
    kader_teaches("")
    call_off(*choose("Alice", "Noor", ("Vera", 0)).booked)
    choose("Alice", "Noor", ("Kader", 3))
    assert len(called_off.unanswered(school.round_id)) == 1


def test_what_the_family_had_before_is_no_answer(school, choose, call_off, kader_teaches):
    kader_teaches("ne")
    choose("Alice", "Noor", ("Kader", 3), now=NOW - timedelta(hours=1))
    call_off(*choose("Alice", "Noor", ("Vera", 0)).booked)
    assert len(called_off.unanswered(school.round_id)) == 1


def test_guardians_who_come_apart_and_siblings_answer_for_themselves(
    school, choose, call_off, book_for, kader_teaches
):
    kader_teaches("ne")
    call_off(
        *choose("Bob", "Tim", ("Vera", 0)).booked, *choose("Alice", "Noor", ("Vera", 1)).booked
    )
    book_for("Tim", ("Kader", 3), household="Bea")
    book_for("Sem", ("Kader", 4), household="Alice")
    assert len(called_off.unanswered(school.round_id)) == 2


def test_the_familys_log_says_that_the_school_called_it_off(school, choose, call_off):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    call_off(talk)
    line = history.load(school.actors["Alice"], now=NOW)[0]
    assert line.who == "De school"
    assert "De Vries" in line.text


def test_each_reads_it_in_the_own_language(db, sent, school, choose, call_off):
    db.get(Person, school.people["Alice"]).language = "en"
    db.commit()
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    call_off(talk)
    deliver_due(HANDLERS, now=NOW)
    mail = next(m for m in sent if m["To"] == "alice@family.example")
    assert mail["Subject"] == "Your talk cannot take place"
