"""Runs: one at a time for each round, watched, stopped, and given up when their process is dead."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from app.bookings.office import RoundClosed
from app.core import clock
from app.core.errors import NotFoundError
from app.jobs import RECURRING, run_recurring
from app.planner import runs
from app.planner.models import PlannedTalk, PlanRun, RunCause, RunState
from app.planner.plan import TalkPlan
from app.planner.runs import PlanBusy
from app.planner.snapshot import load_snapshot
from app.planner.solver import SolverProgress
from app.rounds.models import Evening
from tests.small_school import NOW

SECOND = timedelta(seconds=1)


@pytest.fixture
def ask_run(school):
    def ask_run_(actor="Sofie", now=NOW):
        return runs.ask(school.actors[actor], school.round_id, now=now)

    return ask_run_


def test_the_worker_takes_what_the_office_asks_for_once(db, school, ask_run):
    run_id = ask_run()
    assert runs.is_waiting()
    begun = runs.take_next(now=NOW)
    assert (begun.id, begun.round_id, begun.cause) == (run_id, school.round_id, RunCause.OFFICE)
    assert runs.take_next(now=NOW) is None
    assert not runs.is_waiting()
    assert db.get(PlanRun, run_id).asked_by_id == school.people["Sofie"]


def test_a_round_has_one_run_at_a_time(school, ask_run):
    ask_run()
    with pytest.raises(PlanBusy):
        ask_run()
    with pytest.raises(PlanBusy):
        runs.begin(school.round_id, now=NOW)
    runs.take_next(now=NOW)
    with pytest.raises(PlanBusy):
        ask_run()


def test_a_process_that_says_nothing_more_is_dead_and_its_round_free(db, school, ask_run):
    run_id = ask_run()
    runs.take_next(now=NOW)
    later = NOW + runs.ALIVE - SECOND
    assert runs.report(run_id, SolverProgress(3, 9, 100, None), now=later)
    with pytest.raises(PlanBusy):
        ask_run(now=later + runs.ALIVE)
    other = ask_run(now=later + runs.ALIVE + SECOND)
    db.expire_all()
    assert db.get(PlanRun, run_id).state == RunState.FAILED
    assert not runs.report(run_id, SolverProgress(4, 9, 90, None), now=later + runs.ALIVE + SECOND)
    assert runs.take_next(now=later + runs.ALIVE + SECOND).id == other


def test_the_worker_notes_by_itself_that_a_process_is_dead(db, ask_run):
    run_id = ask_run()
    runs.take_next(now=clock.now() - runs.ALIVE - SECOND)
    run_recurring(dict.fromkeys(RECURRING, 0.0), stopped=lambda: False)
    db.expire_all()
    assert db.get(PlanRun, run_id).state == RunState.FAILED


def test_a_run_that_was_given_up_keeps_nothing(db, school, ask):
    ask("Alice", "Noor", "Vera")
    begun = runs.begin(school.round_id, now=NOW)
    runs.bury(now=NOW + runs.ALIVE + SECOND)
    snapshot = load_snapshot(school.round_id, now=NOW)
    assert not runs.keep(begun.id, snapshot, TalkPlan("x", [], [], 0), {}, now=NOW)
    assert db.scalars(select(PlannedTalk)).all() == []


def test_stopping_ends_a_search_soon_and_one_that_waits_at_once(db, school, ask_run):
    waiting = ask_run()
    runs.stop(school.actors["Sofie"], waiting, now=NOW)
    db.expire_all()
    assert db.get(PlanRun, waiting).state == RunState.FAILED
    running = ask_run()
    runs.take_next(now=NOW)
    assert runs.report(running, SolverProgress(1, 9, 5, None), now=NOW)
    assert runs.stop(school.actors["Sofie"], running, now=NOW) == school.round_id
    assert not runs.report(running, SolverProgress(2, 9, 4, None), now=NOW)


@pytest.mark.parametrize("who", ["Vera", "Alice", "Noor"])
def test_nobody_but_the_office_asks_or_stops(db, school, ask_run, who):
    with pytest.raises(NotFoundError):
        ask_run(who)
    run_id = ask_run()
    with pytest.raises(NotFoundError):
        runs.stop(school.actors[who], run_id, now=NOW)
    assert db.scalars(select(PlanRun.stop_asked)).all() == [False]


def test_a_round_without_requests_or_that_is_a_draft_is_not_planned(ask_run, mode):
    mode("times")
    with pytest.raises(NotFoundError):
        ask_run()
    mode("both", state="draft")
    with pytest.raises(RoundClosed):
        ask_run()


def test_a_night_plans_the_rounds_in_which_somebody_waits(db, ask, mode):
    assert runs.ask_nightly(now=NOW) == []
    ask("Alice", "Noor", "Vera")
    (run_id,) = runs.ask_nightly(now=NOW)
    assert db.get(PlanRun, run_id).cause == RunCause.NIGHT
    assert runs.ask_nightly(now=NOW) == []  # it is being made
    runs.fail(run_id, now=NOW)
    mode("both", state="archived")
    assert runs.ask_nightly(now=NOW) == []


def test_after_the_last_evening_no_night_plans_a_round(db, school, ask):
    ask("Alice", "Noor", "Vera")
    last = select(func.max(Evening.day)).where(Evening.round_id == school.round_id)
    day = datetime.combine(db.scalar(last), time(2, 30), tzinfo=UTC)
    assert runs.ask_nightly(now=day + timedelta(days=1)) == []
    assert len(runs.ask_nightly(now=day)) == 1


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=2)])
def test_a_dead_process_holds_up_no_round_until_a_clock_has_caught_up(ask_run, back):
    ask_run()
    runs.take_next(now=NOW)
    assert ask_run(now=NOW - back)


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=2)])
def test_a_search_that_goes_on_when_the_clock_was_put_back_lives(ask_run, back):
    run_id = ask_run()
    runs.take_next(now=NOW)
    assert runs.report(run_id, SolverProgress(3, 9, 100, None), now=NOW - back)
    runs.bury(now=NOW - back + runs.ALIVE)
    assert runs.report(run_id, SolverProgress(4, 9, 90, None), now=NOW - back + runs.ALIVE)
