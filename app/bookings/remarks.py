"""A family's remark for the teacher, with its own talk."""

from datetime import datetime

from flask_babel import gettext as _

from app.audit.actions import Action
from app.bookings import changes, policy
from app.bookings.changes import ChangedBy
from app.bookings.guards import lock_talk, own_booking, refuse_begun
from app.bookings.talks import TalkCancelled
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.core.transaction import transaction
from app.rounds.queries import load_round

REMARK_LENGTH = 500


class RemarkTooLong(DomainError):
    """More was written than a remark may have."""


def refuse_long(text: str) -> None:
    """Raise RemarkTooLong for more than ``REMARK_LENGTH`` characters."""
    if len(text) > REMARK_LENGTH:
        raise RemarkTooLong(
            _("This text is too long: %(most)d characters are the most.", most=REMARK_LENGTH)
        )


def set_remark(actor: Actor, booking_id: int, remark: str, *, now: datetime) -> None:
    """Save a short remark for the teacher with the actor's own talk; an empty one deletes it.

    Raises NotFoundError for a talk that is not the actor's, TalkCancelled, RoundClosed once it has begun,
    RemarkTooLong, and NotFoundError where the round takes no remarks.
    """
    refuse_long(remark.strip())
    with transaction():
        lock_talk(booking_id)
        booking, child = own_booking(actor, booking_id, now)
        if booking.cancelled_at is not None:
            raise TalkCancelled
        round_ = load_round(booking.round_id)
        if not (policy.may_book_in(actor, round_.open_to, now) and round_.teacher_remarks):
            raise NotFoundError
        if booking.household_id is None and not child.is_self:
            raise NotFoundError  # the student's own remark, which guardians cannot even read
        refuse_begun(booking, now)
        booking.remark = remark.strip()
        booking.changed_at = now
        # Log that there is a remark, never its text.
        changes.record(ChangedBy.family(actor), Action.BOOKING_REMARKED, booking, now=now)
