"""The office makes a plan, looks at it, publishes it and takes it back, without JavaScript."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import jobs
from app.bookings.models import Booking, BookingRequest
from app.planner import runs
from app.planner.models import PlanRun, PlanSettings, RunState
from app.planner.settings import Weight, load_planning
from tests.small_school import FIRST, NOW
from tests.talks import block


@pytest.fixture
def plans(school):
    return f"/office/rounds/{school.round_id}/plans"


@pytest.fixture
def fill(school):
    def fill_(name):
        span = (school.evening_id, FIRST, FIRST + timedelta(hours=4))
        block(school.actors[name], school.teachers[name], *span, now=NOW)

    return fill_


def test_the_button_asks_for_a_plan_once(db, act, plans):
    page = act("Sofie").get(plans).text
    assert ("Make a plan now" in page, "No plan was made yet." in page) == (True, True)
    answer = act("Sofie").post(plans)
    (run,) = db.scalars(select(PlanRun))
    assert (answer.status_code, answer.location) == (303, f"/office/plans/{run.id}")
    assert "The plan will begin in a moment." in act("Sofie").get(answer.location).text
    page = act("Sofie").post(plans)
    assert (page.status_code, "is being made already" in page.text) == (409, True)


def test_while_it_is_made_the_page_asks_again_and_is_replaced_at_the_end(
    db, act, school, ask, plan
):
    ask("Alice", "Noor", "Vera")
    run_id = runs.ask(school.actors["Sofie"], school.round_id, now=NOW)
    path, poll = f"/office/plans/{run_id}", {"HX-Request": "true"}
    assert 'hx-trigger="every 1s"' in act("Sofie").get(path).text
    assert "<html" not in act("Sofie").get(path, headers=poll).text
    answer = act("Sofie").post(f"{path}/stop")
    assert answer.location == path
    answer = act("Sofie").get(path, headers=poll)
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (200, "true")
    assert "ended without a plan" in act("Sofie").get(path).text


def test_a_plan_says_before_and_after_and_is_published_and_taken_back(db, act, school, ask, plan):
    ask("Alice", "Noor", "Vera", "Bart")
    ask("Carol", "Kim", "Vera")
    path = plan()
    page = act("Sofie").get(path).text
    assert page.count('<rect data-box="new"') == 3 + 1  # and the one that explains it
    assert ("New times (3)" in page, "Without a time (0)" in page) == (True, True)
    assert db.scalars(select(Booking)).all() == []
    answer = act("Sofie").post(f"{path}/publish", data={"which": "all"}, follow_redirects=True)
    assert "3 talks have a time." in answer.text
    assert len(db.scalars(select(Booking)).all()) == 3
    assert "Publish all" not in answer.text
    page = act("Sofie").get(f"{path}/withdraw").text
    assert "Take this plan back?" in page
    answer = act("Sofie").post(f"{path}/withdraw", follow_redirects=True)
    assert "3 talks are requests again." in answer.text
    page = act("Sofie").post(f"{path}/withdraw")
    assert (page.status_code, "Only the last plan" in page.text) == (409, True)


def test_what_is_ticked_is_published_alone_and_nothing_ticked_is_said(db, act, ask, plan):
    ask("Alice", "Noor", "Vera", "Bart")
    path = plan()
    page = act("Sofie").post(f"{path}/publish", data={"which": "ticked"})
    assert (page.status_code, "Tick what you want to publish." in page.text) == (422, True)
    first = db.scalars(select(BookingRequest.id)).first()
    act("Sofie").post(f"{path}/publish", data={"which": "ticked", "requests": [first]})
    assert len(db.scalars(select(Booking)).all()) == 1
    page = act("Sofie").get(path).text
    assert ("Publish all" in page, page.count('name="requests"')) == (True, 1)


def test_what_has_no_time_says_why_and_what_would_help(act, ask, plan, fill):
    ask("Alice", "Noor", "Vera", "Bart")
    fill("Bart")
    page = act("Sofie").get(plan()).text
    assert "Without a time (1)" in page
    assert "can come at no time in common" in page
    assert "One more evening, as long as the last one: 1 more talk." in page
    assert "A colleague beside" in page


def test_the_settings_are_kept_and_used(db, act, school, plans):
    sent = {
        "waiting": "more",
        "evenings": "less",
        "breaks": "usual",
        "run": "4",
        "most_per_child": "2",
        "publishes": "hand",
        "sentence": "Mail the tutor.",
    }
    assert act("Sofie").post(f"{plans}/settings", data=sent).status_code == 303
    planning = load_planning(school.round_id)
    assert (planning.waiting, planning.evenings) == (Weight.MORE, Weight.LESS)
    assert (planning.run, planning.most_per_child, planning.publishes) == (4, 2, False)
    assert planning.weights.waiting_per_slot > planning.weights.extra_evening / 10
    page = act("Sofie").get(f"{plans}/settings").text
    assert "Mail the tutor." in page
    assert act("Sofie").post(f"{plans}/settings", data=sent | {"most_per_child": ""}).location
    assert load_planning(school.round_id).most_per_child is None
    assert len(db.scalars(select(PlanSettings)).all()) == 1


@pytest.mark.parametrize(
    "wrong", [{"waiting": "x"}, {"run": "0"}, {"run": "six"}, {"publishes": "maybe"}, {"run": ""}]
)
def test_settings_that_cannot_be_are_said_beside_the_field_and_nothing_typed_is_lost(
    db, act, plans, wrong
):
    sent = {
        "waiting": "usual",
        "evenings": "usual",
        "breaks": "usual",
        "run": "6",
        "publishes": "",
        "sentence": "kept",
    }
    page = act("Sofie").post(f"{plans}/settings", data=sent | wrong)
    assert (page.status_code, "kept" in page.text) == (422, True)
    assert f'id="{next(iter(wrong))}-error"' in page.text
    assert db.scalars(select(PlanSettings)).all() == []


def test_a_round_with_times_alone_has_no_plans(act, mode, plans):
    mode("times")
    assert act("Sofie").get(plans).status_code == 404
    assert act("Sofie").post(plans).status_code == 404


def test_a_failed_run_changes_nothing_and_says_so(db, act, ask, plan):
    ask("Alice", "Noor", "Vera")
    path = plan()
    db.execute(update(PlanRun).values(state=RunState.FAILED))
    db.commit()
    assert "ended without a plan" in act("Sofie").get(path).text
    page = act("Sofie").post(f"{path}/publish", data={"which": "all"})
    assert (page.status_code, "no plan to publish" in page.text) == (409, True)


def test_the_log_says_that_a_plan_was_published(db, act, ask, plan):
    ask("Alice", "Noor", "Vera")
    path = plan()
    act("Sofie").post(f"{path}/publish", data={"which": "all"})
    page = act("Anna").get("/office/log", headers={"Accept-Language": "en"}).text
    assert "published a plan" in page


def test_the_page_of_the_round_says_that_a_plan_waits(act, school, ask, plan):
    progress = f"/office/rounds/{school.round_id}"
    ask("Alice", "Noor", "Vera")
    assert "waits for you" not in act("Sofie").get(progress).text
    path = plan()
    assert path in act("Sofie").get(progress).text
    act("Sofie").post(f"{path}/publish", data={"which": "all"})
    assert "waits for you" not in act("Sofie").get(progress).text


def test_a_search_whose_process_died_is_over_and_another_plan_can_be_made(db, act, school, plans):
    run_id = runs.ask(school.actors["Sofie"], school.round_id, now=NOW)
    runs.take_next(now=NOW - runs.ALIVE - timedelta(seconds=1))
    for job in jobs.RECURRING:
        job.run(NOW)
    assert "Make a plan now" in act("Sofie").get(plans).text
    assert "ended without a plan" in act("Sofie").get(f"/office/plans/{run_id}").text
