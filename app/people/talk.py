"""One talk as the office changes it for a family."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.bookings.cells import Talk
from app.bookings.models import Booking
from app.bookings.talks import talks_for_mail
from app.core.errors import found
from app.extensions import db
from app.school.models import Student


@dataclass(frozen=True)
class OfficeTalk:
    """A talk, and the student and household it belongs to."""

    student_id: int
    round_id: int
    household_id: int | None
    student_left: bool  # is no longer at the school, so nobody reads a mail
    talk: Talk


def load_talk(booking_id: int, *, now: datetime) -> OfficeTalk:
    """Return one talk that families can see, even if cancelled. Raises NotFoundError."""
    row = found(
        db.session.execute(
            select(Booking.student_id, Booking.round_id, Booking.household_id, Student.ended_on)
            .join(Student, Student.id == Booking.student_id)
            .where(Booking.id == booking_id, Booking.published_at.is_not(None))
        ).one_or_none()
    )
    (talk,) = talks_for_mail([booking_id], now=now)
    return OfficeTalk(
        row.student_id, row.round_id, row.household_id, row.ended_on is not None, talk
    )
