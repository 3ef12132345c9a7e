"""`flask plan next` that is killed while it publishes: ``python -m tests.planner.killed``."""

import os
import signal
from functools import partial

from app import create_app
from app.planner import cli, execution, publishing


def die(*_what, **_how):
    """End without any last word, as when the machine has no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    publishing._promise = die  # talks and claims are written, and nothing is committed
    cli.carry_out = partial(execution.carry_out, moves=100)
    with create_app().app_context():
        cli.next_.main([])
