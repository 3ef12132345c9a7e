"""What was mailed to calendars of teachers."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Invitation(Base):
    """A talk that was mailed to a teacher's calendar, with the sequence that it has there."""

    __tablename__ = "invitations"

    booking_id: Mapped[int] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), primary_key=True
    )
    teacher_id: Mapped[int] = mapped_column(
        ForeignKey("teachers.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    sequence: Mapped[int]
