"""What a request costs: CPU of this process and of its database, and the statements it sends."""

import os
import re
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

URL = os.environ["TIENMINUTEN_DATABASE_URL"]
# Statements that open and close transactions, and those of triggers, are nobody's round trip.
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "DEALLOCATE", "--")


class Meter:
    """CPU of this process and of its backends, and the statements sent to the database."""

    def __init__(self):
        self.web = self.database = self.calls = self.size = self.sent = 0
        self.backends, self.connections, self.watched = [], [], []
        if URL.startswith("sqlite"):
            self._open = sqlite3.connect
            sqlite3.connect = sqlite3.dbapi2.connect = self._connect
        else:
            import psycopg  # noqa: PLC0415

            dsn = URL.replace("postgresql+psycopg:", "postgresql:")
            self.watcher = psycopg.connect(dsn, autocommit=True)
            self.log = Path(dsn.partition("host=")[2]) / "log"

    def _connect(self, *args, **more):
        made = self._open(*args, **more)
        self.connections.append(made)
        return made

    def begin(self, *, count_statements: bool):
        """Forget what was, and find who works for this process now."""
        self.web = self.database = self.calls = self.size = self.sent = 0
        self.watched, self.counts = [], count_statements
        if URL.startswith("sqlite"):
            for connection in self.connections:
                with suppress(sqlite3.ProgrammingError):  # closed, or of another thread
                    connection.set_trace_callback(self.watched.append if count_statements else None)
            return
        self.backends = [
            row[0]
            for row in self.watcher.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        ]
        if count_statements:
            self._logging("all")

    def end(self):
        """Stop counting."""
        if self.counts and not URL.startswith("sqlite"):
            self._logging("none")
        return {
            "web": self.web / self.calls / 1e6,
            "database": self.database / self.calls / 1e6,
            "bytes": self.size / self.calls,
            "statements": self.sent / self.calls if self.counts else None,
        }

    def _logging(self, what):
        self.watcher.execute(f"ALTER SYSTEM SET log_statement = '{what}'")
        self.watcher.execute("SELECT pg_reload_conf()")
        time.sleep(0.3)

    def _used(self):
        total = 0
        for pid in self.backends:
            with suppress(OSError):
                total += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        return total

    def measured(self, call):
        """Call, and add what it took."""
        mark = self._mark() if self.counts else None
        database, web = self._used(), time.process_time_ns()
        answer = call()
        self.web += time.process_time_ns() - web
        self.database += self._used() - database
        self.calls += 1
        self.size += len(answer.body)
        if self.counts:
            self.sent += sum(
                not text.lstrip().upper().startswith(CONTROL) for text in self._since(mark)
            )
        return answer

    def _mark(self):
        return len(self.watched) if URL.startswith("sqlite") else self.log.stat().st_size

    def _since(self, mark):
        if URL.startswith("sqlite"):
            return self.watched[mark:]
        time.sleep(0.05)
        with self.log.open("rb") as log:
            log.seek(mark)
            text = log.read().decode(errors="replace")
        found = re.findall(r"\[(\d+)\] LOG:  (?:statement|execute [^:]+): (.*)", text)
        return [sent for pid, sent in found if int(pid) in self.backends]
