"""Files that are kept ready."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class EveningPack(Base):
    """An evening on paper, for when network or power is gone; made again when a talk changes."""

    __tablename__ = "evening_packs"

    evening_id: Mapped[int] = mapped_column(ForeignKey("evenings.id"), primary_key=True)
    marker: Mapped[str]  # of the state it shows: another one means that it is old
    made_at: Mapped[datetime]
    content: Mapped[bytes]
