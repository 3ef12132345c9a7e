"""Book a replacement for a talk that the school called off."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select

from app.bookings import attendees, policy, requests
from app.bookings.calling_off import service as calling_off
from app.bookings.calling_off.queries import chosen_instead
from app.bookings.changes import ChangedBy
from app.bookings.guards import lock_talk, own_booking
from app.bookings.models import Booking, BookingRequest
from app.bookings.moving import CellTaken
from app.bookings.rules import Choice, columns_for
from app.bookings.service import place
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError, found
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.family.alternatives import colleague_keys, own_keys
from app.family.reasons import why_taken
from app.rounds.models import Offer, OfferTeacher, RoundState, teacher_ids_of
from app.rounds.queries import load_round


class AlreadyChosen(DomainError):
    """The family already has another talk instead of the one that was called off."""


@retry_deadlock
def take(actor: Actor, booking_id: int, slot_id: int, teacher_key: str, *, now: datetime) -> int:
    """Book a replacement with the same teacher or a colleague, and settle; return the booking id.

    Works even when families can no longer choose in the round, because the school took the talk
    away. If the colleague is not offered to this student yet, the same transaction creates the
    offer. Raises NotFoundError if the talk is not the actor's or was not called off, or if the
    teacher is no alternative; AlreadyChosen, CellTaken, TooManyTalks, TimesClash.
    """
    with transaction():
        # Of two taps of one family, whoever's, the second sees what the first did.
        lock_talk(booking_id, set(teacher_ids_of(teacher_key)))
        booking, child = own_booking(actor, booking_id, now)
        round_ = load_round(booking.round_id)
        may = round_.state is RoundState.PUBLISHED and policy.may_book_in(actor, round_.open_to)
        if not booking.called_off or not may:
            raise NotFoundError
        family = attendees.of_booking(child, booking.household_id)
        other = chosen_instead(booking)
        if other is not None and other.teacher_key != teacher_key:
            raise AlreadyChosen(_("You have chosen another talk already. Change it in My talks."))
        choice = Choice(slot_id, offer_for(booking, teacher_key))
        if teacher_key != booking.teacher_key:
            requests.withdraw_for(actor, booking, now=now)  # the colleague comes instead
        columns = columns_for(round_, child)
        by = ChangedBy.family(actor)
        result = place(by, round_, child, family, [choice], together=True, now=now, columns=columns)
        if not result.booked:
            # Raising rolls back the new offer too.
            raise CellTaken(why_taken(actor, round_, child, family, columns, choice, now=now))
        calling_off.settle(booking, now=now)
        return result.booked[0]


def offer_for(booking: Booking | BookingRequest, teacher_key: str) -> int:
    """Return the student's offer id for these teachers; create a colleague's offer if needed."""
    if teacher_key in own_keys(booking):
        return db.session.scalars(
            select(Offer.id)
            .where(
                Offer.round_id == booking.round_id,
                Offer.student_id == booking.student_id,
                Offer.teacher_key == teacher_key,
                Offer.offered,
            )
            .order_by(Offer.id)
            .limit(1)
        ).one()
    if teacher_key not in colleague_keys(booking):
        raise NotFoundError
    before = found(db.session.get(Offer, booking.offer_id))
    offer_id = db.session.scalars(
        insert(Offer).returning(Offer.id),
        [
            {
                "round_id": booking.round_id,
                "student_id": booking.student_id,
                "subject_code": before.subject_code,
                "teacher_key": teacher_key,
                "slots": before.slots,
                "in_package": False,
            }
        ],
    ).one()
    db.session.execute(
        insert(OfferTeacher), [{"offer_id": offer_id, "teacher_id": int(teacher_key)}]
    )
    return offer_id
