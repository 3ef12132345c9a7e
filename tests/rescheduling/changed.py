"""A round with talks, and what a change makes of them."""

from datetime import date, timedelta

from sqlalchemy import select

from app.bookings.models import Booking, Claim
from app.outbox.models import OutboxMessage
from app.rescheduling.service import Resolution
from tests.small_school import FIRST

KEEP, SWITCH, MOVE, CANCEL = Resolution
DAY = date(2027, 2, 9)


def at(minutes):
    """A moment of the evening, in minutes after 18.30."""
    return FIRST + timedelta(minutes=minutes)


def claims_of(db, booking_id):
    return {
        (row.kind, row.resource_id, row.tick)
        for row in db.scalars(select(Claim).where(Claim.booking_id == booking_id))
    }


def talk(db, booking_id):
    db.expire_all()
    return db.get(Booking, booking_id)


def promises(db):
    return [row.kind for row in db.scalars(select(OutboxMessage).order_by(OutboxMessage.id))]
