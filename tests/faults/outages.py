"""What can happen to a database."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

SIZE = "96m"
LOCK = "LOCK TABLE bookings, claims, outbox_messages IN ACCESS EXCLUSIVE MODE"


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold what every change needs, as a backup or somebody at a prompt does."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA busy_timeout = 20000")
        connection.exec_driver_sql("BEGIN EXCLUSIVE" if is_sqlite else "BEGIN")
        if not is_sqlite:
            connection.exec_driver_sql(LOCK)
        yield  # closing the connection lets go


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """Mount a small file system, where that is permitted; else yield None."""
    with TemporaryDirectory(prefix="tienminuten-disk-") as name:
        options = ("-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", name)
        if not _runs("mount", *options):
            yield None
            return
        try:
            yield Path(name)
        finally:
            _runs("umount", "--lazy", name)


def put_on(disk: Path | None, url: str) -> str:
    """Move a database to a disk; return its URL there."""
    here = sa.make_url(url)
    if here.get_backend_name() == "sqlite":
        folder = (disk or Path(here.database).parent) / "instance"
        folder.mkdir()
        shutil.move(here.database, folder)
        return f"sqlite:///{folder / Path(here.database).name}"
    if disk:
        folder = disk / "tables"
        folder.mkdir()
        data = Path(here.query["host"]).stat()
        os.chown(folder, data.st_uid, data.st_gid)
        engine = sa.create_engine(
            here.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE TABLESPACE small LOCATION '{folder}'")
            connection.exec_driver_sql(f"ALTER DATABASE {here.database} SET TABLESPACE small")
    return url


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Let a disk have no room at all."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue  # the smaller ones may still fit
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def no_larger_files(pids: list[int], size: int) -> Iterator[None]:
    """Let processes make no file larger than so many bytes: what comes near a full disk."""
    before = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
    for pid, (_soft, hard) in zip(pids, before, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        for pid, limit in zip(pids, before, strict=True):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write in a folder, as after a restore by the wrong user."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.iterdir())}
    for path in modes:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path, mode in modes.items():
            if path.exists():
                path.chmod(mode)


def obeying_modes() -> list[str]:
    """Return the beginning of a command whose process may not write where files say so, even as root."""
    if os.geteuid():
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
