"""Give a time back and ask for the talk instead: the school plans it then."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings import changes
from app.bookings.changes import ChangedBy
from app.bookings.guards import RoundClosed, lock_talk, own_booking, refuse_begun
from app.bookings.talks import TalkCancelled
from app.core.access import Actor
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.requests.asking import asking_round, family_of
from app.requests.changes import Family, NewRequest
from app.rounds.models import Offer
from app.rounds.offers import is_bookable
from app.rounds.phases import accepts_cancelling


@retry_deadlock
def ask_instead(actor: Actor, booking_id: int, *, now: datetime) -> None:
    """Cancel the actor's own talk and ask for one with the same teachers, in one transaction.

    The maximum stays as it is: one talk goes, one request comes. Raises NotFoundError for a talk
    that is not the actor's or whose round takes no requests, TalkCancelled, NoRequests and
    RoundClosed.
    """
    with transaction():
        lock_talk(booking_id)
        booking, child = own_booking(actor, booking_id, now)
        round_ = asking_round(actor, booking.round_id, now)
        if booking.cancelled_at is not None:
            raise TalkCancelled
        refuse_begun(booking, now)
        if not accepts_cancelling(round_, now):
            raise RoundClosed(
                _("This talk can no longer be cancelled here. Please call the school.")
            )
        family_of(round_, child)  # who comes apart may not ask in every round
        offered = select(Offer.id).where(Offer.id == booking.offer_id, is_bookable())
        if db.session.scalar(offered) is None:
            raise RoundClosed(
                _("Nobody can ask for this teacher any more. Please call the school.")
            )
        by = ChangedBy.family(actor)
        changes.cancel(by, [booking], now=now)
        family = Family(by, round_, child, booking.household_id, now)
        if booking.teacher_key not in family.load_open():
            new = NewRequest(booking.offer_id, booking.teacher_key, remark=booking.remark)
            family.add([new])
