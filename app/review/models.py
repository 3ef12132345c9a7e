"""The table of what the office has to look at."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ReviewItem(Base):
    """Something in the school's data that was told to the office, or that it has dealt with.

    Only a mark: whether it still holds is read from the data each time. ``kind`` is a ReviewKind.
    ``subject`` names what it is about by our ids, such as "12-40", so the same fact stays settled
    and another one about the same person does not.
    """

    __tablename__ = "review_items"

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    settled_at: Mapped[datetime | None]
