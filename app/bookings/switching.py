"""Switch a talk between what its round offers, at school or elsewhere; its time stays."""

from datetime import datetime

from flask_babel import gettext as _

from app.bookings import changes, office, policy
from app.bookings.changes import ChangedBy
from app.bookings.guards import RoundClosed, lock_talk, own_booking, refuse_begun
from app.bookings.mails import teachers as teacher_mails
from app.bookings.models import Booking
from app.bookings.talks import TalkCancelled
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.core.transaction import retry_deadlock, transaction
from app.rounds.info import RoundInfo
from app.rounds.models import Modality
from app.rounds.phases import accepts_switching, is_settled
from app.rounds.queries import load_round


class NotOffered(DomainError):
    """The round does not offer this, or no longer."""


class RoomTaken(DomainError):
    """The talk cannot be at school, because another one has the room then."""


@retry_deadlock
def switch(actor: Actor, booking_id: int, to: Modality, *, now: datetime) -> None:
    """Hold the actor's own talk in another way; a no-op if it is held so already.

    Raises NotOffered, RoomTaken, NotFoundError for a talk that is not the actor's, TalkCancelled,
    and RoundClosed from an hour before it. Teachers whose list was settled get a mail.
    """
    with transaction():
        lock_talk(booking_id)
        booking, _child = own_booking(actor, booking_id, now)
        round_ = load_round(booking.round_id)
        if not policy.may_book_in(actor, round_.open_to, now):
            raise NotFoundError
        if booking.cancelled_at is not None:
            raise TalkCancelled
        if booking.modality == to:
            return
        refuse_begun(booking, now)
        if not accepts_switching(round_, booking.starts_at, now):
            raise RoundClosed(
                _("Where the talk is can be changed until an hour before. Please call the school.")
            )
        _hold(ChangedBy.family(actor), round_, booking, to, now)


@retry_deadlock
def switch_for(actor: Actor, booking_id: int, to: Modality, *, reason: str, now: datetime) -> None:
    """Do the same as the office, for a family that calls, until the talk begins.

    Raises NotFoundError for anybody but the office, ReasonMissing, NotOffered, RoomTaken,
    TalkCancelled and RoundClosed.
    """
    by = office.because(actor, reason)
    with transaction():
        booking = lock_talk(booking_id)
        round_ = office.working_round(booking.round_id, now)
        if booking.cancelled_at is not None:
            raise TalkCancelled
        refuse_begun(booking, now)
        if booking.modality != to:
            _hold(by, round_, booking, to, now)


def _hold(by: ChangedBy, round_: RoundInfo, booking: Booking, to: Modality, now: datetime) -> None:
    if to not in round_.modalities:
        raise NotOffered(_("The school does not offer this any more. Choose something else."))
    before = booking.modality
    if changes.switch(by, [booking], to, now=now):
        raise RoomTaken(_("At this time another talk is in the room. This talk stays as it was."))
    if is_settled(round_, now):
        old = {booking.id: booking.starts_at}
        teacher_mails.promise(old, modalities={booking.id: before}, now=now)
