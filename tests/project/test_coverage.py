"""What is said of coverage is so, or nothing is said."""

import json
import os
import subprocess
import sys

import pytest

from tests import services

pytestmark = [pytest.mark.check, pytest.mark.only_on("sqlite")]


@pytest.fixture
def report(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    path = tmp_path / "coverage.json"
    whole = {"covered_lines": 1999, "missing_lines": 1, "percent_covered": 99.95}
    half = {"covered_lines": 5, "missing_lines": 5, "percent_covered": 50.0}
    names = [f"app/{number}.py" for number in range(20)]
    files = {name: {"summary": whole} for name in names} | {"app/half.py": {"summary": half}}
    path.write_text(json.dumps({"summary": whole, "files": files}))
    return path


def test_the_ten_least_covered_files_are_told_and_nothing_is_rounded_up(report):
    said = services.coverage_text(report, complete=True).splitlines()
    assert "Coverage: 99% of the lines" in said[0]
    assert said[3] == " 50%     5 app/half.py"
    assert len(said) == 3 + 10


def test_a_run_that_was_not_whole_says_no_figure(report, monkeypatch):
    assert "%" not in services.coverage_text(report, complete=False)
    assert "%" not in services.coverage_text(report.with_name("missing"), complete=True)
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k something")
    assert "%" not in services.coverage_text(report, complete=True)


def test_a_file_that_nothing_imports_counts_and_the_outcome_is_kept(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "run.py").write_text("a = 1\nif not a:\n    a = 2\n")
    (tmp_path / "app" / "never.py").write_text("b = 1\n")
    (tmp_path / "test_it.py").write_text("def test():\n    import app.run\n    assert False\n")
    command = [sys.executable, "-m", "slipcover", "--immediate", "--source=app", "--json"]
    result = subprocess.run(
        [*command, "--out=found", "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "."},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    files = json.loads((tmp_path / "found").read_text())["files"]
    assert files["app/run.py"]["missing_lines"] == [3]
    assert files["app/never.py"]["missing_lines"] == [1]
