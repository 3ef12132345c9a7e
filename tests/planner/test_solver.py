"""Every plan keeps the hard rules and costs what it says, whatever is asked for."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planner.files import problem_of
from app.planner.plan import NotPlaced
from app.planner.solver import solve, usual_seconds
from tests.planner.checker import judge
from tests.planner.problems import WEIGHTS, any_weights, booking, problem, problems, request

MOVES = 1000


def solved(content, moves=MOVES, seed=1):
    """The plan as JSON, after the checker has seen it."""
    plan = solve(problem_of(content), moves=moves, seed=seed)
    verdict = judge(content, plan.as_json())
    assert verdict.broken == []
    assert plan.cost == verdict.cost
    return plan


def announced(content, plan):
    """The problem of the next night: families know of this plan."""
    places = {it.request: {"day": it.cell[0], "slot": it.cell[1]} for it in plan.placements}
    requests = [it | {"announced": places.get(it["id"])} for it in content["requests"]]
    return content | {"requests": requests}


def places_of(plan):
    return {it.request: it.cell for it in plan.placements}


@given(problems(), st.integers(0, 3))
@settings(max_examples=40)
def test_hard_rules_hold_and_the_cost_is_true(content, seed):
    solved(content, seed=seed)


@given(problems(weights=any_weights()))
@settings(max_examples=25)
def test_whatever_the_weights(content):
    solved(content)


@pytest.mark.long
@given(problems() | problems(weights=any_weights()), st.integers(0, 100))
@settings(max_examples=2000)
def test_hard_rules_hold_in_thousands_of_problems(content, seed):
    plan = solved(content, seed=seed)
    again = solved(announced(content, plan), seed=seed + 1)
    assert {it.request for it in again.placements} >= {it.request for it in plan.placements}


@given(problems())
@settings(max_examples=20)
def test_the_same_seed_and_moves_give_the_same_plan(content):
    assert solved(content) == solved(content)


@given(problems())
@settings(max_examples=30)
def test_nothing_new_moves_nobody(content):
    first = solved(content)
    told = announced(content, first)
    second = solved(told, seed=2)
    assert second.cost <= judge(told, first.as_json()).cost
    assert places_of(second) == places_of(first)


@given(problems())
@settings(max_examples=40)
def test_who_was_told_of_a_place_that_is_still_free_keeps_a_talk(content):
    plan = places_of(solved(content))
    told = [it for it in content["requests"] if it["announced"]]
    for it in told:
        alone = judge(content, _only(content, it))
        if not alone.broken and _is_nobodys(content, it, told):
            assert it["id"] in plan


def _only(content, *placed):
    """A plan with these requests where they were announced, and no other."""
    ids = {it["id"] for it in placed}
    return {
        "format": "talk-plan-solution/1",
        "instance": content["name"],
        "placements": [{"request": it["id"], **it["announced"]} for it in placed],
        "unplaced": [{"request": it["id"]} for it in content["requests"] if it["id"] not in ids],
    }


def _is_nobodys(content, it, told):
    """Whether no other announced talk is in the way, which a file from elsewhere may have."""
    return not any(
        judge(content, _only(content, it, other)).broken for other in told if other != it
    )


def test_a_dropped_promise_is_kept_even_where_the_weights_would_not():
    """A long talk stands in the way of three important ones, at once with two teachers."""
    long = request("long", "h0", "t1", "t2", length=3, announced=("d1", 0))
    short = [
        request(f"q{number}", f"h{number}", f"t{1 + number % 2}", priority=3)
        for number in range(1, 7)
    ]
    content = problem(
        days=[3],
        teachers=["t1", "t2"],
        households=[f"h{number}" for number in range(7)],
        requests=[*short, long],
    )
    plan = solved(content)
    assert places_of(plan) == {"long": ("d1", 0)}
    assert {it.reason for it in plan.unplaced} == {NotPlaced.TEACHER_FULL}


def test_a_case_whose_best_plan_is_known():
    """Family h1 has bookings at 0 and 3, so its talks belong between them: t1, who is away at 2, first.

    Family h2 then sees t1 and t2 in a row, on whichever evening; nobody waits, and no teacher but
    t3, between the bookings.
    """
    content = problem(
        days=[6, 6],
        teachers=["t1", "t2", "t3"],
        households=["h1", "h2"],
        bookings=[
            booking("b1", "h1", "t3", at=("d1", 0)),
            booking("b2", "h1", "t3", at=("d1", 3)),
        ],
        requests=[
            request("q1", "h1", "t1"),
            request("q2", "h1", "t2"),
            request("q3", "h2", "t1", length=2),
            request("q4", "h2", "t2"),
        ],
    )
    content["teachers"][0]["unavailable"] = [{"day": "d1", "from_slot": 2, "until_slot": 3}]
    for seed in range(3):
        plan = solved(content, moves=30_000, seed=seed)
        assert plan.cost == 2 * WEIGHTS["teacher_gap_per_slot"]
        assert places_of(plan)["q1"] == ("d1", 1)
        assert places_of(plan)["q2"] == ("d1", 2)


def test_a_chain_moves_three_talks_for_one():
    """Each teacher's talk can only go to the one slot that the next one has."""
    families = [f"h{number}" for number in range(4)]
    content = problem(
        days=[4],
        households=families,
        requests=[request(f"q{number}", family, "t1") for number, family in enumerate(families)],
    )
    for number, household in enumerate(content["households"]):
        household["forbidden"] = [
            {"day": "d1", "from_slot": slot, "until_slot": slot + 1}
            for slot in range(4)
            if slot not in {number, number + 1}
        ]
    plan = solve(problem_of(content), moves=0)
    assert len(plan.placements) == 4


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("no_common_time", {"forbidden": [(0, 6)]}),
        ("teacher_full", {"others": 6}),
        ("household_full", {"teachers": 6}),
        ("not_found", {"teachers": 3, "others": 3}),
    ],
)
def test_the_reason_why_a_talk_has_no_place(reason, changes):
    """One teacher and one family with six slots, and important talks that take them."""
    others = [f"o{number}" for number in range(changes.get("others", 0))]
    teachers = [f"t{number}" for number in range(1, 1 + changes.get("teachers", 0))]
    half = {"from_slot": 0, "until_slot": len(teachers)}
    content = problem(
        teachers=["t0", *teachers],
        households=["h1", *others],
        requests=[
            request("q", "h1", "t0"),
            *(request(f"q{it}", it, "t0", priority=3) for it in others),
            *(request(f"q{it}", "h1", it, priority=3) for it in teachers),
        ],
    )
    for it in content["teachers"][1:]:  # so that the family's talks are in the first slots
        it["unavailable"] = [{"day": "d1", "from_slot": half["until_slot"], "until_slot": 6}]
    for it in content["households"][1:]:  # and those of others in the rest
        it["forbidden"] = [{"day": "d1", **half}] if teachers else []
    for first, last in changes.get("forbidden", []):
        content["households"][0]["forbidden"].append(
            {"day": "d1", "from_slot": first, "until_slot": last}
        )
    (unplaced,) = solved(content).unplaced
    assert (unplaced.request, unplaced.reason) == ("q", reason)


