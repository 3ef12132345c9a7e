"""Builds of the site as black boxes: an old commit and the working tree, run by the same code.

A build is a folder with the site's code. Nothing of it is imported here: its processes answer.
"""

import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import services
from tests.sites import SECRET

INSIDE = Path(__file__).with_name("inside")
LOAD = {"workers": 2, "threads": 4}  # as docs/operations.md says


@dataclass(frozen=True)
class School:
    """What a build's own ``tests.rush.school`` made: addresses, secrets, who teaches what."""

    url: str
    round_id: int
    families: list[dict]  # token, signed_in, cookies, children
    offers: dict[str, list[int]]  # by id: child and teacher
    administrator: dict[str, str]  # cookies

    def path(self, family: dict) -> str:
        """Return the address of the family's first table."""
        return f"/rounds/{self.round_id}/children/{family['children'][0]}"


@dataclass(frozen=True)
class Build:
    """A folder with the site's code, and a Python that has the libraries which it needs."""

    name: str
    tree: Path
    python: Path = Path(sys.executable)

    def environment(self, url: str, **settings: str) -> dict[str, str]:
        """Return the environment of this build's processes."""
        settings = {"database_url": url, "secret_key": SECRET, **settings}
        settings.setdefault("site_url", "http://localhost")
        return {
            **os.environ,
            "PYTHONPATH": str(self.tree),
            "PYTHONDONTWRITEBYTECODE": "",
            **{f"TIENMINUTEN_{key.upper()}": value for key, value in settings.items()},
        }

    def inside(self, url: str, script: str, *arguments: str) -> subprocess.Popen:
        """Start one of our own scripts with this build on Python's path."""
        return subprocess.Popen(
            [self.python, INSIDE / script, *arguments],
            cwd=self.tree,
            env=self.environment(url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def school(self, url: str, families: int, signed_in: float = 0.7) -> School:
        """Migrate an empty database and fill it."""
        made = self.inside(url, "school.py", str(families), str(signed_in))
        answer = made.communicate()[0]
        if made.returncode:
            raise SystemExit(f"{self.name} could not make a school")
        return School(url, **json.loads(answer.splitlines()[-1]))


@contextmanager
def checked_out(commit: str) -> Iterator[Build]:
    """Yield an old commit as a build, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="tienminuten-base-") as name:
        packed = subprocess.run(
            ["git", "archive", commit], cwd=services.ROOT, capture_output=True, check=True
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(name, filter="data")
        translate(Path(name))
        Path(name).chmod(0o755)
        yield Build("base", Path(name), _python_for(Path(name)))


def _python_for(tree: Path) -> Path:
    """Return a Python with the libraries of a build: this one, unless its list is another."""
    wanted = [(root / "requirements.txt").read_bytes() for root in (tree, services.ROOT)]
    if wanted[0] == wanted[1]:
        return Path(sys.executable)
    python = tree / ".venv/bin/python"
    subprocess.run([sys.executable, "-m", "venv", tree / ".venv"], check=True)
    command = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq"]
    for name in ("requirements.txt", "requirements-dev.txt"):
        subprocess.run([*command, "--require-hashes", "-r", tree / name], check=True)
    return python


def translate(tree: Path) -> None:
    """Compile the translations, as `make install` does."""
    bin_ = Path(sys.executable).parent
    for source in tree.glob("app/translations/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if not target.exists():
            command = [bin_ / "pybabel", "-q", "compile", "-i", source, "-o", target]
            subprocess.run(command, check=True, capture_output=True)


@dataclass
class Server:
    """A running gunicorn."""

    base_url: str
    process: subprocess.Popen
    log: Path
    started: float

    def workers(self) -> list[int]:
        """Return the ids of its worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]


@contextmanager
def serving(
    build: Build,
    url: str,
    folder: Path,
    program: str = "wsgi:application",
    chdir: Path | None = None,
) -> Iterator[Server]:
    """Run a build as an operator does; yields as soon as it listens, before it has answered."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    log = folder / f"{build.name}-{time.monotonic_ns()}.log"
    command = [
        *(build.python, "-m", "gunicorn", program, "--no-control-socket", "--preload"),
        *("--bind", f"fd://{listener.fileno()}", "--worker-class", "gthread"),
        *("--workers", str(LOAD["workers"]), "--threads", str(LOAD["threads"])),
    ]
    with listener, log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=chdir or build.tree,
            env=build.environment(url, site_url=base_url),
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        server = Server(base_url, process, log, time.perf_counter())
        _wait_for(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(server: Server) -> None:
    while len(server.workers()) < LOAD["workers"]:
        if server.process.poll() is not None or time.perf_counter() > server.started + 60:
            raise SystemExit(f"the site did not start:\n{server.log.read_text()}")
        time.sleep(0.01)


def cpu(pids: list[int]) -> float:
    """Return the CPU milliseconds that these processes have used so far."""
    return sum(map(_cpu, pids)) / 1e6


def _cpu(pid: int) -> int:
    total = 0
    try:
        for task in Path(
            f"/proc/{pid}/task"
        ).iterdir():  # schedstat of a process is its first thread
            total += int((task / "schedstat").read_text().split()[0])
    except OSError:
        pass  # it ended meanwhile
    return total


def backends(url: str) -> list[int]:
    """Return PostgreSQL's processes that serve this database; none on SQLite."""
    name = url.partition("?")[0].rpartition("/")[2]
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            title = path.read_bytes().rstrip(b"\0 ").decode(errors="replace").split()
        except OSError:
            continue
        if title[:1] == ["postgres:"] and name in title and title[1] != "autovacuum":
            found.append(int(path.parent.name))
    return found
