"""PostgreSQL and Chromium for the tests: found on the machine, or installed.

``python -m tests.services {sqlite,postgresql,both} [pytest arguments]`` provides both and runs
the suite; ``make test`` is ``both``. ``coverage`` runs the tests on SQLite, and says what they ran.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from tests.debian import Missing, apt_install
from tests.postgresql import postgresql_binaries

ROOT = Path(__file__).parent.parent
DATABASES = ("sqlite", "postgresql")


def chromium() -> str:
    """Return the path of Debian's Chromium; some networks cannot reach Playwright's download.

    The headless build renders the same pages at less than half the work.
    """
    packages = ("chromium-headless-shell", "fonts-dejavu-core", "fonts-liberation", "libatomic1")
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

    def found() -> str | None:
        # Playwright's Node.js needs libatomic.
        return _loads("libatomic.so.1") and next(filter(None, map(shutil.which, names)), None)

    path = found() or (apt_install(*packages) and found())
    if not path:
        raise Missing(f"Chromium is missing. Install it: apt install {' '.join(packages)}")
    return path


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main(which: str, *arguments: str) -> int:
    """Run the suite; on both databases in four parallel lanes, as browsers and races mostly wait.

    What pages say is asked of SQLite; of PostgreSQL all pages are opened, and asked the rest with
    what takes long.
    """
    try:
        chromium()
        if which not in {"sqlite", "coverage"}:
            postgresql_binaries()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    apart = "access_full or check or long or e2e"
    here = f"not ({apart})"
    if which == "coverage":
        with tempfile.TemporaryDirectory() as folder:
            return _run([[("sqlite", "-m", here)]], Path(folder) / "coverage.json")
    if which != "both":
        return _run([[(which, *arguments)]])
    if arguments == ("-m", "long"):
        pages = ("postgresql", "-m", f"pages and not ({apart} or race)")
        return _run([[("sqlite", *arguments)], [("postgresql", *arguments), pages]])
    if arguments:
        return _run([[(database, *arguments)] for database in DATABASES])
    return _run(
        [
            [("sqlite", "-m", f"{here} and not race and not pages")],
            [("postgresql", "-m", f"{here} and not race and not pages")],
            [("sqlite", "-m", "e2e"), ("postgresql", "-m", "e2e or race")],
            [("sqlite", "-m", "race"), ("sqlite", "-m", f"pages and {here} and not race")],
        ]
    )


def coverage_text(report: Path, *, complete: bool) -> str:
    """What the first lane ran of the site; nothing but that if it did not run in full."""
    if not (complete and report.exists()) or "PYTEST_ADDOPTS" in os.environ:
        return "Coverage is not known: the tests on SQLite failed, or were not all run."
    measured = json.loads(report.read_text())
    parts = {name: file["summary"] for name, file in measured["files"].items()}
    least = sorted(parts, key=lambda name: parts[name]["percent_covered"])[:10]
    return "\n".join(
        [
            f"Coverage: {_share(measured['summary'])} of the lines of app/ ran in the tests on SQLite.",
            "Not counted: what only browsers, PostgreSQL or servers in processes of their own ran.",
            "The least covered files, with the lines left:",
            *(
                f"{_share(parts[name]):>4} {parts[name]['missing_lines']:5} {name}"
                for name in least
            ),
        ]
    )


def _share(summary: Mapping[str, int]) -> str:
    """Rounded down, so that 100% is all of them."""
    lines = summary["covered_lines"] + summary["missing_lines"]
    return f"{100 * summary['covered_lines'] // max(lines, 1)}%"


class _Lane:
    """Runs of pytest in sequence, parallel to other lanes."""

    def __init__(
        self, runs: list[tuple[str, ...]], output: IO[bytes] | None, coverage: Path | None
    ) -> None:
        self.runs, self.output, self.coverage = runs, output, coverage
        self.results: list[int] = []
        self._process = self._start()

    def is_running(self) -> bool:
        """Start the next run if one has ended; return whether one is running."""
        result = self._process.poll()
        if result is None:
            return True
        if len(self.results) < len(self.runs):
            self.results.append(result)
        if len(self.results) == len(self.runs):
            return False
        self._process = self._start()
        return True

    def stop(self) -> None:
        """Terminate the run, which still ends its servers and browsers."""
        self._process.terminate()
        self._process.wait()

    def _start(self) -> subprocess.Popen:
        options = self.runs[len(self.results)]
        measure = ["slipcover", "--immediate", "--source=app", "--json", f"--out={self.coverage}"]
        modules = [*([*measure, "-m"] if self.coverage else []), "pytest"]
        command = [sys.executable, "-m", *modules, "--database", *options]
        # What one run or server compiles, the many others need not.
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=self.output, stderr=self.output
        )


def _run(plan: list[list[tuple[str, ...]]], coverage: Path | None = None) -> int:
    """Run these lists of pytest's options beside each other; show the first, keep the others for the end.

    The first is what coverage is measured of: one run is enough to know it by.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        outputs = [None, *(stack.enter_context(tempfile.TemporaryFile()) for _ in plan[1:])]
        lanes = [
            _Lane(runs, output, None if output else coverage)
            for runs, output in zip(plan, outputs, strict=True)
        ]
        try:
            while sum(lane.is_running() for lane in lanes):  # a sum, so that every lane is polled
                time.sleep(0.2)
        except KeyboardInterrupt:
            return 130
        finally:
            for lane in lanes:
                lane.stop()
            sys.stdout.flush()
            for output in outputs[1:]:
                output.seek(0)
                shutil.copyfileobj(output, sys.stdout.buffer)
    for lane in lanes:
        for options, result in zip(lane.runs, lane.results, strict=True):
            said = "passed" if result == 0 else f"failed (pytest said {result})"
            print(f"{' '.join(options)}: {said}")
    if coverage:
        print(coverage_text(coverage, complete=lanes[0].results == [0]))
    return max(result for lane in lanes for result in lane.results)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
