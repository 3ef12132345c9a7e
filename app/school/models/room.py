"""Rooms for talks."""

from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Room(Base):
    """A room; an exclusive one holds one talk at a time, a hall many."""

    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    exclusive: Mapped[bool] = mapped_column(default=False)
