"""The tables of promises and of nightly jobs."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class OutboxMessage(Base):
    """Something to do outside the database; the payload holds ids, not names."""

    __tablename__ = "outbox_messages"
    __table_args__ = (Index("ix_outbox_messages_open", "delivered_at", "failed_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
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
