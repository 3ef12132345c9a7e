"""Requests that cannot be planned any more: the student left, or the teacher is not offered."""

from sqlalchemy import func, or_, select

from app.bookings.models import BookingRequest
from app.bookings.requests import is_open
from app.extensions import db
from app.rounds.models import Offer
from app.rounds.offers import is_bookable
from app.school.models import Student


def count_hindered(round_id: int) -> int:
    """Return how many requests of a round wait for a talk that cannot be planned."""
    hindered = (
        select(func.count(BookingRequest.id))
        .join(Offer, Offer.id == BookingRequest.offer_id)
        .join(Student, Student.id == BookingRequest.student_id)
        .where(
            BookingRequest.round_id == round_id,
            is_open(),
            or_(Student.ended_on.is_not(None), ~is_bookable()),
        )
    )
    return db.session.scalar(hindered) or 0
