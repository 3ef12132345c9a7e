"""The family's own log, when the family changes after it booked."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.bookings import moving, office
from app.bookings import service as bookings
from app.bookings.rules import Choice
from app.family import history
from app.people.merging import merge_guardians
from app.people.service import change_access, set_apart
from app.people.splitting import split_guardians
from app.requests import asking
from app.requests import office as requests_office
from app.requests.asking import Asked, AskedFor
from app.rounds.models import Offer, OfferTeacher, Round
from app.school.models import Person
from tests.small_school import NOW


@pytest.fixture
def log(school):
    """Return who did what in somebody's log: log("Alice") gives ["You: Vera", ...]."""

    def log_(name):
        lines = history.load(school.actors[name], now=NOW)
        return [f"{line.who}: {line.text.split(' ', 1)[1]}" for line in lines]

    return log_


@pytest.fixture
def apart(school):
    def apart_(student, *, apart=True):
        set_apart(
            school.actors["Anna"], school.students[student], apart=apart, reason="asked", now=NOW
        )

    return apart_


@pytest.fixture
def same_mail(db, school):
    """Alice is Carol: the administration lists her twice."""
    db.execute(
        update(Person)
        .where(Person.id.in_([school.people["Alice"], school.people["Carol"]]))
        .values(email="one@family.example", email_key="one@family.example")
    )
    db.commit()


def carol_stays(db, school):
    """Let the merge keep Carol's row: only she has a mail address."""
    ids = [school.people["Alice"], school.people["Carol"]]
    db.execute(update(Person).where(Person.id.in_(ids)).values(sort_key="the same"))
    db.execute(update(Person).where(Person.id == ids[0]).values(email="", email_key=""))
    db.commit()


def merge(school):
    ids = [school.actors[name].guardian_id for name in ("Alice", "Carol")]
    merge_guardians(school.actors["Anna"], *ids, reason="her passport", now=NOW)


def whose(lines):
    return [line.split(":")[0] for line in lines]


def test_apart_keeps_what_was_shared_but_not_the_talk_that_is_the_others_now(
    school, choose, log, apart
):
    (gone,) = choose("Adam", "Noor", ("Kader", 3)).booked
    bookings.cancel(school.actors["Alice"], gone, now=NOW + timedelta(minutes=1))
    choose("Adam", "Noor", ("Vera", 0))
    choose("Alice", "Noor", ("Bart", 2))
    assert whose(log("Alice")) == ["U", "U", "Adam Jansen", "Adam Jansen"]
    apart("Noor")
    adams, alices = log("Adam"), log("Alice")
    assert [line for line in alices if "De Vries" in line] == []
    assert [line for line in adams if "Bakker" in line] == []
    # What both knew of a talk that is nobody's now; who it was, is not said any more.
    assert sorted(whose(alices)) == ["Een ouder", "U", "U"]
    assert sorted(whose(adams)) == ["Een ouder", "U", "U"]


def test_apart_nothing_that_the_other_does_changes_what_one_sees(db, school, choose, log, apart):
    choose("Alice", "Noor", ("Vera", 0))
    apart("Noor")
    before = log("Alice")
    assert whose(before) == ["U"]
    assert log("Adam") == []
    choose("Adam", "Noor", ("Vera", 3))  # the same teacher, by the same option
    (talk,) = choose("Adam", "Noor", ("Kader", 5)).booked
    bookings.cancel(school.actors["Adam"], talk, now=NOW)
    assert log("Alice") == before
    assert whose(log("Adam")) == ["U", "U", "U"]


def test_together_again_each_keeps_what_was_done_apart_to_oneself(school, choose, log, apart):
    (talk,) = choose("Bob", "Tim", ("Vera", 0)).booked
    choose("Bea", "Tim", ("Bart", 2))
    apart("Tim", apart=False)
    assert whose(log("Bob")) == whose(log("Bea")) == ["U"]
    bookings.cancel(school.actors["Bob"], talk, now=NOW)
    assert whose(log("Bob")) == ["U", "U"]
    assert whose(log("Bea")) == ["Bob Smit", "U"]


def test_a_talk_that_came_back_brings_its_lines(school, choose, log, apart):
    choose("Adam", "Noor", ("Vera", 0))
    apart("Noor")
    assert log("Alice") == []
    apart("Noor", apart=False)
    assert whose(log("Alice")) == ["Adam Jansen"]


def test_lines_of_a_talk_that_the_office_moved_stay(school, choose, log, apart):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    office.cancel_for(school.actors["Anna"], talk, reason="by telephone", now=NOW)
    apart("Noor")
    assert whose(log("Alice")) == ["De school", "U"]
    assert whose(log("Adam")) == ["De school", "Een ouder"]


def test_of_a_household_without_one_another_keeps_the_lines(school, choose, log):
    choose("Alice", "Noor", ("Vera", 0))
    adam = school.actors["Adam"].guardian_id
    change_access(
        school.actors["Anna"], school.students["Noor"], adam, opens=False, reason="x", now=NOW
    )
    assert whose(log("Alice")) == ["U"]
    assert log("Adam") == []


def test_a_guardian_who_is_one_person_reads_on_and_is_called_you(school, choose, log, same_mail):
    choose("Carol", "Kim", ("Bart", 0))
    choose("Adam", "Noor", ("Vera", 2))
    merge(school)
    assert whose(log("Alice")) == ["Adam Jansen", "U"]
    assert whose(log("Adam")) == ["U"]


