"""The table of the log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class AuditEntry(Base):
    """One change. The actor is stored as plain values, because entries outlive accounts.

    So there are no foreign keys either. ``details`` never holds a remark, token or password.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_at", "at"),
        Index("ix_audit_entries_household_id_at", "household_id", "at"),
        Index("ix_audit_entries_student_id_at", "student_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str]  # "booking.booked", "session.signed_in"
    actor_person_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(default="")
    actor_role: Mapped[str] = mapped_column(default="")
    round_id: Mapped[int | None]
    student_id: Mapped[int | None]
    household_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class Attempts(Base):
    """How often something was attempted in a quarter of an hour, for ``app/audit/attempts.py``."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("quarter", "action", "network", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    quarter: Mapped[datetime]  # its beginning
    action: Mapped[str]
    network: Mapped[str]
    subject: Mapped[str]  # tells apart whom it concerns
    person_id: Mapped[int]  # who that is; 0 for nobody known
    number: Mapped[int] = mapped_column(default=1)
    told: Mapped[int] = mapped_column(default=0)  # how many of them the log tells
    line: Mapped[dict[str, Any]] = mapped_column(JSON)  # of the log, as it begins


@event.listens_for(AuditEntry, "before_update")
@event.listens_for(AuditEntry, "before_delete")
def _refuse(*_: object) -> None:
    raise RuntimeError("lines of the log are added, never changed")
