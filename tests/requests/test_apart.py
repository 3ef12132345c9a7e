"""Families that come apart for one child and together for another, and talks that are called off."""

import pytest
from sqlalchemy import delete, select, update

from app.audit.models import AuditEntry
from app.bookings import service
from app.bookings.calling_off import service as calling_off
from app.bookings.models import Booking, BookingRequest, Cause
from app.bookings.regrouping import follow_households
from app.bookings.rules import Choice
from app.core.errors import DomainError
from app.planner.snapshot import load_snapshot
from app.requests import following, remarks, wishes
from app.requests.asking import NoRequests
from app.requests.instead import ask_instead
from app.requests.models import AwayTime, Preference, Wishes
from app.requests.queries import load_asking
from app.rounds.models import Offer, Round
from app.school.models import Household, HouseholdGuardian, HouseholdStudent
from tests.small_school import FIRST, NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")
LIVE = BookingRequest.withdrawn_at.is_(None)


@pytest.fixture(autouse=True)
def mode(db, school):
    def mode_(**values):
        db.execute(update(Round).values(**values))
        db.commit()

    mode_(mode="both", office_remarks=True)
    return mode_


@pytest.fixture
def say(school):
    def say_(actor, remark, *starts):
        wishes.set_wishes(
            school.actors[actor],
            school.round_id,
            away=[(school.evening_id, start) for start in starts],
            preference=Preference.NONE,
            remark=remark,
            now=NOW,
        )

    return say_


@pytest.fixture
def reads(school):
    return lambda actor: load_asking(school.actors[actor], school.round_id, now=NOW).remark


@pytest.fixture
def follow():
    def follow_():
        follow_households(now=NOW)
        for _time in range(2):
            following.follow(now=NOW)

    return follow_


@pytest.fixture
def together(db, school):
    """Give a student back the household in which its guardians came together at first."""

    def together_(student, actor):
        id_ = school.students[student]
        db.execute(delete(HouseholdStudent).where(HouseholdStudent.student_id == id_))
        db.add(HouseholdStudent(household_id=school.households[actor], student_id=id_))
        db.commit()

    return together_


def test_what_one_writes_alone_is_not_read_by_the_other_with_whom_another_child_is_shared(
    regroup, ask, say, reads, follow
):
    regroup("Noor", ["Alice"], ["Adam"])
    ask("Alice", "Noor", "Vera")
    ask("Adam", "Noor", "Bart")
    ask("Adam", "Sem", "Bart")
    say("Alice", "only for the school")
    follow()
    assert (reads("Alice"), reads("Adam")) == ("only for the school", "")
    say("Adam", "mine")
    assert (reads("Alice"), reads("Adam")) == ("only for the school", "mine")


def test_nor_by_somebody_with_whom_one_of_them_has_a_household_later(
    db, school, ask, say, follow, regroup
):
    ask("Alice", "Noor", "Vera")
    say("Adam", "about Alice")
    regroup("Noor", ["Alice"], ["Adam"])
    household = Household(guardian_key="Alice and Carol")
    db.add(household)
    db.flush()
    for name in ("Alice", "Carol"):
        guardian_id = school.actors[name].guardian_id
        db.add(HouseholdGuardian(household_id=household.id, guardian_id=guardian_id))
    sem = HouseholdStudent.student_id == school.students["Sem"]
    db.execute(update(HouseholdStudent).where(sem).values(household_id=household.id))
    db.commit()
    follow()
    of = {row.household_id: row.remark for row in db.scalars(select(Wishes))}
    assert household.id not in of
    assert "about Alice" in of.values()


def test_who_comes_together_reads_nothing_new_and_the_office_keeps_both(
    db, ask, say, reads, follow, regroup
):
    ask("Bob", "Tim", "Vera")
    say("Bob", "of Bob", FIRST)
    say("Bea", "of Bea")
    regroup("Tim", ["Bob", "Bea"])
    follow()
    assert (reads("Bob"), reads("Bea")) == ("", "")
    assert sorted(filter(None, db.scalars(select(Wishes.remark)))) == ["of Bea", "of Bob"]


def test_a_placed_request_goes_along_with_its_talk_and_the_family_comes_together_again(
    db, ask, book_one, follow, regroup, together
):
    ask("Alice", "Noor", "Vera")
    book_one("Alice", "Noor", "Vera", 0)
    regroup("Noor", ["Alice"], ["Adam"])
    follow()
    ask("Adam", "Noor", "Vera")
    together("Noor", "Alice")
    follow()
    live = db.execute(select(BookingRequest.booking_id).where(LIVE)).all()
    assert len(live) == 1  # of the talk that stands; the other one is withdrawn
    assert live[0].booking_id is not None


def test_a_request_beside_a_talk_with_the_same_teacher_is_withdrawn(
    db, school, ask, book_one, follow, regroup
):
    talk = book_one("Bob", "Tim", "Vera", 0)
    ask("Bea", "Tim", "Vera")
    regroup("Tim", ["Bob", "Bea"])
    follow()
    assert db.scalars(select(BookingRequest.id).where(LIVE)).all() == []
    ask_instead(school.actors["Bob"], talk, now=NOW)
    assert len(db.scalars(select(BookingRequest.id).where(LIVE)).all()) == 1


def test_a_family_that_needs_no_other_talk_asks_for_none_any_more(db, school, ask, book_one, mode):
    mode(max_per_child=1)
    ask("Alice", "Noor", "Vera")
    talk = book_one("Alice", "Noor", "Vera", 0)
    calling_off.call_off(school.actors["Anna"], [talk], cause=Cause.ABSENT, reason="ill", now=NOW)
    assert db.scalars(select(BookingRequest.booking_id).where(LIVE)).all() == [None]
    calling_off.answer(school.actors["Alice"], talk, now=NOW)
    assert db.scalars(select(BookingRequest.id).where(LIVE)).all() == []
    withdrawn = select(AuditEntry.actor_person_id).where(AuditEntry.action == "request.withdrawn")
    assert db.scalars(withdrawn).all() == [school.people["Alice"]]
    book_one("Alice", "Noor", "Bart", 0)


