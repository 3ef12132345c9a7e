"""People, and the roles of students and teachers."""

from datetime import date

from sqlalchemy import ColumnElement, ForeignKey, String, false, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base
from app.school.models.source import FromSource
from app.school.names import full_name


class Person(Base):
    """A person; several of the roles student, teacher and guardian can refer to the same one.

    ``revision`` increases with every change to the person's talks and times, in any role.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    salutation: Mapped[str] = mapped_column(default="")  # "mevr." or "dhr.", if the source has it
    given_name: Mapped[str] = mapped_column(default="")
    prefix: Mapped[str] = mapped_column(
        default=""
    )  # tussenvoegsel, only where the source splits it
    family_name: Mapped[str] = mapped_column(default="")
    # Computed by school/names.py whenever a name is written.
    # Between its parts stands a sign that sorts before all letters.
    sort_key: Mapped[str] = mapped_column(String, index=True)
    search_key: Mapped[str]
    email: Mapped[str] = mapped_column(default="")  # as imported, trimmed
    email_key: Mapped[str] = mapped_column(default="", index=True)  # only for comparing
    language: Mapped[str] = mapped_column(default="nl")  # as imported
    own_language: Mapped[str] = mapped_column(default="", server_default="")  # chosen on the site
    ended_on: Mapped[date | None]  # when the last role ended, in a source or of the office
    revision: Mapped[int] = mapped_column(default=0, server_default="0")

    @classmethod
    def reads(cls) -> ColumnElement[str]:
        """Return an expression for the language to write in: the person's choice comes first."""
        return func.coalesce(func.nullif(cls.own_language, ""), cls.language).label("language")

    @property
    def full_name(self) -> str:
        """The full name, as colleagues read it."""
        return full_name(self.given_name, self.prefix, self.family_name)


class Student(FromSource, Base):
    """The role of a student."""

    __tablename__ = "students"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    ended_on: Mapped[date | None]
    number: Mapped[str] = mapped_column(index=True)
    birth_date: Mapped[date | None]  # only for the age rules and for matching
    home_class_id: Mapped[int | None] = mapped_column(ForeignKey("home_classes.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    apart: Mapped[bool] = mapped_column(default=False)  # the guardians come to the school apart
    # What the student's row of the source says; a guardian's row can say so too.
    said_apart: Mapped[bool] = mapped_column(default=False, server_default=false())
    apart_in_source: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Why the office overrode the source; empty if the source's value holds.
    apart_reason: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship(lazy="raise")


class Teacher(FromSource, Base):
    """The role of a teacher."""

    __tablename__ = "teachers"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    ended_on: Mapped[date | None]
    code: Mapped[str] = mapped_column(index=True)
    # Where talks are that are held at the teacher's own link; no import gives or takes it.
    link: Mapped[str] = mapped_column(default="", server_default="")

    person: Mapped[Person] = relationship(lazy="raise")
