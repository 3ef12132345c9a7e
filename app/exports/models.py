"""Files that are stored ready for use."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class EveningPack(Base):
    """A printable evening for when network or power is down; rebuilt when a talk changes."""

    __tablename__ = "evening_packs"

    evening_id: Mapped[int] = mapped_column(ForeignKey("evenings.id"), primary_key=True)
    marker: Mapped[str]  # of the content; the pack is stale when the current marker differs
    made_at: Mapped[datetime]
    content: Mapped[bytes]
