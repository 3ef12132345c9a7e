"""What a family says about a round besides the talks it asks for."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.core.types import SeveralLines


class Preference(StrEnum):
    """Which part of an evening a family likes best."""

    NONE = ""
    EARLY = "early"
    LATE = "late"


class Wishes(Base):
    """What a family wishes of a round: a household, or a student who comes alone."""

    __tablename__ = "wishes"
    __table_args__ = (
        CheckConstraint("(household_id IS NULL) <> (student_id IS NULL)", name="whose"),
        CheckConstraint("preference IN ('', 'early', 'late')", name="preference"),
        Index(
            "uq_wishes_of_household",
            "round_id",
            "household_id",
            unique=True,
            sqlite_where=text("household_id IS NOT NULL"),
            postgresql_where=text("household_id IS NOT NULL"),
        ),
        Index(
            "uq_wishes_of_student",
            "round_id",
            "student_id",
            unique=True,
            sqlite_where=text("student_id IS NOT NULL"),
            postgresql_where=text("student_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), index=True)
    student_id: Mapped[int | None] = mapped_column(ForeignKey("students.id"), index=True)
    preference: Mapped[str] = mapped_column(default=Preference.NONE)
    remark: Mapped[str] = mapped_column(SeveralLines, default="")  # for the office
    handled_at: Mapped[datetime | None]  # the office has dealt with the remark
    changed_at: Mapped[datetime]


class AwayTime(Base):
    """A family cannot come from ``starts_at`` to ``ends_at`` (UTC) of an evening.

    The office may say so too, and overrule what the family said; it gives a reason for both.
    """

    __tablename__ = "away_times"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="times"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wishes_id: Mapped[int] = mapped_column(ForeignKey("wishes.id", ondelete="CASCADE"), index=True)
    evening_id: Mapped[int] = mapped_column(
        ForeignKey("evenings.id", ondelete="CASCADE"), index=True
    )
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    by_office: Mapped[bool] = mapped_column(default=False)
    overruled: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")


class NoTalkNeeded(Base):
    """A family said that it needs no talk about a child in a round."""

    __tablename__ = "no_talk_needed"
    __table_args__ = (
        Index(
            "uq_no_talk_needed",
            "round_id",
            "student_id",
            "household_id",
            unique=True,
            sqlite_where=text("household_id IS NOT NULL"),
            postgresql_where=text("household_id IS NOT NULL"),
        ),
        Index(
            "uq_no_talk_needed_without_household",
            "round_id",
            "student_id",
            unique=True,
            sqlite_where=text("household_id IS NULL"),
            postgresql_where=text("household_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"), index=True)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), index=True)
