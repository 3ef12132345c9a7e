"""The table of the school's own settings, with one row."""

from sqlalchemy import CheckConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class School(Base):
    """The school's name, colour, logo and contact; there is one row, with id 1."""

    __tablename__ = "school"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[str]
    accent: Mapped[str] = mapped_column(default="#0f5c5c")
    logo: Mapped[bytes | None]
    logo_type: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="Europe/Amsterdam")
    contact_name: Mapped[str] = mapped_column(default="")
    contact_mail: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    students_read_je: Mapped[bool] = mapped_column(default=True)
    calendar: Mapped[str] = mapped_column(default="", server_default="")  # usual kind of teachers'
    invites_teachers: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Sites that may show a teacher's own list in a frame: "https://one https://two".
    frame_origins: Mapped[str] = mapped_column(default="", server_default="")
