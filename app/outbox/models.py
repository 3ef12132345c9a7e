"""The table of promises."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class OutboxMessage(Base):
    """Something to do outside the database. The payload holds ids, not names."""

    __tablename__ = "outbox_messages"
    __table_args__ = (Index("ix_outbox_messages_open", "delivered_at", "failed_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")  # the kind of fault, never a text of others
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]  # given up; the office sees it
