"""The tables of rounds: evenings, times, rooms, and who may talk with whom."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from secrets import token_hex
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.core.types import SeveralLines


def new_times_key() -> str:
    """Return a key that no round has had before."""
    return token_hex(12)


class Participants(StrEnum):
    """Who attends the talks, and whose time they take."""

    GUARDIANS = "guardians"
    STUDENT = "student"


class OpenTo(StrEnum):
    """Who may book."""

    GUARDIANS = "guardians"
    STUDENTS = "students"
    BOTH = "both"


class Mode(StrEnum):
    """How families come to talks."""

    TIMES = "times"  # they choose times, first come, first served
    REQUESTS = "requests"  # they ask, and the school plans
    BOTH = "both"


class RoundState(StrEnum):
    """The school's decision; whether booking is open also depends on the dates (phases.py)."""

    DRAFT = "draft"
    CHECK = "check"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Modality(StrEnum):
    """How family and teacher meet."""

    SITE = "site"  # at school
    TEAMS = "teams"
    MEET = "meet"  # Google Meet
    OWN_LINK = "own_link"  # the teacher's own, always the same
    PHONE = "phone"  # the school calls


MEETINGS = frozenset({Modality.TEAMS, Modality.MEET})
"""Meetings that a teacher's calendar makes, each with a link of its own."""


class Round(Base):
    """A round of talks (oudercontact, leerlingcontact)."""

    __tablename__ = "rounds"
    __table_args__ = (
        CheckConstraint("participants IN ('guardians', 'student')", name="participants"),
        CheckConstraint("open_to IN ('guardians', 'students', 'both')", name="open_to"),
        CheckConstraint("state IN ('draft', 'check', 'published', 'archived')", name="state"),
        CheckConstraint("mode IN ('times', 'requests', 'both')", name="mode"),
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        CheckConstraint("max_per_child >= 1", name="max_per_child"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    explanation: Mapped[str] = mapped_column(SeveralLines, default="")
    participants: Mapped[str] = mapped_column(default=Participants.GUARDIANS)
    open_to: Mapped[str] = mapped_column(default=OpenTo.GUARDIANS)
    state: Mapped[str] = mapped_column(default=RoundState.DRAFT)
    timetable_visible: Mapped[bool] = mapped_column(default=True)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    cancel_until: Mapped[datetime]
    max_per_child: Mapped[int] = mapped_column(default=3)
    walking_minutes: Mapped[int] = mapped_column(default=0)  # less between two talks warns
    teachers_may_block: Mapped[bool] = mapped_column(default=False)
    teachers_block_until: Mapped[datetime | None]
    reference_week: Mapped[str]  # ISO week, "2027-W05": its lessons say who teaches whom
    # What families may choose from, "site,teams": a talk is booked as the first one.
    modalities: Mapped[str] = mapped_column(default=Modality.SITE)
    mode: Mapped[str] = mapped_column(default=Mode.TIMES, server_default=Mode.TIMES)
    teacher_remarks: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Of requests: a remark to the scheduler, talks of twice the time, and whether guardians who
    # come apart may each ask by themselves.
    office_remarks: Mapped[bool] = mapped_column(default=False, server_default=false())
    long_talks: Mapped[bool] = mapped_column(default=False, server_default=false())
    apart_requests: Mapped[bool] = mapped_column(default=True, server_default=true())
    # When the worker takes the next step by itself; without a date the office does it by hand.
    check_at: Mapped[datetime | None]
    publish_at: Mapped[datetime | None]
    archive_at: Mapped[datetime | None]
    # Each group is told once, even if the round goes back a step and returns.
    teachers_told_at: Mapped[datetime | None]
    families_told_at: Mapped[datetime | None]
    # Renewed with each change to evenings, slots, breaks or rooms; processes cache them by it. Also
    # with the name, which packs bear.
    times_key: Mapped[str] = mapped_column(default=new_times_key)


@lru_cache(maxsize=64)
def modalities_of(column: str) -> tuple[Modality, ...]:
    """Return the modalities that ``Round.modalities`` stands for."""
    return tuple(Modality(part) for part in column.split(","))


ENUMS: Mapping[str, Callable[[str], Any]] = {
    "participants": Participants,
    "open_to": OpenTo,
    "state": RoundState,
    "mode": Mode,
    "modalities": modalities_of,
}
"""Columns of a round that hold values of an enum, and how to read them."""


class RoundClass(Base):
    """A home class that takes part."""

    __tablename__ = "round_classes"

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    home_class_id: Mapped[int] = mapped_column(
        ForeignKey("home_classes.id"), primary_key=True, index=True
    )


class RoundCheck(Base):
    """A teacher confirmed the own times in a round."""

    __tablename__ = "round_checks"

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    teacher_id: Mapped[int] = mapped_column(ForeignKey("teachers.id"), primary_key=True, index=True)
    at: Mapped[datetime]


class Evening(Base):
    """One date of a round; times of day are the school's local times, as "18:30"."""

    __tablename__ = "evenings"
    __table_args__ = (UniqueConstraint("round_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    day: Mapped[date]
    first_start: Mapped[str]
    end: Mapped[str]
    talk_minutes: Mapped[int]
    gap_minutes: Mapped[int] = mapped_column(default=0)


class Break(Base):
    """A break in an evening for all teachers; local times as in Evening."""

    __tablename__ = "breaks"

    id: Mapped[int] = mapped_column(primary_key=True)
    evening_id: Mapped[int] = mapped_column(ForeignKey("evenings.id"), index=True)
    start: Mapped[str]
    end: Mapped[str]


class Slot(Base):
    """A time at which a talk can begin; the grid creates it."""

    __tablename__ = "slots"
    __table_args__ = (UniqueConstraint("evening_id", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    evening_id: Mapped[int] = mapped_column(ForeignKey("evenings.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class EveningRoom(Base):
    """The room in which a teacher sits on an evening."""

    __tablename__ = "evening_rooms"

    evening_id: Mapped[int] = mapped_column(ForeignKey("evenings.id"), primary_key=True)
    teacher_id: Mapped[int] = mapped_column(ForeignKey("teachers.id"), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), index=True)


class Offer(Base):
    """An offer: this student may talk with these teachers about this subject.

    ``teacher_key`` holds the sorted ids of the teachers, "7" or "7-12". A student's offers with
    the same key share one column and one talk, which names all their subjects.
    """

    __tablename__ = "offers"
    __table_args__ = (
        UniqueConstraint("round_id", "student_id", "subject_code", "teacher_key"),
        Index("ix_offers_student_id", "student_id"),
        CheckConstraint("slots >= 1", name="slots"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"))
    subject_code: Mapped[str] = mapped_column(default="")  # "" if about no subject
    teacher_key: Mapped[str]
    slots: Mapped[int] = mapped_column(default=1)  # length of the talk in slots
    offered: Mapped[bool] = mapped_column(default=True)
    in_package: Mapped[bool] = mapped_column(default=True)
    priority: Mapped[int] = mapped_column(default=1)


class OfferTeacher(Base):
    """A teacher of an offer; position 0 is named first."""

    __tablename__ = "offer_teachers"

    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"), primary_key=True)
    teacher_id: Mapped[int] = mapped_column(ForeignKey("teachers.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)


def teacher_ids_of(teacher_key: str) -> tuple[int, ...]:
    """Return the teachers that a ``teacher_key`` stands for: "12-31" is 12 and 31."""
    return tuple(int(part) for part in teacher_key.split("-"))
