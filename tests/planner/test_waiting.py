"""The mail that tells the office that a night's plan waits."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Account
from app.bookings import blocking
from app.bookings.blocking import Span
from app.planner import runs
from app.planner.execution import carry_out
from app.planner.models import PlanRun
from app.planner.settings import Planning, save_planning
from app.planner.withdrawing import withdraw
from app.rounds.models import Round
from tests.small_school import FIRST, NOW


@pytest.fixture
def closed(db):
    """The moment after families could ask."""
    return db.scalar(select(Round.closes_at)) + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _asking(mode):
    mode("requests")


@pytest.fixture
def plan_at_night(db):
    """Let the worker plan what waits, as at night; return the id of the run."""

    def plan_at_night_(now):
        (run_id,) = runs.ask_nightly(now=now)
        carry_out(runs.take_next(now=now), clock=lambda: now, moves=500)
        return run_id

    return plan_at_night_


def told(mails, now):
    return sorted(mails(now).keys() & {"anna", "sofie"})  # the administrator, the scheduler


def test_the_office_is_told_once_that_a_plan_waits(ask, closed, plan_at_night, mails):
    ask("Alice", "Noor", "Vera", "Bart")
    run_id = plan_at_night(closed)
    sent = mails(closed)
    assert sorted(sent) == ["anna", "sofie"]
    text = sent["anna"].get_body(("plain",)).get_content()
    assert "Met een tijd: 2" in text
    assert "Zonder tijd: 0" in text
    assert f"/office/plans/{run_id}" in text
    assert "Noor" not in str(sent["anna"])
    plan_at_night(closed + timedelta(days=1))
    assert told(mails, closed + timedelta(days=1)) == []


def test_what_was_not_granted_has_no_time_either(school, ask, closed, plan_at_night, mails):
    planning = Planning(publishes=False, most_per_child=1)
    save_planning(school.actors["Sofie"], school.round_id, planning, now=NOW)
    ask("Alice", "Noor", "Vera", "Bart")
    plan_at_night(closed)
    text = mails(closed)["anna"].get_body(("plain",)).get_content()
    assert "Met een tijd: 1" in text
    assert "Zonder tijd: 1" in text


def test_nobody_is_told_of_a_plan_that_the_next_night_replaces(ask, closed, plan_at_night, mails):
    ask("Alice", "Noor", "Vera")
    plan_at_night(NOW)
    assert told(mails, NOW) == []
    plan_at_night(closed)
    assert told(mails, closed) == ["anna", "sofie"]


def test_a_night_that_found_no_time_is_not_the_one_that_the_office_was_told_of(
    school, ask, closed, plan_at_night, mails
):
    whole = Span(school.teachers["Vera"], school.evening_id, FIRST, FIRST + timedelta(hours=3))
    ask("Alice", "Noor", "Vera")
    blocking.block(school.actors["Sofie"], [whole], talks="stay", now=NOW)
    plan_at_night(closed)
    assert told(mails, closed) == []
    blocking.free(school.actors["Sofie"], [whole], now=NOW)
    plan_at_night(closed + timedelta(days=1))
    assert told(mails, closed + timedelta(days=1)) == ["anna", "sofie"]


def test_nobody_is_told_of_a_plan_that_publishes_itself(school, ask, closed, plan_at_night, mails):
    save_planning(school.actors["Sofie"], school.round_id, Planning(publishes=True), now=NOW)
    ask("Alice", "Noor", "Vera")
    plan_at_night(closed)
    assert told(mails, closed) == []


@pytest.mark.parametrize("state", ["published", "withdrawn"])
def test_nobody_is_told_of_a_plan_that_was_seen_meanwhile(
    school, ask, closed, plan_at_night, publish_, mails, state
):
    ask("Alice", "Noor", "Vera")
    run_id = plan_at_night(closed)
    publish_(run_id)
    if state == "withdrawn":
        withdraw(school.actors["Sofie"], run_id, now=closed)
    assert told(mails, closed) == []


def test_who_left_the_office_is_not_told(db, school, ask, closed, plan_at_night, mails):
    ask("Alice", "Noor", "Vera")
    plan_at_night(closed)
    its = Account.person_id == school.people["Anna"]
    db.execute(update(Account).where(its).values(administrator=False))
    db.commit()
    assert told(mails, closed) == ["sofie"]


def test_the_asking_of_the_office_itself_mails_nobody(school, ask, closed, mails, db):
    ask("Alice", "Noor", "Vera")
    runs.ask(school.actors["Sofie"], school.round_id, now=closed)
    carry_out(runs.take_next(now=closed), clock=lambda: closed, moves=500)
    assert db.scalars(select(PlanRun.state)).all() == ["done"]
    assert told(mails, closed) == []
