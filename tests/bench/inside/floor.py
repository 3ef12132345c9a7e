"""The floor: a bare program that only inserts, the least work a booking can be.

WSGI without a framework, one prepared INSERT that a unique key may refuse, committed as the site
commits. It knows nothing of the site, and runs where the site runs: in a process, and in gunicorn.
"""

import os
import threading
from itertools import count

SQL = "INSERT INTO cells VALUES ({0}, {0}) ON CONFLICT DO NOTHING RETURNING slot"
TABLE = "CREATE TABLE IF NOT EXISTS cells (teacher BIGINT, slot BIGINT, UNIQUE (teacher, slot))"
URL = os.environ["TIENMINUTEN_DATABASE_URL"]

local, slots = threading.local(), count()


def connection():
    """Return this thread's connection, which commits by itself."""
    if not hasattr(local, "connection"):
        if URL.startswith("sqlite"):
            import sqlite3  # noqa: PLC0415

            local.connection = sqlite3.connect(URL[len("sqlite:///") :], 20, isolation_level=None)
            local.connection.execute("PRAGMA journal_mode = WAL")
            local.connection.execute("PRAGMA synchronous = FULL")
            local.sql, local.more = SQL.format("?"), {}
        else:
            import psycopg  # noqa: PLC0415

            url = URL.replace("postgresql+psycopg:", "postgresql:")
            local.connection = psycopg.connect(url, autocommit=True)
            local.sql, local.more = SQL.format("%s"), {"prepare": True}
    return local.connection


def application(environ, start_response):
    """Insert a row, and answer with it."""
    row = connection().execute(local.sql, (os.getpid(), next(slots)), **local.more).fetchone()
    body = str(row).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


connection().execute(TABLE)
connection().close()  # what follows may be another process
del local.connection
