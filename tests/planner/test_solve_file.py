"""The command that plans a file: what it writes, when it is asked to end, and what it refuses."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.planner.checker import judge, load
from tests.planner.problems import problem, request

SMALL = Path(__file__).with_name("instances") / "S-1101.json.gz"


@pytest.fixture
def solve_file(app):
    def run(*arguments):
        return app.test_cli_runner().invoke(args=["plan", "solve-file", *map(str, arguments)])

    return run


@pytest.mark.parametrize("name", ["plan.json", "plan.json.gz"])
def test_the_same_moves_and_seed_write_the_same_bytes(solve_file, tmp_path, name):
    written = []
    for turn in ("one", "two"):
        file = tmp_path / f"{turn}-{name}"
        result = solve_file(SMALL, file, "--moves", 20_000, "--seed", 3)
        assert result.exit_code == 0, result.output
        written.append(file.read_bytes())
    assert written[0] == written[1]
    verdict = judge(load(SMALL), load(file))
    assert verdict.broken == []
    assert verdict.cost == load(file)["planner"]["cost"]
    assert re.search(rf"\b{verdict.figures['placed']}\b.*\b203\b", result.output.splitlines()[-1])


def test_whatever_has_no_place_the_plan_is_written(solve_file, tmp_path):
    content = problem(requests=[request("q1", "h1", "t1")])
    content["households"][0]["forbidden"] = [{"day": "d1", "from_slot": 0, "until_slot": 6}]
    (tmp_path / "problem.json").write_text(json.dumps(content))
    result = solve_file(tmp_path / "problem.json", tmp_path / "plan.json", "--seconds", 0)
    assert result.exit_code == 0
    assert load(tmp_path / "plan.json")["unplaced"] == [
        {"request": "q1", "reason": "no_common_time"}
    ]


def test_a_bad_file_is_refused_in_one_line(solve_file, tmp_path):
    content = problem(requests=[request("q1", "h2", "t1")])
    (tmp_path / "bad.json").write_text(json.dumps(content))
    result = solve_file(tmp_path / "bad.json", tmp_path / "plan.json")
    assert result.exit_code == 1
    assert "bad.json" in result.output
    assert "requests[0].household: 'h2'" in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "plan.json").exists()


def test_a_folder_that_is_not_there_is_refused_in_one_line(solve_file, tmp_path):
    result = solve_file(SMALL, tmp_path / "none" / "plan.json", "--moves", 1)
    assert result.exit_code == 1
    assert "plan.json" in result.output
    assert "Traceback" not in result.output


@pytest.mark.only_on("sqlite")
def test_asked_to_end_it_writes_the_best_plan_it_has(tmp_path):
    """Ten minutes are asked for; as soon as it tells of a first plan, it is asked to end."""
    file = tmp_path / "plan.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "plan", "solve-file", SMALL, file, "--seconds", "600"],
        env=os.environ | {"TIENMINUTEN_DATABASE_URL": f"sqlite:///{tmp_path}/none.db"},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while "203" not in (line := process.stderr.readline()):
            assert line, "it ended by itself"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert judge(load(SMALL), load(file)).broken == []
