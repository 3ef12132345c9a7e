"""The opening rush: households come by the hundred and book, on SQLite and on PostgreSQL.

`python -m tests.rush --rate 1500 --seconds 20` lets 1,500 households a minute come for 20
seconds, half of them in the first quarter. Each has a page open and does what people do: sign
in if need be, look, think for some seconds, book, look again when somebody else was first; the
page asks every five seconds what is new. Nobody waits for an answer before coming (open loop),
and a time is counted from the moment somebody wanted something, not from when it could be sent.

Afterwards everything that was confirmed is compared with what is stored. Only on this machine:
the site, the database and the households share its processors, so /proc/stat is read too.
"""

import argparse
import signal
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core import clock
from tests import services
from tests.bench.builds import Build, checked_out, translate
from tests.rush.run import WARM, Plan, measure
from tests.sites import Databases

DURABLE = {"listen_addresses": "", "max_connections": "200"}  # PostgreSQL as it is by itself


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=int, default=1500, help="households a minute")
    parser.add_argument("--seconds", type=float, default=20, help="how long they keep coming")
    parser.add_argument("--database", choices=services.DATABASES, help="only this one")
    parser.add_argument("--base", default="", help="a commit instead of the working tree")
    parser.add_argument("--office", action="store_true", help="an office edits each second")
    parser.add_argument("--kill", type=int, default=0, metavar="N", help="kill N workers")
    parser.add_argument("--import", action="store_true", dest="imports", help="two imports run")
    parser.add_argument("--edges", action="store_true", help="hot, twin and crossing moves")
    it = parser.parse_args()
    # Asked to stop, the run still ends its servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    translate(services.ROOT)
    plan = Plan(it.rate, it.seconds, it.office, it.kill, it.imports, it.edges)
    for database in [it.database] if it.database else services.DATABASES:
        with ExitStack() as stack:
            enter = stack.enter_context
            build = enter(checked_out(it.base)) if it.base else Build("new", services.ROOT)
            folder = Path(enter(TemporaryDirectory(prefix="tienminuten-rush-")))
            server = None if database == "sqlite" else enter(services.postgresql(DURABLE))
            url = Databases(folder, server).empty()
            print(f"\n{database}, {clock.now():%Y-%m-%d %H:%M} UTC", flush=True)
            school = build.school(url, plan.families + WARM + plan.extra)
            measure(build, school, plan)


if __name__ == "__main__":
    main()
