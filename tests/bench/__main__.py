"""How fast the site is: an old build, the working tree and a bare program, in one run.

`make bench BASE=<commit>` compares with that commit; without BASE nothing is compared, only measured.
`make bench BENCH="--part process --database sqlite"` runs a part of it.
"""

import argparse
import signal
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from app.core import clock
from tests import services
from tests.bench import calendars, cold, goals, memory, process, served, size, visit
from tests.bench.builds import Build, checked_out, translate
from tests.postgresql import DURABLE, serving
from tests.rush.machine import Load
from tests.sites import Databases

PARTS: dict[str, Callable] = {
    part.__name__.rpartition(".")[2]: part.measure
    for part in (process, cold, served, memory, size, visit, calendars)
}
ONLY = {
    "size": "postgresql",
    "visit": "sqlite",
}  # where a database makes no difference, or has none


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--part", action="append", choices=PARTS, help="only this one")
    parser.add_argument("--database", choices=services.DATABASES, help="only this one")
    parser.add_argument("--base", default="", help="the commit to compare with")
    arguments = parser.parse_args()
    # Asked to stop, it still ends its servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    translate(services.ROOT)
    measured = []
    with ExitStack() as trees:
        old = [trees.enter_context(checked_out(arguments.base))] if arguments.base else []
        builds = [*old, Build("new", services.ROOT)]
        for database in [arguments.database] if arguments.database else services.DATABASES:
            measured.append(figures := goals.Figures(database))
            for part in arguments.part or PARTS:
                if ONLY.get(part, database) != database:
                    continue
                with ExitStack() as stack:
                    load = Load()
                    print(f"\n{part}, {database}, {clock.now():%Y-%m-%d %H:%M} UTC", flush=True)
                    PARTS[part](builds, _databases(stack, database).empty, figures)
                    print(load.told(), flush=True)
                    figures.others.append(load.others)
    print(f"\n{goals.table(measured)}")


def _databases(stack: ExitStack, database: str) -> Databases:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tienminuten-bench-")))
    server = None if database == "sqlite" else stack.enter_context(serving(DURABLE)).url
    return Databases(folder, server)


if __name__ == "__main__":
    main()
