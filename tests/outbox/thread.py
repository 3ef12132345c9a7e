"""A worker in a thread of the process that runs the tests."""

import threading
from contextlib import contextmanager

from app import jobs


@contextmanager
def working(app, **timetable):
    """Let a worker run without the nightly jobs; at the end it has stopped."""

    def run():
        with app.app_context():
            jobs.work(stop, **{"nightly": (), "recurring": (), **timetable})

    stop = threading.Event()
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
