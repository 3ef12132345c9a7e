"""Talks, absences, and the claims that keep everybody in one place at a time."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.core.types import SeveralLines
from app.rounds.models import Modality


class Origin(StrEnum):
    """Who created a talk."""

    FAMILY = "family"
    OFFICE = "office"
    PLAN = "plan"


class Cause(StrEnum):
    """Why the school called a talk off."""

    ABSENT = "absent"  # the teacher is absent
    CHANGED = "changed"  # the round changed
    LEFT = "left"  # the teacher left the school


class ClaimKind(StrEnum):
    """What kind of resource a claim keeps busy for one tick."""

    PERSON = "person"
    TEACH = "teach"
    ROOM = "room"


class Booking(Base):
    """A reserved talk from ``starts_at`` to ``ends_at`` (UTC).

    It stores times, not a slot and a count: grids change, a confirmed time does not. A child has at
    most one live talk per teachers and household; Claim guards the time itself.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("origin IN ('family', 'office', 'plan')", name="origin"),
        # Two partial indexes: Alembic's batch mode would drop one with coalesce() on SQLite.
        Index(
            "uq_bookings_live",
            "round_id",
            "student_id",
            "teacher_key",
            "household_id",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL AND household_id IS NOT NULL"),
            postgresql_where=text("cancelled_at IS NULL AND household_id IS NOT NULL"),
        ),
        Index(
            "uq_bookings_live_without_household",
            "round_id",
            "student_id",
            "teacher_key",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL AND household_id IS NULL"),
            postgresql_where=text("cancelled_at IS NULL AND household_id IS NULL"),
        ),
        Index("ix_bookings_evening_id_teacher_key", "evening_id", "teacher_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)  # uid of the calendar event; never changes
    sequence: Mapped[int] = mapped_column(default=0)  # increases with its time or state (RFC 5546)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"), index=True)
    teacher_key: Mapped[str]
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"), index=True)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), index=True)
    evening_id: Mapped[int] = mapped_column(ForeignKey("evenings.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    modality: Mapped[str] = mapped_column(default=Modality.SITE)  # how they meet
    # Of an online talk, once a calendar has made one; "" until then.
    link: Mapped[str] = mapped_column(default="", server_default="")
    # For the teacher; deleted 30 days later.
    remark: Mapped[str] = mapped_column(SeveralLines, default="")
    origin: Mapped[str] = mapped_column(default=Origin.FAMILY)
    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    booked_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    # The Cause if the school called the talk off; the family still has to answer while
    # ``answered_at`` is NULL. '' for talks that are live or that somebody cancelled.
    called_off: Mapped[str] = mapped_column(default="", server_default="")
    answered_at: Mapped[datetime | None]


class BookingRequest(Base):
    """A talk that a family asks for without choosing a time.

    It is open until it is withdrawn or placed; a placed one has a booking. ``household_id`` as in
    Booking.
    """

    __tablename__ = "booking_requests"
    __table_args__ = (
        CheckConstraint("booking_id IS NULL OR withdrawn_at IS NULL", name="placed_or_withdrawn"),
        Index(
            "uq_booking_requests_live",
            "round_id",
            "student_id",
            "teacher_key",
            "household_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL AND household_id IS NOT NULL"),
            postgresql_where=text("withdrawn_at IS NULL AND household_id IS NOT NULL"),
        ),
        Index(
            "uq_booking_requests_live_without_household",
            "round_id",
            "student_id",
            "teacher_key",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL AND household_id IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL AND household_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"), index=True)
    teacher_key: Mapped[str]
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"), index=True)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)  # 0 is dearest to the family, per student
    is_long: Mapped[bool] = mapped_column(default=False)  # twice the time of the offer
    remark: Mapped[str] = mapped_column(SeveralLines, default="")  # for the teacher
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)


class Unavailability(Base):
    """A teacher is absent from ``starts_at`` to ``ends_at`` (UTC), whoever recorded it."""

    __tablename__ = "unavailabilities"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="times"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    teacher_id: Mapped[int] = mapped_column(ForeignKey("teachers.id"), index=True)
    evening_id: Mapped[int] = mapped_column(ForeignKey("evenings.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    by_office: Mapped[bool] = mapped_column(default=False)
    # Blocked as a whole evening with one tap, which one tap takes back; also what is left of it.
    whole_evening: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class Claim(Base):
    """One tick (five minutes) of a person, of a teacher's teaching, or of an exclusive room.

    The unique key enforces the rule: a person is in one place at a time, and a teacher teaches
    one talk at a time. Pages may check first, but only this key decides. ``tick`` counts
    five-minute intervals since the Unix epoch.
    """

    __tablename__ = "claims"
    __table_args__ = (
        UniqueConstraint("kind", "resource_id", "tick"),
        CheckConstraint("kind IN ('person', 'teach', 'room')", name="kind"),
        CheckConstraint(
            "(booking_id IS NULL) <> (unavailability_id IS NULL)", name="exactly_one_reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    resource_id: Mapped[int]  # id of a person, teacher or room, depending on kind
    tick: Mapped[int]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    unavailability_id: Mapped[int | None] = mapped_column(
        ForeignKey("unavailabilities.id"), index=True
    )


class Submission(Base):
    """A submitted form; submitting it again returns the stored answer and is a no-op."""

    __tablename__ = "submissions"

    token: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    work: Mapped[str]  # SHA-256 of the form's content
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    at: Mapped[datetime]
