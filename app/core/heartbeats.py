"""Signs of life: when somebody last wrote to the database under a name."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.core.statements import dialect, insert_of, look, run
from app.core.transaction import transaction


class Heart(StrEnum):
    """Who gives signs of life; of several workers, any does."""

    SITE = "site"
    WORKER = "worker"


class Heartbeat(Base):
    """The last sign of life; there are as many rows as names."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


_LAST = select(Heartbeat.at).where(Heartbeat.name == bindparam("name"))


def beat(heart: Heart, *, now: datetime) -> None:
    """Give a sign of life. It is committed, so it also shows that the database can be written."""
    row = insert_of(Heartbeat, dialect()).values(name=heart, at=now)
    with transaction():
        run(row.on_conflict_do_update(index_elements=[Heartbeat.name], set_={"at": now}))


def last_beat(heart: Heart) -> datetime | None:
    """Return when the last sign of life was given, or None."""
    rows = look(_LAST, {"name": heart})
    return rows[0].at if rows else None
