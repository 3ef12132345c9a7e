"""Families that are set apart, or come together, after they booked."""

from sqlalchemy import select, update

from app.bookings.calling_off.service import call_off
from app.bookings.models import Booking, Claim
from app.bookings.regrouping import follow_households
from app.family.overview import load_overview
from app.outbox.models import OutboxMessage
from app.school.models import Guardian
from tests.small_school import NOW
from tests.talks import block


def people_at(db, booking_id):
    return set(
        db.scalars(
            select(Claim.resource_id).where(Claim.booking_id == booking_id, Claim.kind == "person")
        )
    )


def test_a_joint_talk_stays_with_who_booked_and_frees_the_other(db, school, choose, regroup):
    (talk,) = choose("Adam", "Noor", ("Vera", 0)).booked
    regroup("Noor", ["Alice"], ["Adam"])
    assert follow_households(now=NOW) == 1

    assert len(load_overview(school.actors["Adam"], now=NOW).evenings) == 1
    assert load_overview(school.actors["Alice"], now=NOW).evenings == ()
    assert people_at(db, talk) == {school.people["Vera"], school.people["Adam"]}
    assert len(choose("Alice", "Noor", ("Bart", 0)).booked) == 1


def test_following_twice_changes_nothing_more(choose, regroup):
    choose("Adam", "Noor", ("Vera", 0))
    regroup("Noor", ["Alice"], ["Adam"])
    follow_households(now=NOW)
    assert follow_households(now=NOW) == 0


def test_guardians_who_come_together_again_share_their_talks(db, school, choose, regroup):
    (talk,) = choose("Bob", "Tim", ("Vera", 0)).booked
    regroup("Tim", ["Bob", "Bea"])
    follow_households(now=NOW)

    assert len(load_overview(school.actors["Bea"], now=NOW).evenings) == 1
    assert people_at(db, talk) == {school.people[name] for name in ("Vera", "Bob", "Bea")}


def test_of_two_talks_with_one_teacher_the_later_is_cancelled_and_mailed(
    db, school, choose, regroup
):
    (first,) = choose("Bob", "Tim", ("Vera", 0)).booked
    (second,) = choose("Bea", "Tim", ("Vera", 1)).booked
    regroup("Tim", ["Bob", "Bea"])
    follow_households(now=NOW)

    assert db.get(Booking, first).cancelled_at is None
    assert db.get(Booking, second).cancelled_at == NOW
    assert {"booking_id": second} in db.scalars(
        select(OutboxMessage.payload).where(OutboxMessage.kind == "bookings.cancelled")
    ).all()
    assert len(choose("Carol", "Kim", ("Vera", 1)).booked) == 1


def test_who_was_at_a_talk_that_is_cancelled_attends_the_other_one_then(
    db, school, choose, regroup
):
    (first,) = choose("Bob", "Tim", ("Bart", 0)).booked
    choose("Bob", "Tim", ("Vera", 3))
    (double,) = choose("Bea", "Tim", ("Vera", 0)).booked  # at the time of Bob's first talk
    regroup("Tim", ["Bob", "Bea"])
    follow_households(now=NOW)

    assert db.get(Booking, double).cancelled_at == NOW
    assert people_at(db, first) == {school.people[name] for name in ("Bart", "Bob", "Bea")}


def test_a_talk_that_the_school_called_off_goes_along_while_it_waits_for_an_answer(
    db, school, choose, regroup
):
    (talk,) = choose("Adam", "Noor", ("Vera", 0)).booked
    call_off(school.actors["Sofie"], [talk], "absent", reason="", now=NOW)
    regroup("Noor", ["Alice"], ["Adam"])
    assert follow_households(now=NOW) == 1

    assert len(load_overview(school.actors["Adam"], now=NOW).called_off) == 1
    assert load_overview(school.actors["Alice"], now=NOW).called_off == ()
    assert people_at(db, talk) == set()


def test_a_guardian_who_was_merged_while_booking_keeps_the_talk(db, school, choose, regroup):
    (talk,) = choose("Carol", "Kim", ("Vera", 0)).booked
    carol, alice = (school.actors[name].guardian_id for name in ("Carol", "Alice"))
    db.execute(update(Guardian).where(Guardian.id == carol).values(same_as_id=alice))
    regroup("Kim", ["Alice"])
    follow_households(now=NOW)
    assert people_at(db, talk) == {school.people["Vera"], school.people["Alice"]}


def test_what_the_teacher_blocked_around_a_cancelled_talk_is_blocked_again(
    db, school, choose, regroup
):
    choose("Bob", "Tim", ("Vera", 0))
    (second,) = choose("Bea", "Tim", ("Vera", 1)).booked
    talk = db.get(Booking, second)
    block(
        school.actors["Vera"],
        school.teachers["Vera"],
        school.evening_id,
        talk.starts_at,
        talk.ends_at,
        now=NOW,
    )
    regroup("Tim", ["Bob", "Bea"])
    follow_households(now=NOW)

    assert talk.cancelled_at == NOW
    assert choose("Carol", "Kim", ("Vera", 1)).booked == ()