def test_who_comes_with_a_guardian_who_is_another_one_now_reads_on(
    db, school, choose, log, same_mail
):
    choose("Alice", "Noor", ("Vera", 2))
    carol_stays(db, school)
    merge(school)
    assert whose(log("Carol")) == ["U"]
    assert whose(log("Adam")) == ["Alice Jansen"]
    carol = school.actors["Alice"].guardian_id
    split_guardians(school.actors["Anna"], carol, reason="sisters", now=NOW)
    assert whose(log("Alice")) == ["U"]
    assert log("Carol") == []
    assert whose(log("Adam")) == ["Alice Jansen"]


def test_a_talk_that_is_the_others_now_takes_its_lines_of_before_a_merge_along(
    db, school, choose, log, apart, same_mail
):
    choose("Alice", "Noor", ("Vera", 2))
    carol_stays(db, school)
    merge(school)
    apart("Noor")
    assert whose(log("Carol")) == ["U"]
    assert log("Adam") == []


def test_a_student_reads_on_too(db, school, choose, log, apart, same_mail):
    db.execute(update(Round).values(open_to="both"))
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))
    choose("Adam", "Noor", ("Bart", 2))
    merge(school)
    assert whose(log("Noor")) == ["Adam Jansen", "Alice Jansen"]
    apart("Noor")
    assert log("Noor") == []  # each talk is one of the two guardians' own now


def test_a_student_keeps_the_own_doings_whoever_comes_along(db, school, choose, log):
    db.execute(update(Round).values(open_to="both"))
    db.commit()
    adam = school.actors["Adam"].guardian_id

    def change(*, opens):
        change_access(
            school.actors["Anna"], school.students["Noor"], adam, opens=opens, reason="x", now=NOW
        )

    change(opens=False)
    choose("Noor", "Noor", ("Vera", 0))
    change(opens=True)
    assert whose(log("Noor")) == ["U"]


def test_a_talk_that_was_cancelled_stays_in_the_log_of_who_had_it(school, choose, log, apart):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    bookings.cancel(school.actors["Alice"], talk, now=NOW)
    choose("Adam", "Noor", ("Vera", 3))  # the same teacher
    apart("Noor")
    assert whose(log("Alice")) == ["U", "U"]


def test_a_talk_whose_option_came_back_takes_its_lines_along(db, school, choose, log, apart):
    dutch = school.offers["Noor", "Vera"]
    english = Offer(
        round_id=school.round_id,
        student_id=school.students["Noor"],
        subject_code="en",
        teacher_key=str(school.teachers["Vera"]),
    )
    db.add(english)
    db.flush()
    db.add(OfferTeacher(offer_id=english.id, teacher_id=school.teachers["Vera"]))
    db.execute(update(Offer).where(Offer.id == dutch).values(offered=False))
    db.commit()
    school.offers["Noor", "Vera"] = english.id
    (talk,) = choose("Adam", "Noor", ("Vera", 0)).booked
    db.execute(update(Offer).where(Offer.id == dutch).values(offered=True))
    db.commit()
    choice = Choice(school.slots[4], dutch)
    moving.move(school.actors["Adam"], talk, choice, submission="moved", now=NOW)
    apart("Noor")
    assert log("Alice") == []
    assert whose(log("Adam")) == ["U", "U"]


def test_a_merge_that_is_undone_brings_nothing_of_the_others_talk(
    db, school, choose, log, apart, same_mail
):
    choose("Adam", "Noor", ("Vera", 2))
    carol_stays(db, school)
    merge(school)
    apart("Noor")
    carol = school.actors["Alice"].guardian_id
    split_guardians(school.actors["Anna"], carol, reason="sisters", now=NOW)
    assert log("Alice") == []


def test_lines_that_name_no_talk_go_by_the_household_of_their_time(db, school, choose, log, apart):
    choose("Adam", "Noor", ("Kader", 0))
    apart("Noor")
    choose("Adam", "Noor", ("Bart", 2))
    for entry in db.scalars(select(AuditEntry).where(AuditEntry.action == "booking.booked")):
        details = {key: it for key, it in entry.details.items() if key != "booking_id"}
        db.execute(update(AuditEntry).where(AuditEntry.id == entry.id).values(details=details))
    db.commit()
    assert whose(log("Alice")) == ["Een ouder"]
    assert "Kaya" in log("Alice")[0]


def test_what_was_asked_for_is_in_the_log_of_those_who_asked(db, school, log):
    db.execute(update(Round).values(mode="both"))
    db.commit()

    def ask(actor, student, *teachers, none_needed=False):
        talks = [Asked(school.offers[student, name]) for name in teachers]
        wanted = {school.students[student]: AskedFor(talks, none_needed)}
        asking.ask(school.actors[actor], school.round_id, wanted, now=NOW)

    ask("Alice", "Noor", "Vera")
    ask("Adam", "Noor")
    ask("Bob", "Tim", "Vera")
    ask("Bob", "Tim", none_needed=True)
    took_back, asked = history.load(school.actors["Adam"], now=NOW)
    assert [line.who for line in (took_back, asked)] == ["U", "Alice Jansen"]
    assert "De Vries" in took_back.text
    assert len(history.load(school.actors["Bob"], now=NOW)) == 3
    assert history.load(school.actors["Bea"], now=NOW) == ()


def test_a_student_reads_what_the_office_asked_for(db, school, log):
    db.execute(update(Round).values(mode="both"))
    db.commit()
    wanted = AskedFor([Asked(school.student_offers["Noor", "Vera"])])
    requests_office.ask_for(
        school.actors["Sofie"],
        school.student_round_id,
        school.students["Noor"],
        None,
        wanted,
        reason="",
        now=NOW,
    )
    assert log("Noor") == ["De school: een gesprek aan met mevr. De Vries"]
    assert log("Alice") == []
