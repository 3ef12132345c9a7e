"""`flask plan run`: what it says, what it keeps, and when it refuses."""

import pytest
from sqlalchemy import func, select

from app.bookings.models import Booking
from app.core import i18n
from app.extensions import db as _db
from app.planner import runs
from app.planner.models import PlannedTalk, PlanRun, RunCause, RunState
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setattr(i18n, "DEFAULT_LANGUAGE", "en")


@pytest.fixture
def run(app, school):
    def run_(*options, round_id=None):
        arguments = ["plan", "run", str(round_id or school.round_id), *options]
        return app.test_cli_runner().invoke(args=arguments)

    return run_


@pytest.fixture
def stored(db):
    """Return how many rows a plan has left: runs, planned talks and talks."""

    def stored_():
        tables = (PlanRun, PlannedTalk, Booking)
        return [db.scalar(select(func.count()).select_from(it)) for it in tables]

    return stored_


def test_it_keeps_a_plan_and_says_where_it_is(db, ask, run, stored):
    ask("Alice", "Noor", "Vera", "Bart")
    result = run("--seconds", "0.05")
    assert result.exit_code == 0, result.output
    kept = db.scalars(select(PlanRun)).one()
    assert (kept.state, kept.cause) == (RunState.DONE, RunCause.COMMAND)
    assert result.stdout.splitlines() == [
        "2 talks have a place, 0 have none.",
        f"Look at it and publish it here: http://localhost/office/plans/{kept.id}",
    ]
    assert "2 of 2 have a place" in result.stderr
    assert stored() == [1, 2, 0]


def test_a_dry_run_says_the_same_and_keeps_nothing(ask, run, stored):
    ask("Alice", "Noor", "Vera", "Bart")
    result = run("--dry-run", "--seconds", "0.05")
    assert result.exit_code == 0, result.output
    assert result.stdout == "2 talks have a place, 0 have none.\n"
    assert stored() == [0, 0, 0]


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_without_requests_there_is_nothing_to_plan(run, stored, options):
    result = run("--seconds", "0.05", *options)
    assert result.exit_code == 0, result.output
    assert "0 talks have a place, 0 have none." in result.stdout
    assert stored()[1:] == [0, 0]


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_round_that_takes_no_requests_or_is_none_is_refused(run, mode, stored, options):
    results = [run(*options, round_id=99)]
    mode("times")
    results.append(run(*options))
    for result in results:
        assert (result.exit_code, result.stdout) == (1, "")
        assert "in which families ask for talks" in result.stderr
    assert stored() == [0, 0, 0]


def test_while_a_plan_is_made_it_refuses_and_says_so(school, ask, run):
    ask("Alice", "Noor", "Vera")
    begun = runs.begin(school.round_id, now=NOW)
    result = run("--seconds", "0.05")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is being made already" in result.stderr
    assert _db.session.get(PlanRun, begun.id).state == RunState.RUNNING


def test_given_up_meanwhile_it_says_so_and_keeps_nothing(ask, run, stored, monkeypatch):
    ask("Alice", "Noor", "Vera")
    monkeypatch.setattr(runs, "report", lambda run_id, *_how, now: runs.fail(run_id, now=now))
    result = run("--seconds", "0.05")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "gave this plan up" in result.stderr
    assert stored() == [1, 0, 0]


def test_whatever_goes_wrong_the_round_can_be_planned_again(ask, run, monkeypatch):
    ask("Alice", "Noor", "Vera")
    with monkeypatch.context() as patch:
        patch.setattr("app.planner.execution.figures_of", lambda *_of: 1 / 0)
        assert run("--seconds", "0.05").exit_code == 1
    assert _db.session.scalars(select(PlanRun.state)).all() == [RunState.FAILED]
    assert run("--seconds", "0.05").exit_code == 0
