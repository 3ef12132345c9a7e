"""How much memory a worker has once every family of a large school has been there."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.builds import Build, serving
from tests.bench.goals import Figures
from tests.bench.load import closed_loop, homes
from tests.rush.machine import memory

FAMILIES, TIMES = 1500, 3  # that often, so that nearly all have been in both processes


def measure(builds: list[Build], empty: Callable[[], str], figures: Figures) -> None:
    """Print what the workers of the newest build have, before and after."""
    build = builds[-1]
    school = build.school(empty(), FAMILIES, 1)
    with (
        tempfile.TemporaryDirectory(prefix="tienminuten-log-") as name,
        serving(build, school.url, Path(name)) as server,
    ):
        before = max(memory(pid) for pid in server.workers())
        families = homes(school, FAMILIES)
        works = (home.look for _time in range(TIMES) for home in families)
        took = asyncio.run(closed_loop(server.base_url, works))
        if took.wrong:
            raise SystemExit(f"{took.wrong} wrong answers")
        after = max(memory(pid) for pid in server.workers())
    print(
        f"a worker: {before:.0f} MiB (PSS) after its start, {after:.0f} MiB after "
        f"{len(took.times)} tables of {FAMILIES} families"
    )
    figures.add("memory of a worker, MiB", after)
