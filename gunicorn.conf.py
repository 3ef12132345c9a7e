"""What gunicorn does besides its command line; it finds this file by itself."""

from typing import Any

from app import warming


def post_worker_init(worker: Any) -> None:
    """Let a new worker open the connections of its threads before it takes a request."""
    warming.connect(worker.wsgi, worker.cfg.threads)
