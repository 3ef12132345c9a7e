"""Requests go along when a family changes, and are purged with the talks of their round."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from app import purge
from app.bookings import retention
from app.bookings.models import BookingRequest
from app.bookings.regrouping import follow_households
from app.requests import following, remarks, wishes
from app.requests.models import AwayTime, NoTalkNeeded, Preference, Wishes
from app.requests.queries import load_asking
from app.rounds.models import Round
from app.school.models import HouseholdStudent
from tests.small_school import FIRST, NOW


@pytest.fixture(autouse=True)
def _both(db, school):
    db.execute(update(Round).values(mode="both", office_remarks=True))
    db.commit()


def test_a_joint_request_stays_with_who_asked(ask, asked, regroup):
    ask("Adam", "Noor", "Vera")
    regroup("Noor", ["Alice"], ["Adam"])
    assert follow_households(now=NOW) == 1
    assert (asked("Adam"), asked("Alice")) == (["mevr. De Vries"], [])
    assert follow_households(now=NOW) == 0


def test_parents_who_come_together_again_share_theirs_and_have_none_twice(db, ask, asked, regroup):
    ask("Bob", "Tim", "Vera")
    ask("Bea", "Tim", "Vera", "Bart")
    regroup("Tim", ["Bob", "Bea"])
    follow_households(now=NOW)
    assert asked("Bob") == asked("Bea") == ["mevr. De Vries", "dhr. Bakker"]
    live = select(BookingRequest.id).where(BookingRequest.withdrawn_at.is_(None))
    assert len(db.scalars(live).all()) == 2


def test_requests_and_wishes_go_with_the_talks_of_their_round(db, school, ask):
    ask("Alice", "Noor", "Vera")
    ask("Carol", "Kim", none_needed=True)
    evening = (school.evening_id, FIRST)
    wishes.set_wishes(
        school.actors["Alice"],
        school.round_id,
        away=[evening],
        preference=Preference.LATE,
        remark="graag na elkaar",
        now=NOW,
    )
    (row,) = db.scalars(select(BookingRequest))
    remarks.save(school.actors["Alice"], school.round_id, {row.id: "over lezen"}, now=NOW)

    late = FIRST + retention.REMARKS_KEPT + timedelta(days=2)
    purge.run(now=FIRST + timedelta(days=2))
    db.expire_all()
    assert {row.remark, db.scalars(select(Wishes)).one().remark} == {
        "over lezen",
        "graag na elkaar",
    }
    purge.run(now=late)
    db.expire_all()
    assert (row.remark, db.scalars(select(Wishes)).one().remark) == ("", "")
    assert len(db.scalars(select(AwayTime)).all()) == 1
    purge.run(now=FIRST + timedelta(days=300))
    db.expire_all()
    for table in (BookingRequest, Wishes, AwayTime, NoTalkNeeded):
        assert db.scalars(select(table.id)).all() == []


def test_what_the_office_said_of_a_familys_times_stays(db, school):
    def say(*starts, remark=""):
        wishes.set_wishes(
            school.actors["Alice"],
            school.round_id,
            away=[(school.evening_id, start) for start in starts],
            preference=Preference.NONE,
            remark=remark,
            now=NOW,
        )

    say(FIRST)
    row = db.scalars(select(Wishes)).one()
    second = FIRST + timedelta(minutes=70)
    db.add(
        AwayTime(
            wishes_id=row.id,
            evening_id=school.evening_id,
            starts_at=second,
            ends_at=second + timedelta(hours=1),
            by_office=True,
            reason="oma is jarig",
        )
    )
    row.handled_at = NOW
    db.commit()
    say()
    assert [it.by_office for it in db.scalars(select(AwayTime))] == [True]
    assert db.scalars(select(Wishes.handled_at)).one() == NOW
    say(remark="nog iets")  # a new remark is not handled yet
    assert db.scalars(select(Wishes.handled_at)).one() is None


@pytest.fixture
def wish(school):
    def wish_(actor, *starts, preference=Preference.NONE):
        wishes.set_wishes(
            school.actors[actor],
            school.round_id,
            away=[(school.evening_id, start) for start in starts],
            preference=preference,
            remark="",
            now=NOW,
        )

    return wish_


@pytest.fixture
def away(school):
    """When somebody's page says that the family cannot come, and what it likes best."""

    def away_(actor):
        page = load_asking(school.actors[actor], school.round_id, now=NOW)
        (evening,) = page.evenings
        return sorted(evening.away), page.preference

    return away_


SECOND = FIRST + timedelta(minutes=70)


def test_who_is_set_apart_keeps_the_wishes_on_both_sides(db, school, ask, wish, away, regroup):
    ask("Alice", "Noor", "Vera")
    wish("Alice", FIRST, preference=Preference.LATE)
    db.execute(
        delete(HouseholdStudent).where(HouseholdStudent.student_id == school.students["Sem"])
    )
    regroup("Noor", ["Alice"], ["Adam"])
    follow_households(now=NOW)
    for _time in range(2):
        following.follow(now=NOW)
    assert away("Alice") == away("Adam") == ([FIRST], Preference.LATE)


def test_also_where_only_one_child_is_set_apart(ask, wish, away, regroup):
    ask("Alice", "Noor", "Vera")
    wish("Alice", FIRST)
    regroup("Noor", ["Alice"], ["Adam"])
    follow_households(now=NOW)
    following.follow(now=NOW)
    assert away("Alice") == ([FIRST], Preference.NONE)


def test_who_comes_together_cannot_come_when_one_cannot(ask, wish, away, regroup):
    ask("Bob", "Tim", "Vera")
    wish("Bob", FIRST)
    wish("Bea", SECOND, preference=Preference.EARLY)
    regroup("Tim", ["Bob", "Bea"])
    follow_households(now=NOW)
    following.follow(now=NOW)
    assert away("Bob") == away("Bea") == ([FIRST, SECOND], Preference.EARLY)


@pytest.fixture
def said(school):
    def said_():
        page = load_asking(school.actors["Bob"], school.round_id, now=NOW)
        return [it.none_needed for it in page.children]

    return said_


def test_that_no_talk_is_needed_goes_along(db, said, ask, regroup):
    ask("Bob", "Tim", none_needed=True)
    regroup("Tim", ["Bob", "Bea"])
    for _time in range(2):
        following.follow(now=NOW)
    assert said() == [True]
    assert len(db.scalars(select(NoTalkNeeded.id)).all()) == 1


def test_unless_the_other_parent_asks_for_one(db, said, ask, regroup):
    ask("Bob", "Tim", none_needed=True)
    ask("Bea", "Tim", "Vera")
    regroup("Tim", ["Bob", "Bea"])
    follow_households(now=NOW)
    following.follow(now=NOW)
    assert said() == [False]
    assert db.scalars(select(NoTalkNeeded.id)).all() == []
