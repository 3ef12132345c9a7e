"""Guardians, their links to children, and the households in which they come to talks."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    UniqueConstraint,
    false,
    func,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from app.core.database import Base
from app.school.models.person import Person
from app.school.models.source import FromSource


class Guardian(FromSource, Base):
    """The role of being responsible for a child.

    ``same_as_id`` means that the office merged this row of the source into that other guardian, who
    now has the children; this row has ended, and is kept for the source.
    """

    __tablename__ = "guardians"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    ended_on: Mapped[date | None]
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("guardians.id"), index=True)
    phone: Mapped[str] = mapped_column(default="", server_default="")  # for the office alone
    # The former person, until the office merged it with a teacher; kept so that it can be split.
    former_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), unique=True)

    person: Mapped[Person] = relationship(foreign_keys=person_id, lazy="raise")

    @classmethod
    def number(cls) -> ColumnElement[str]:
        """Return an expression for the telephone: a merged row's, where the own row has none."""
        merged = aliased(cls)
        its = select(func.max(merged.phone)).where(merged.same_as_id == cls.id)
        return func.coalesce(func.nullif(cls.phone, ""), its.scalar_subquery(), "").label("phone")


class ClosedReason(StrEnum):
    """Why a student is closed to a guardian."""

    NO_AUTHORITY = "no_authority"
    RELATIVE = "relative"
    SCHOOL = "school"  # the office decided


class Guardianship(Base):
    """The link between a guardian and a student.

    ``closed_reason`` is empty for an open link, else a ClosedReason.
    ``opened_at`` is set if the school opened a link that is closed by rule. For students of 18 or
    older the link is open only with ``opened_of_age``: opened since then, because an adult student
    must consent. ``school.age`` decides which links are open: the age rule needs a date.
    """

    __tablename__ = "guardianships"
    __table_args__ = (
        UniqueConstraint("student_id", "guardian_id"),
        CheckConstraint(
            "closed_reason IN ('', 'no_authority', 'relative', 'school')", name="closed_reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"))
    guardian_id: Mapped[int] = mapped_column(ForeignKey("guardians.id"), index=True)
    # The guardian in the source, if that row was merged into ``guardian_id``.
    via_id: Mapped[int | None] = mapped_column(ForeignKey("guardians.id"), index=True)
    relation: Mapped[str] = mapped_column(default="")
    legal_authority: Mapped[bool] = mapped_column(default=True)
    closed_reason: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime | None]
    opened_reason: Mapped[str] = mapped_column(default="")
    # What this row of the source says of the student: the guardians come apart.
    said_apart: Mapped[bool] = mapped_column(default=False, server_default=false())
    opened_of_age: Mapped[bool] = mapped_column(default=False, server_default=false())
    ended_at: Mapped[datetime | None]  # no longer in the source; kept for the history

    @classmethod
    def in_source(cls) -> ColumnElement[int]:
        """Return an expression for the guardian in the source."""
        return func.coalesce(cls.via_id, cls.guardian_id)


class Household(Base):
    """Guardians who come together, for one or more children."""

    __tablename__ = "households"

    id: Mapped[int] = mapped_column(primary_key=True)
    # The sorted ids of the guardians, "12-40": one household per distinct set.
    guardian_key: Mapped[str] = mapped_column(unique=True)


class HouseholdGuardian(Base):
    """A guardian of a household."""

    __tablename__ = "household_guardians"

    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), primary_key=True)
    guardian_id: Mapped[int] = mapped_column(
        ForeignKey("guardians.id"), primary_key=True, index=True
    )


class HouseholdStudent(Base):
    """A child of a household; in one per guardian if its guardians come apart."""

    __tablename__ = "household_students"

    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"), primary_key=True, index=True)
