"""JavaScript and CSS are linted, or it is said that they are not."""

import json
import subprocess

import pytest

pytestmark = [pytest.mark.check, pytest.mark.only_on("sqlite")]


@pytest.fixture
def lint(root):
    def run(*paths, **environment):
        return subprocess.run(
            ["/bin/sh", root / "tests/lint/run", *paths],
            env=environment or None,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_fault_is_refused_or_it_is_said_that_nobody_looked(lint, tmp_path):
    (tmp_path / "fault.js").write_text("show(nothing);\n")
    outcome = lint(tmp_path)
    said = "were not linted" in outcome.stderr
    assert outcome.returncode == (0 if said else 1), outcome.stderr
    assert said or "noUndeclaredVariables" in outcome.stdout + outcome.stderr


def test_it_is_said_when_node_is_missing(lint, tmp_path):
    for name in ("dirname", "cmp"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    outcome = lint(PATH=str(tmp_path))
    assert outcome.returncode == 0
    assert outcome.stderr.startswith("JavaScript and CSS were not linted: node is missing")


@pytest.mark.parametrize("folder", ["lint", "judges"])
def test_the_lock_has_hashes_and_names_no_registry(root, folder):
    packages = json.loads((root / f"tests/{folder}/package-lock.json").read_text())["packages"]
    packages.pop("")
    assert packages
    for package in packages.values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package