def test_where_parents_apart_may_not_ask_they_still_do_for_a_child_with_whom_they_come(
    db, school, mode, regroup, ask, say, reads
):
    regroup("Noor", ["Alice"], ["Adam"])
    mode(apart_requests=False)
    ask("Alice", "Sem", "Vera", "Bart")
    say("Alice", "for Sem")
    assert reads("Adam") == "for Sem"
    last = db.scalars(select(BookingRequest.id).order_by(BookingRequest.position.desc())).first()
    remarks.save(school.actors["Alice"], school.round_id, {last: "x"}, up=last, now=NOW)
    assert db.get_one(BookingRequest, last).position == 0


def test_nor_give_a_time_back_for_a_request_that_they_could_not_see(db, school, mode, book_one):
    talk = book_one("Bob", "Tim", "Vera", 0)
    mode(apart_requests=False)
    with pytest.raises(NoRequests):
        ask_instead(school.actors["Bob"], talk, now=NOW)
    assert db.get_one(Booking, talk).cancelled_at is None


def test_nor_at_a_teacher_who_cannot_be_asked_for_any_more(db, school, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    offer = Offer.id == school.offers["Noor", "Vera"]
    db.execute(update(Offer).where(offer).values(offered=False, in_package=False))
    db.commit()
    with pytest.raises(DomainError):
        ask_instead(school.actors["Alice"], talk, now=NOW)
    assert db.get_one(Booking, talk).cancelled_at is None


def test_a_request_that_cannot_be_planned_takes_no_place_of_the_maximum(
    db, school, ask, book_one, mode
):
    mode(max_per_child=2)
    ask("Alice", "Noor", "Vera")
    offer = Offer.id == school.offers["Noor", "Vera"]
    db.execute(update(Offer).where(offer).values(offered=False, in_package=False))
    db.commit()
    book_one("Alice", "Noor", "Bart", 0)
    result = service.book(
        school.actors["Alice"],
        school.round_id,
        school.students["Noor"],
        [Choice(*school.choice("Noor", "Kader", 3))],
        together=False,
        submission="a-booking-of-this-test",
        now=NOW,
    )
    assert len(result.booked) == 1


def test_a_page_that_is_older_than_a_request_keeps_the_others_remark(db, school, act, ask):
    ask("Alice", "Noor", "Vera")
    (row,) = db.scalars(select(BookingRequest))
    remarks.save(school.actors["Adam"], school.round_id, {row.id: "of Adam"}, now=NOW)
    act("Alice").post(f"/rounds/{school.round_id}/asked", data={})
    db.expire_all()
    assert row.remark == "of Adam"


def test_unticking_the_whole_evening_frees_all_of_it(school, act, say):
    say("Alice", "", FIRST, FIRST.replace(hour=18, minute=40))
    page = act("Alice").get(f"/rounds/{school.round_id}/ask/when").text
    assert page.count('name="away"') == 3
    ticked = page.count("checked") - 1  # the preference
    assert ticked == 1


def test_a_teacher_who_sits_in_a_talk_as_a_parent_is_not_planned_then(school, ask, book_one):
    ask("Alice", "Noor", "Bart")
    book_one("Bart", "Lot", "Vera", 4)
    seats = {seat.id: seat.away for seat in load_snapshot(school.round_id, now=NOW).problem.seats}
    day = f"e{school.evening_id}"
    assert (day, 4) in seats[f"t{school.teachers['Bart']}"]
    assert (day, 4) not in seats[f"t{school.teachers['Vera']}"]


def test_a_page_that_is_older_than_a_request_does_not_withdraw_it(db, school, act, ask):
    path, noor = f"/rounds/{school.round_id}/ask", school.students["Noor"]
    page = act("Alice").get(path).text
    assert f'name="shown-{noor}"' not in page
    ask("Adam", "Noor", "Vera")
    bart = school.offers["Noor", "Bart"]
    assert act("Alice").post(path, data={f"ask-{noor}": bart}).status_code == 303
    assert len(db.scalars(select(BookingRequest.id).where(LIVE)).all()) == 2
    page = act("Alice").get(path).text
    shown = [school.offers["Noor", name] for name in ("Vera", "Bart")]
    for offer in shown:
        assert f'name="shown-{noor}" value="{offer}"' in page
    sent = {f"ask-{noor}": bart, f"shown-{noor}": shown}
    assert act("Alice").post(path, data=sent).status_code == 303
    assert len(db.scalars(select(BookingRequest.id).where(LIVE)).all()) == 1


def test_what_was_said_together_can_be_changed_by_both_once_they_come_apart_for_one_child(
    db, school, say, reads, regroup, follow
):
    say("Alice", "graag vroeg", FIRST)
    regroup("Sem", ["Alice"], ["Adam"])
    follow()

    def away(actor):
        (evening,) = load_asking(school.actors[actor], school.round_id, now=NOW).evenings
        return evening.away

    assert (away("Alice"), away("Adam")) == (frozenset({FIRST}), frozenset({FIRST}))
    assert (reads("Alice"), reads("Adam")) == ("graag vroeg", "graag vroeg")
    say("Alice", "")
    say("Adam", "")
    follow()
    assert db.scalars(select(AwayTime)).all() == []
    assert {it.remark for it in db.scalars(select(Wishes))} == {""}
