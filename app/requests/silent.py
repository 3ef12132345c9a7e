"""Of which students nobody has said anything in a round."""

from sqlalchemy import ColumnElement, and_, exists

from app.bookings.models import Booking, BookingRequest
from app.bookings.requests import is_open
from app.requests.models import NoTalkNeeded
from app.rounds.models import Offer
from app.rounds.offers import is_bookable
from app.school.models import Student


def is_silent(round_id: int) -> ColumnElement[bool]:
    """Return the condition that a student can have a talk, and nobody booked, asked or wants none."""
    offered = exists().where(
        Offer.round_id == round_id, Offer.student_id == Student.id, is_bookable()
    )
    return and_(
        Student.ended_on.is_(None),
        offered,
        ~exists().where(
            Booking.round_id == round_id,
            Booking.student_id == Student.id,
            Booking.cancelled_at.is_(None),
        ),
        ~exists().where(
            BookingRequest.round_id == round_id,
            BookingRequest.student_id == Student.id,
            is_open(),
        ),
        ~exists().where(NoTalkNeeded.round_id == round_id, NoTalkNeeded.student_id == Student.id),
    )
