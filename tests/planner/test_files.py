"""Files of problems and plans come back as they went; a bad one says what is wrong, and where."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from app.planner import files
from app.planner.solver import solve
from tests.planner.problems import any_weights, booking, problem, problems, request

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

INSTANCES = Path(__file__).with_name("instances")


@given(problems(weights=any_weights()))
@settings(max_examples=30)
def test_a_problem_survives_writing_and_reading(content):
    read = files.problem_of(content)
    assert files.problem_of(read.as_json()) == read


@pytest.mark.parametrize("name", ["plan.json", "plan.json.gz"])
def test_a_plan_survives_writing_and_reading(tmp_path, name):
    content = problem(requests=[request("q1", "h1", "t1"), request("q2", "h1", "t1", length=3)])
    content["teachers"][0]["unavailable"] = [{"day": "d1", "from_slot": 2, "until_slot": 9}]
    plan = solve(files.problem_of(content), moves=10)
    assert {len(plan.placements), len(plan.unplaced)} == {1}
    files.write(tmp_path / name, plan)
    assert files.read_plan(tmp_path / name) == plan
    before = (tmp_path / name).read_bytes()
    files.write(tmp_path / name, plan)
    assert (tmp_path / name).read_bytes() == before
    assert [it.name for it in tmp_path.iterdir()] == [name]


def test_what_was_there_stays_when_a_file_cannot_be_written(tmp_path):
    (tmp_path / "plan.json").mkdir()
    with pytest.raises(OSError):
        files.write(tmp_path / "plan.json", files.problem_of(problem()))
    assert [it.name for it in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize("name", ["S-1101", "M-1103"])
def test_the_instances_are_read_whole(name):
    path = INSTANCES / f"{name}.json.gz"
    content = json.loads(gzip.decompress(path.read_bytes()))
    read = files.read_problem(path)
    for ours, theirs in (("fixed", "bookings"), ("wanted", "requests"), ("seats", "teachers")):
        assert [it.id for it in getattr(read, ours)] == [it["id"] for it in content[theirs]]
    written = read.as_json()
    assert written["settings"] == content["settings"]
    assert written["requests"] == content["requests"]
    assert written["bookings"] == content["bookings"]


def changed(*way, to=None):
    """A good file in which one thing is different."""
    content = problem(
        bookings=[booking("b1", "h1", "t1", at=("d1", 4))],
        requests=[request("q1", "h1", "t1", announced=("d1", 0)), request("q2", "h1", "t1")],
    )
    part = content
    for key in way[:-1]:
        part = part[key]
    part[way[-1]] = to
    return content


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([], "the file: must be an object"),
        (changed("format", to="talk-plan-instance/2"), "format: 'talk-plan-instance/2'"),
        (changed("days", to=[]), "days: there is none"),
        (
            changed("days", 0, "slots", to=289),
            "days[0].slots: must be a whole number from 1 to 288",
        ),
        (changed("settings", to={}), "settings: 'walking_slots' is missing"),
        (changed("settings", "walking_slots", to=True), "settings.walking_slots: must be a whole"),
        (
            changed("settings", "weights", to={"unplaced_per_priority": 1.5}),
            "settings.weights.unplaced_per_priority: must be a whole number from 0",
        ),
        (changed("teachers", to={}), "teachers: must be a list"),
        (changed("teachers", 0, "room", to=""), "teachers[0].room: must be a text"),
        (
            changed("households", 0, "forbidden", to=[{"day": "d7"}]),
            "households[0].forbidden[0].day: 'd7' is not known here",
        ),
        (changed("bookings", 0, "slot", to=6), "bookings[0]: does not end within its day"),
        (changed("bookings", 0, "slot", to=-1), "bookings[0].slot: must be a whole number"),
        (changed("requests", 0, "household", to="h9"), "requests[0].household: 'h9' is not known"),
        (changed("requests", 1, "teachers", to=["t1", "t9"]), "requests[1].teachers[1]: 't9'"),
        (changed("requests", 1, "teachers", to=["t1", "t1"]), "requests[1].teachers: must be one"),
        (changed("requests", 1, "teachers", to=[]), "requests[1].teachers: must be one"),
        (changed("requests", 1, "id", to="q1"), "requests[1].id: 'q1' is there twice"),
        (changed("requests", 1, "priority", to=4), "requests[1].priority: must be a whole number"),
        (changed("requests", 0, "announced", "day", to=1), "requests[0].announced.day: must be a"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content, told):
    with pytest.raises(files.BadPlanFile) as fault:
        files.problem_of(content)
    assert str(fault.value).startswith(told)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.json", b"{"),
        ("x.json", b"\xff\xfe"),
        ("x.json", b"[" * 100_000),
        ("x.json.gz", b"{}"),
        ("x.json.gz", gzip.compress(b"{}" * 999)[:-12]),
        ("x.json.gz", gzip.compress(b"{}" * 999)[:12] + b"\xff" * 20),
    ],
)
def test_what_is_no_json_is_refused(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    for read in (files.read_problem, files.read_plan):
        with pytest.raises(files.BadPlanFile, match="the file is n"):
            read(tmp_path / name)


def test_a_plan_is_read_strictly_too(tmp_path):
    content = {
        "format": "talk-plan-solution/1",
        "instance": "small",
        "placements": [],
        "unplaced": [{"request": "q1", "reason": "tired"}],
    }
    (tmp_path / "plan.json").write_text(json.dumps(content))
    with pytest.raises(files.BadPlanFile, match=r"unplaced\[0\].reason: 'tired'"):
        files.read_plan(tmp_path / "plan.json")
