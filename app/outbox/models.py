"""The tables of promises and of nightly jobs."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.outbox.kinds import urgency_of

UNDELIVERED = text("delivered_at IS NULL")


def _urgency(context: DefaultExecutionContext) -> int:
    kind: str = context.get_current_parameters()["kind"]  # type: ignore[no-untyped-call]
    return urgency_of(kind)


class OutboxMessage(Base):
    """Something to do outside the database; the payload holds ids, not names."""

    __tablename__ = "outbox_messages"
    # What a worker takes next, first; the others that were not delivered come with it. A second
    # index with delivered_at would lead SQLite astray: it would sort all that waits for each claim.
    __table_args__ = (
        Index(
            "ix_outbox_messages_undelivered",
            *("urgency", "due_at", "id", "failed_at"),
            sqlite_where=UNDELIVERED,
            postgresql_where=UNDELIVERED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    urgency: Mapped[int] = mapped_column(default=_urgency)  # whoever adds the row
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")  # the kind of error, in our words
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]  # given up; the office sees it


class JobRun(Base):
    """A nightly job begun on a local day; the key ensures that only one worker runs it."""

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]  # NULL long after the start: it failed, see the log