@pytest.mark.parametrize(
    ("reason", "booked"),
    [
        ("teacher_full", [("h2", "t1", range(6))]),
        ("household_full", [("h1", "t2", range(6))]),
        ("not_found", [("h2", "t1", range(3)), ("h1", "t2", range(3, 6))]),
    ],
)
def test_times_that_are_booked_are_taken_and_not_times_at_which_nobody_can(reason, booked):
    content = problem(
        teachers=["t1", "t2"],
        households=["h1", "h2"],
        bookings=[
            booking(f"b{household}{slot}", household, teacher, at=("d1", slot))
            for household, teacher, slots in booked
            for slot in slots
        ],
        requests=[request("q", "h1", "t1")],
    )
    (unplaced,) = solved(content).unplaced
    assert unplaced.reason == reason


def test_the_order_of_asking_does_not_decide():
    """Shuffled, and with other ids, about as many have a place."""
    families = [f"h{number}" for number in range(40)]
    requests = [
        request(f"q{number}", families[number % 40], f"t{number * 7 % 9}") for number in range(160)
    ]
    content = problem(
        days=[18], teachers=[f"t{number}" for number in range(9)], households=families
    )
    placed = set()
    for turn in (0, 53, 111):
        turned = [*requests[turn:], *requests[:turn]]
        renamed = [it | {"id": f"x{number}"} for number, it in enumerate(turned)]
        placed.add(len(solved(content | {"requests": renamed}, moves=5_000).placements))
    assert max(placed) - min(placed) <= 1


def test_a_walk_longer_than_an_evening_leaves_one_talk_of_a_family_on_it():
    content = problem(
        days=[6, 6],
        teachers=["t1", "t2", "t3"],
        walking_slots=10**9,
        requests=[request(f"q{number}", "h1", f"t{number}") for number in range(1, 4)],
    )
    assert {it.cell[0] for it in solved(content).placements} == {"d1", "d2"}


def test_it_is_told_how_far_it_is_and_ends_when_asked():
    content = problem(requests=[request("q", "h1", "t1")])
    heard = []
    plan = solve(problem_of(content), seconds=60, told=heard.append, stopped=lambda: bool(heard))
    assert len(plan.placements) == 1
    assert plan.moves == 0
    assert (heard[0].placed, heard[0].requests, heard[0].cost) == (1, 1, 0)
    assert 50 < heard[0].seconds_left <= 60


def test_no_time_at_all_is_time_for_a_plan():
    content = problem(requests=[request("q", "h1", "t1")])
    assert solve(problem_of(content), seconds=0).placements
    assert solve(problem_of(problem()), seconds=1).cost == 0


def test_the_time_grows_with_the_number_of_requests():
    small = problem_of(problem(requests=[request("q", "h1", "t1")]))
    assert usual_seconds(small) == pytest.approx(5.025)
    assert usual_seconds(replace(small, wanted=small.wanted * 20_000)) == 300
