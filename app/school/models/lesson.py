"""Who teaches which group in which weeks (lessenverdeling)."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class LessonKind(StrEnum):
    """A regular or a substitute teacher."""

    REGULAR = "regular"
    SUBSTITUTE = "substitute"


class Lesson(Base):
    """A teacher teaches a group from one week to another, both included.

    ISO weeks are text like "2026-W53", which sorts correctly across New Year.
    """

    __tablename__ = "lessons"
    __table_args__ = (
        UniqueConstraint("source", "source_id", "teacher_id", "from_week"),
        CheckConstraint("kind IN ('regular', 'substitute')", name="kind"),
        CheckConstraint("from_week <= to_week", name="weeks"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    group_id: Mapped[int] = mapped_column(ForeignKey("teaching_groups.id"), index=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"))
    teacher_id: Mapped[int] = mapped_column(ForeignKey("teachers.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("teachers.id"))
    kind: Mapped[str]
    from_week: Mapped[str]
    to_week: Mapped[str]
    hours: Mapped[int]
