"""Talks that the office books, moves and cancels for a family: the family's rules, plus a reason."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from app.audit.models import AuditEntry
from app.bookings import office, service
from app.bookings.guards import RoundClosed
from app.bookings.models import Booking, Claim
from app.bookings.moving import CellTaken
from app.bookings.office import ReasonMissing
from app.bookings.rules import Choice, TimesClash, TooManyTalks
from app.bookings.talks import TalkCancelled
from app.core.errors import NotFoundError
from app.family import history
from app.family.overview import load_overview
from app.outbox.models import OutboxMessage
from app.rounds.models import Round
from app.school.models import HouseholdStudent
from tests.small_school import FIRST, NOW

TEN = timedelta(minutes=10)
BEFORE_OPENING = NOW - timedelta(days=2)
AFTER_CLOSING = FIRST - timedelta(hours=1)


@pytest.fixture
def move_for(school):
    def move_for_(booking_id, student, teacher, slot, reason="mother called", now=NOW):
        choice = Choice(*school.choice(student, teacher, slot))
        office.move_for(school.actors["Sofie"], booking_id, choice, reason=reason, now=now)

    return move_for_


def claimed_by(db, booking_id):
    rows = db.execute(
        select(Claim.kind, Claim.resource_id).where(Claim.booking_id == booking_id).distinct()
    )
    return {tuple(row) for row in rows}


def test_a_talk_booked_by_the_office_is_the_familys_own(db, school, book_for):
    (talk,) = book_for("Noor", ("Vera", 0), household="Alice").booked
    booking = db.get(Booking, talk)
    assert (booking.origin, booking.household_id) == ("office", school.households["Alice"])
    assert booking.booked_by_id == school.people["Sofie"]
    (evening,) = load_overview(school.actors["Adam"], now=NOW).evenings
    assert evening.talks[0].booking_id == talk
    people = school.people
    assert claimed_by(db, talk) == {
        ("person", people["Vera"]),
        ("person", people["Alice"]),
        ("person", people["Adam"]),
        ("teach", school.teachers["Vera"]),
    }


def test_it_is_mailed_as_an_own_talk_is(db, book_for):
    result = book_for("Noor", ("Vera", 0), household="Alice")
    message = db.scalars(select(OutboxMessage)).one()
    assert (message.kind, message.payload) == (
        "bookings.booked",
        {"booking_ids": list(result.booked)},
    )


def test_the_log_tells_the_role_and_the_reason(db, school, book_for):
    book_for("Noor", ("Vera", 0), household="Alice", reason="has no computer")
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "booking.booked")).one()
    assert (entry.actor_role, entry.details["reason"]) == ("scheduler", "has no computer")
    assert entry.student_id == school.students["Noor"]


def test_the_family_reads_that_the_school_did_it_but_not_why(school, book_for):
    book_for("Noor", ("Vera", 0), household="Alice", reason="has no computer")
    (line,) = history.load(school.actors["Alice"], now=NOW)
    assert line.who == "De school"
    assert "computer" not in line.text


def test_somebody_of_the_office_who_is_a_parent_acts_as_the_office(db, school, book_for):
    alice = school.actors["Alice"]
    school.actors["Alice"] = type(alice)(
        alice.account_id,
        alice.person_id,
        alice.name,
        alice.roles | school.actors["Anna"].roles,
        guardian_id=alice.guardian_id,
    )
    book_for("Kim", ("Vera", 0), household="Carol", actor="Alice")
    assert db.scalars(select(AuditEntry.actor_role)).one() == "administrator"


def test_the_same_twice_is_one_talk(db, book_for):
    first = book_for("Noor", ("Vera", 0), household="Alice")
    assert book_for("Noor", ("Vera", 0), household="Alice") == first
    assert len(db.scalars(select(OutboxMessage)).all()) == 1


@pytest.mark.parametrize("moment", [BEFORE_OPENING, AFTER_CLOSING])
def test_the_office_books_before_opening_and_after_closing(book_for, moment):
    assert len(book_for("Noor", ("Vera", 3), household="Alice", now=moment).booked) == 1


def test_but_never_in_the_past(book_for):
    with pytest.raises(TimesClash):
        book_for("Noor", ("Vera", 0), household="Alice", now=FIRST + TEN)


@pytest.mark.parametrize("state", ["draft", "check", "archived"])
def test_nor_in_a_round_that_families_do_not_see(db, school, book_for, state):
    db.execute(update(Round).values(state=state))
    db.commit()
    with pytest.raises(RoundClosed):
        book_for("Noor", ("Vera", 0), household="Alice")


def test_the_maximum_holds_for_the_office_too(db, book_for):
    cells = [("Vera", 0), ("Bart", 2), ("Kader", 4)]
    with pytest.raises(TooManyTalks, match="2"):
        book_for("Noor", *cells, household="Alice", reason="wants more")
    assert db.scalars(select(Booking)).all() == []


def test_more_needs_a_tick_and_a_reason(db, book_for):
    cells = [("Vera", 0), ("Bart", 2), ("Kader", 4)]
    with pytest.raises(ReasonMissing):
        book_for("Noor", *cells, household="Alice", beyond=True, reason="  ")
    result = book_for("Noor", *cells, household="Alice", beyond=True, reason="new at the school")
    assert len(result.booked) == 3
    reasons = {entry.details["reason"] for entry in db.scalars(select(AuditEntry))}
    assert reasons == {"new at the school"}


def test_books_for_one_household_of_guardians_who_come_apart(db, school, book_for):
    (talk,) = book_for("Tim", ("Vera", 0), household="Bea").booked
    assert ("person", school.people["Bob"]) not in claimed_by(db, talk)
    assert load_overview(school.actors["Bob"], now=NOW).evenings == ()
    assert len(load_overview(school.actors["Bea"], now=NOW).evenings) == 1
    assert len(book_for("Tim", ("Vera", 1), household="Bob").booked) == 1


@pytest.mark.parametrize("household", ["", "Alice"])
def test_a_household_that_is_not_the_childs_is_not_found(book_for, household):
    with pytest.raises(NotFoundError):
        book_for("Tim", ("Vera", 0), household=household)


def test_a_student_without_guardian_comes_alone(db, school, book_for):
    db.execute(
        delete(HouseholdStudent).where(HouseholdStudent.student_id == school.students["Kim"])
    )
    db.commit()
    (talk,) = book_for("Kim", ("Vera", 0)).booked
    assert ("person", school.people["Kim"]) in claimed_by(db, talk)


def test_a_round_for_students_needs_no_household(db, school):
    result = office.book_for(
        school.actors["Sofie"],
        school.student_round_id,
        school.students["Tim"],
        None,
        [Choice(school.student_slots[0], school.student_offers["Tim", "Vera"])],
        reason="",
        beyond_maximum=False,
        now=NOW,
    )
    (talk,) = result.booked
    assert ("person", school.people["Tim"]) in claimed_by(db, talk)


def test_another_childs_cell_is_gone(school, book_for):
    school.offers["Noor", "forged"] = school.offers["Kim", "Vera"]
    result = book_for("Noor", ("forged", 0), ("Bart", 1), household="Alice")
    assert result.gone == (school.choice("Kim", "Vera", 0),)
    assert len(result.booked) == 1


@pytest.mark.parametrize("actor", ["Alice", "Noor", "Vera"])
def test_nobody_but_the_office_has_a_desk(school, choose, book_for, actor):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    who, choice = school.actors[actor], Choice(*school.choice("Noor", "Vera", 1))
    with pytest.raises(NotFoundError):
        book_for("Noor", ("Bart", 0), household="Alice", actor=actor)
    with pytest.raises(NotFoundError):
        office.move_for(who, talk, choice, reason="because", now=NOW)
    with pytest.raises(NotFoundError):
        office.cancel_for(who, talk, reason="because", now=NOW)


def test_who_clicks_first_has_the_time(choose, book_for):
    choose("Carol", "Kim", ("Vera", 0))
    result = book_for("Noor", ("Vera", 0), ("Bart", 2), household="Alice")
    assert (len(result.booked), len(result.lost)) == (1, 1)
    assert len(choose("Carol", "Kim", ("Bart", 2)).lost) == 1


def test_moves_with_a_reason_and_frees_the_old_time(db, choose, move_for):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    move_for(talk, "Noor", "Vera", 3, now=AFTER_CLOSING)
    assert db.get(Booking, talk).starts_at == FIRST + 3 * TEN
    assert choose("Carol", "Kim", ("Vera", 0)).lost == ()
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "booking.moved")).one()
    assert (entry.actor_role, entry.details["reason"]) == ("scheduler", "mother called")
    assert "bookings.moved" in db.scalars(select(OutboxMessage.kind)).all()


def test_a_move_to_a_taken_time_keeps_the_old_one(db, choose, move_for):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    choose("Carol", "Kim", ("Vera", 3))
    with pytest.raises(CellTaken, match=r"18[.:]30"):
        move_for(talk, "Noor", "Vera", 3)
    assert db.get(Booking, talk).starts_at == FIRST
    assert len(claimed_by(db, talk)) == 4


def test_a_move_stays_with_its_household(db, school, choose, move_for):
    (talk,) = choose("Bea", "Tim", ("Vera", 0)).booked
    move_for(talk, "Tim", "Vera", 3)
    assert db.get(Booking, talk).household_id == school.households["Bea"]
    assert ("person", school.people["Bob"]) not in claimed_by(db, talk)


def test_moving_to_another_teacher_is_not_found(choose, move_for):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    with pytest.raises(NotFoundError):
        move_for(talk, "Noor", "Bart", 3)


def test_moving_and_cancelling_need_a_reason(db, school, choose, move_for):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    with pytest.raises(ReasonMissing):
        move_for(talk, "Noor", "Vera", 3, reason=" ")
    with pytest.raises(ReasonMissing):
        office.cancel_for(school.actors["Sofie"], talk, reason="", now=NOW)
    assert db.get(Booking, talk).cancelled_at is None


def test_what_has_begun_stays_as_it_was(school, choose, move_for):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    with pytest.raises(RoundClosed):
        move_for(talk, "Noor", "Vera", 3, now=FIRST)
    with pytest.raises(RoundClosed):
        office.cancel_for(school.actors["Sofie"], talk, reason="ill", now=FIRST)


def test_cancels_after_the_limit_of_families_and_mails_them(db, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    for _ in range(2):
        office.cancel_for(school.actors["Anna"], talk, reason="father is ill", now=AFTER_CLOSING)
    assert claimed_by(db, talk) == set()
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "booking.cancelled")).one()
    assert (entry.actor_role, entry.details["reason"]) == ("administrator", "father is ill")
    kinds = db.scalars(select(OutboxMessage.kind)).all()
    assert kinds.count("bookings.cancelled") == 1


def test_a_cancelled_talk_cannot_be_moved(school, choose, move_for):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    service.cancel(school.actors["Alice"], talk, now=NOW)
    with pytest.raises(TalkCancelled):
        move_for(talk, "Noor", "Vera", 3)
