"""A round with talks, and what a change makes of them."""

from datetime import date, timedelta

from sqlalchemy import select

from app.bookings.models import Booking, Claim
from app.outbox.models import OutboxMessage
from app.rescheduling.answers import Answer, Answers, Resolution
from app.rescheduling.conflicts import find_conflicts
from app.rescheduling.deciding import decide
from tests.small_school import FIRST

KEEP, SWITCH, MOVE, CANCEL = Resolution
DAY = date(2027, 2, 9)


def conflicts_of(round_id, spec, answers=None, *, now):
    """What the office is shown; without answers, it has to decide about each talk."""
    return decide(find_conflicts(round_id, spec, now=now), answers or Answers(), now=now)


def answers_of(shown, resolutions, rest):
    """What the page sends: for each talk, by booking id, what was chosen, with the shown time."""
    own = {}
    for it in shown:
        resolution = resolutions.get(it.talk.booking_id)
        if resolution is Resolution.MOVE:
            own[it.talk.key] = Answer(resolution, it.free_time and it.free_time.starts_at)
        elif resolution:
            own[it.talk.key] = Answer(resolution)
    return Answers(own, rest)


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
