"""The demo's mailbox; a real school stores no mail."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.core.types import SeveralLines


class BoxedMail(Base):
    """A mail that the demo would have sent."""

    __tablename__ = "boxed_mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    recipient: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(SeveralLines)
    html: Mapped[str] = mapped_column(SeveralLines)
