"""The site and its worker, on a clock that a test steps as an administrator or NTP would.

gunicorn starts ``tests.faults.program:application``; ``python -m tests.faults.program`` is the
worker. The file that STEPPED_CLOCK names says by how many seconds the machine's clock is wrong.
"""

import os
import time
from datetime import timedelta
from pathlib import Path

from app.core import clock

_file = Path(os.environ["STEPPED_CLOCK"])
_now, _time = clock.now, time.time


def _wrong_by() -> float:
    return float(_file.read_text())


clock.now = lambda: _now() + timedelta(seconds=_wrong_by())
time.time = lambda: _time() + _wrong_by()  # of the cookies

if __name__ == "__main__":
    from app import create_app, jobs

    with create_app().app_context():
        jobs.worker.main([])
else:
    from wsgi import application  # noqa: F401
