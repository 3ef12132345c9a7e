"""What the next nights do to families that were told of a plan: how many are told again.

Part of `make bench-plan`. Talks are asked for and withdrawn by lot, the same each time.
"""

from random import Random

from app.planner.files import problem_of
from app.planner.solver import solve
from tests.planner.checker import judge

NEW, GONE = 0.08, 0.02
"""Which shares of the requests come and go between two nights."""


def compare(problem, seconds, seed=0):
    """Plan two nights; return what the second one did, by the name of the figure."""
    ids = [it["id"] for it in problem["requests"]]
    Random(seed).shuffle(ids)
    count = len(ids)
    new = set(ids[: round(NEW * count)])
    gone = set(ids[round((1 - GONE) * count) :])
    first = _only(problem, lambda it: it["id"] not in new)
    told = {it["request"]: it for it in _plan(first, seconds, seed)[0]["placements"]}
    same, second = _told(first, told), _told(_only(problem, lambda it: it["id"] not in gone), told)
    _again, quiet = _plan(same, seconds, seed + 1)
    _plan_of_second, after = _plan(second, seconds, seed + 1)
    _scratch, scratch = _plan(_told(second, {}), seconds, seed + 1)
    return {
        "told of": sum(it["announced"] is not None for it in second["requests"]),
        "nothing new: moved, dropped": f"{quiet['announced_moved']}, {quiet['announced_dropped']}",
        "moved": after["announced_moved"],
        "dropped": after["announced_dropped"],
        "placed": after["placed"],
        "from scratch": scratch["placed"],
        "can be placed, if all stand": most_placed(second),
    }


def most_placed(problem):
    """Return how many talks no plan can exceed that has all which were announced.

    A teacher's free cells less those talks hold at most so many others, the shortest first. A talk of
    two teachers is counted at the first.
    """
    slots = {it["id"]: it["slots"] for it in problem["days"]}
    free = {it["id"]: sum(slots.values()) - len(_away(it)) for it in problem["teachers"]}
    away = {it["id"]: _away(it) for it in problem["teachers"]}
    for it in problem["bookings"]:
        cells = {(it["day"], it["slot"] + slot) for slot in range(it["length"])}
        for teacher in it["teachers"]:
            free[teacher] -= len(cells - away[teacher])
            away[teacher] |= cells
    placed = 0
    for it in sorted(problem["requests"], key=lambda it: (not it["announced"], it["length"])):
        if it["announced"]:
            for teacher in it["teachers"]:
                free[teacher] -= it["length"]
            placed += 1
        elif free[it["teachers"][0]] >= it["length"]:
            free[it["teachers"][0]] -= it["length"]
            placed += 1
    return placed


def _away(teacher):
    return {
        (it["day"], slot)
        for it in teacher["unavailable"]
        for slot in range(it["from_slot"], it["until_slot"])
    }


def _only(problem, keeps):
    return problem | {"requests": [it for it in problem["requests"] if keeps(it)]}


def _told(problem, places):
    requests = [
        it
        | {
            "announced": {"day": place["day"], "slot": place["slot"]}
            if (place := places.get(it["id"]))
            else None
        }
        for it in problem["requests"]
    ]
    return problem | {"requests": requests}


def _plan(problem, seconds, seed):
    plan = solve(problem_of(problem), seconds=seconds, seed=seed).as_json()
    verdict = judge(problem, plan)
    if verdict.broken:
        raise SystemExit(f"{problem['name']} is not valid: {verdict.broken[:5]}")
    return plan, verdict.figures
