"""Requests go along when a family changes, and are purged with the talks of their round."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import purge
from app.bookings import retention
from app.bookings.models import BookingRequest
from app.bookings.regrouping import follow_households
from app.requests import asking, remarks, wishes
from app.requests.asking import Asked, AskedFor
from app.requests.models import AwayTime, NoTalkNeeded, Preference, Wishes
from app.requests.queries import load_asking
from app.rounds.models import Round
from tests.small_school import FIRST, NOW


@pytest.fixture(autouse=True)
def _both(db, school):
    db.execute(update(Round).values(mode="both", office_remarks=True))
    db.commit()


@pytest.fixture
def ask(school):
    def ask_(actor, student, *teachers, none_needed=False):
        talks = [Asked(school.offers[student, name]) for name in teachers]
        wanted = {school.students[student]: AskedFor(talks, none_needed)}
        asking.ask(school.actors[actor], school.round_id, wanted, now=NOW)

    return ask_


@pytest.fixture
def asked(school):
    def asked_(actor):
        page = load_asking(school.actors[actor], school.round_id, now=NOW)
        return [its.teacher for it in page.children for its in it.asked.values()]

    return asked_


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
