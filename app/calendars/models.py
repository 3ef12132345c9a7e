"""Calendars of teachers, and what we believe to stand in them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.calendars.providers import ProviderName
from app.core.database import Base


class CalendarKind(StrEnum):
    """What kind of calendar a teacher has."""

    MICROSOFT = ProviderName.MICROSOFT
    GOOGLE = ProviderName.GOOGLE
    ICAL = "ical"  # by mail and feed
    NONE = "none"


CONNECTED = (CalendarKind.MICROSOFT, CalendarKind.GOOGLE)
"""Calendars into which the site writes by itself."""


class TeacherCalendar(Base):
    """A teacher whose calendar is not of the school's usual kind, or has another address."""

    __tablename__ = "teacher_calendars"
    __table_args__ = (
        CheckConstraint("kind IN ('', 'microsoft', 'google', 'ical', 'none')", name="kind"),
    )

    teacher_id: Mapped[int] = mapped_column(
        ForeignKey("teachers.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(default="", index=True)  # "": as the school's
    account: Mapped[str] = mapped_column(default="")  # "": the teacher's mail address


class Mailbox(Base):
    """A calendar at a provider; its row is locked while a worker takes an entry of it."""

    __tablename__ = "mailboxes"
    __table_args__ = (UniqueConstraint("kind", "account"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account: Mapped[str]
    paused_until: Mapped[datetime | None]  # the provider asked to wait


class CalendarEntry(Base):
    """A talk in the calendar of one of its teachers.

    ``remote_id`` is the provider's id, "" while there is none that we know of. ``tried``: it may
    exist all the same, because an attempt to make it had no answer.
    """

    __tablename__ = "calendar_entries"
    __table_args__ = (UniqueConstraint("booking_id", "teacher_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    teacher_id: Mapped[int] = mapped_column(ForeignKey("teachers.id", ondelete="CASCADE"))
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailboxes.id"), index=True)
    generation: Mapped[int] = mapped_column(default=1)  # rises when the event is known to be gone
    tried: Mapped[bool] = mapped_column(default=False)
    unsure: Mapped[bool] = mapped_column(default=False)  # ``shown`` may not be what stands there
    doubtful: Mapped[bool] = mapped_column(default=False)  # to be removed, and not found yet
    remote_id: Mapped[str] = mapped_column(default="")
    shown: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # the event as it stands there
    link: Mapped[str] = mapped_column(default="")  # of the online meeting
    looks: Mapped[int] = mapped_column(default=0)  # how often a late link was looked for
    vanished: Mapped[bool] = mapped_column(default=False)  # made anew once already
    due_at: Mapped[datetime | None] = mapped_column(index=True)  # NULL: nothing to do
    noted_at: Mapped[datetime | None]  # when it became due at first
    leased_until: Mapped[datetime | None]  # a worker is at it
    attempts: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str] = mapped_column(default="")  # of the last attempt, for the log
    refusal: Mapped[str] = mapped_column(default="")  # a Refusal: why it fails, or has no link
    fault_since: Mapped[datetime | None]
    given_up: Mapped[bool] = mapped_column(default=False)  # until somebody asks to try again
