"""Branches, departments, classes, subjects and group memberships."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.school.models.source import FromSource


class Branch(FromSource, Base):
    """A site of the school."""

    __tablename__ = "branches"

    name: Mapped[str]


class Department(FromSource, Base):
    """A year and level, such as h2 (afdeling)."""

    __tablename__ = "departments"

    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    code: Mapped[str]
    year: Mapped[int | None]
    level: Mapped[str] = mapped_column(default="")


class HomeClass(FromSource, Base):
    """A home class, such as h2a (stamklas); branches can share names, but not keys."""

    __tablename__ = "home_classes"

    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    tutor_id: Mapped[int | None] = mapped_column(ForeignKey("teachers.id"))
    name: Mapped[str]


class Subject(Base):
    """A subject (vak)."""

    __tablename__ = "subjects"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Enrolment(Base):
    """A student takes a subject (pakketvak)."""

    __tablename__ = "enrolments"

    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"), primary_key=True)


class TeachingGroup(FromSource, Base):
    """Students who take one subject together (lesgroep)."""

    __tablename__ = "teaching_groups"

    name: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"), index=True)


class GroupMember(Base):
    """A student of a teaching group."""

    __tablename__ = "group_members"

    group_id: Mapped[int] = mapped_column(ForeignKey("teaching_groups.id"), primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"), primary_key=True, index=True)
