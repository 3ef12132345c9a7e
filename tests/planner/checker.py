"""Judges a plan by the rules alone: reads both files as they are, and nothing of app/planner.

It is slow and simple on purpose. Rules and figures are those of the format: docs in README.md of the
instances. ``python -m tests.planner.checker problem.json plan.json`` prints them.
"""

import gzip
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations, groupby
from pathlib import Path


@dataclass(frozen=True)
class JudgedTalk:
    id: str
    family: str
    teachers: tuple[str, ...]
    day: str
    begin: int
    end: int
    is_booked: bool

    @property
    def cells(self):
        return [(self.day, slot) for slot in range(self.begin, self.end)]


@dataclass
class Judgement:
    broken: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    cost: int = 0


def judge(problem, plan):
    """Say which hard rules are broken, and what the plan costs."""
    result = Judgement()
    requests = {it["id"]: it for it in problem["requests"]}
    slots = {it["id"]: it["slots"] for it in problem["days"]}
    if plan["format"] != "talk-plan-solution/1" or plan["instance"] != problem["name"]:
        result.broken.append("a plan of something else")
    listed = Counter(it["request"] for it in (*plan["placements"], *plan["unplaced"]))
    for id_ in listed.keys() | requests.keys():
        if listed[id_] != 1 or id_ not in requests:
            result.broken.append(f"{id_} is listed {listed[id_]} times")
    talks = [_talk(it, it, is_booked=True) for it in problem["bookings"]]
    placed = {}
    for it in plan["placements"]:
        if it["request"] not in requests:
            continue
        talk = _talk(requests[it["request"]], it, is_booked=False)
        if talk.day not in slots or not 0 <= talk.begin < talk.end <= slots[talk.day]:
            result.broken.append(f"{talk.id} does not lie within a day")
        else:
            placed[talk.id] = talk
    talks += placed.values()
    _judge_hours(problem, placed.values(), result)
    _judge_families(problem, talks, result)
    _judge_teachers(problem, talks, result)
    _judge_requests(requests, placed, result)
    weights = problem["settings"]["weights"]
    names = {
        "unplaced_per_priority": "unplaced_weight",
        "waiting_per_slot": "waiting_slots",
        "extra_evening": "extra_evenings",
        "teacher_gap_per_slot": "teacher_gap_slots",
        "teacher_run_excess_per_slot": "teacher_run_excess_slots",
        "announced_moved": "announced_moved",
        "announced_dropped": "announced_dropped",
    }
    result.cost = sum(weights[weight] * result.figures[name] for weight, name in names.items())
    return result


def _talk(it, place, *, is_booked):
    begin = place["slot"]
    return JudgedTalk(
        it["id"],
        it["household"],
        tuple(it["teachers"]),
        place["day"],
        begin,
        begin + it["length"],
        is_booked,
    )


def _cells(ranges):
    return {(it["day"], slot) for it in ranges for slot in range(it["from_slot"], it["until_slot"])}


def _judge_hours(problem, planned, result):
    teachers = {it["id"]: _cells(it["unavailable"]) for it in problem["teachers"]}
    families = {it["id"]: _cells(it["forbidden"]) for it in problem["households"]}
    for talk in planned:
        if not families[talk.family].isdisjoint(talk.cells):
            result.broken.append(f"{talk.id}: {talk.family} cannot come")
        for teacher in talk.teachers:
            if not teachers[teacher].isdisjoint(talk.cells):
                result.broken.append(f"{talk.id}: {teacher} is away")


def _judge_families(problem, talks, result):
    teacher = {it["id"]: it for it in problem["teachers"]}
    settings = problem["settings"]

    def walk(one, other):
        one, other = teacher[one.teachers[0]], teacher[other.teachers[0]]
        if one["room"] == other["room"]:
            return 0
        between = "" if one["site"] == other["site"] else "_between_sites"
        return settings[f"walking_slots{between}"]

    evenings = defaultdict(list)
    for talk in talks:
        evenings[talk.family, talk.day].append(talk)
    for (family, day), its in evenings.items():
        for one, other in combinations(its, 2):
            gap = max(one.begin, other.begin) - min(one.end, other.end)
            if gap < walk(one, other) and not (one.is_booked and other.is_booked):
                result.broken.append(f"{family} on {day}: {one.id} and {other.id}, {gap} between")
        talking = {cell for talk in its for cell in talk.cells}
        within = max(talk.end for talk in its) - min(talk.begin for talk in its)
        result.figures["waiting_slots"] += within - len(talking)
    days = Counter(family for family, _day in evenings)
    result.figures["extra_evenings"] = days.total() - len(days)


def _judge_teachers(problem, talks, result):
    longest = problem["settings"]["busy_slots_before_break"]
    for it in problem["teachers"]:
        its = [talk for talk in talks if it["id"] in talk.teachers]
        for one, other in combinations(its, 2):
            if not (one.is_booked and other.is_booked) and set(one.cells) & set(other.cells):
                result.broken.append(f"{it['id']} has {one.id} and {other.id} at once")
        away = _cells(it["unavailable"])
        for day in {talk.day for talk in its}:
            busy = {cell for talk in its if talk.day == day for cell in talk.cells}
            first, last = min(busy)[1], max(busy)[1]
            runs = groupby(range(first, last + 1), lambda slot: (day, slot) in busy)  # noqa: B023
            for is_busy, run in runs:
                cells = [(day, slot) for slot in run]
                if is_busy:
                    result.figures["teacher_run_excess_slots"] += max(0, len(cells) - longest)
                else:
                    result.figures["teacher_gap_slots"] += len(set(cells) - away)


def _judge_requests(requests, placed, result):
    for id_, it in requests.items():
        told = it["announced"]
        if id_ in placed:
            at = {"day": placed[id_].day, "slot": placed[id_].begin}
            result.figures["announced_moved"] += told is not None and at != told
        else:
            result.figures["unplaced_weight"] += it["priority"]
            result.figures["announced_dropped"] += told is not None
    result.figures["placed"] = len(placed)


def load(path):
    data = Path(path).read_bytes()
    return json.loads(gzip.decompress(data) if str(path).endswith(".gz") else data)


if __name__ == "__main__":
    verdict = judge(load(sys.argv[1]), load(sys.argv[2]))
    print("\n".join(verdict.broken) or "valid")
    print(f"cost {verdict.cost}: {dict(verdict.figures)}")
    sys.exit(bool(verdict.broken))
