"""Checks before each change by a family: the talk is its own, and the round is open."""

from collections.abc import Set
from datetime import datetime

from flask_babel import gettext as _

from app.bookings import claims, policy
from app.bookings.models import Booking
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError, found
from app.core.i18n import local_day, moment_text
from app.extensions import db
from app.rounds.info import RoundInfo
from app.rounds.phases import accepts_bookings
from app.rounds.queries import load_round
from app.school.queries import Child, child_of


class RoundClosed(DomainError):
    """The round does not accept bookings or changes now."""


def open_round(actor: Actor, round_id: int, now: datetime) -> RoundInfo:
    """Return a round in which the actor may book now. Raises NotFoundError and RoundClosed."""
    round_ = load_round(round_id)
    refuse_closed(actor, round_, now)
    refuse_without_times(round_)
    return round_


def refuse_closed(actor: Actor, round_: RoundInfo, now: datetime) -> None:
    """Raise NotFoundError if the actor can never book here, RoundClosed if nobody can now."""
    if not policy.may_book_in(actor, round_.open_to, now):
        raise NotFoundError
    if accepts_bookings(round_, now):
        return
    if now < round_.opens_at:
        raise RoundClosed(
            _("You can choose times from %(moment)s.", moment=moment_text(round_.opens_at))
        )
    raise RoundClosed(_("Choosing times is no longer possible. Please call the school."))


def refuse_without_times(round_: RoundInfo) -> None:
    """Raise RoundClosed if families choose no times in this round."""
    if not round_.takes_bookings:
        raise RoundClosed(_("In this round the school plans the times. You can ask for talks."))


def lock_talk(booking_id: int, teachers: Set[int] = frozenset()) -> Booking:
    """Lock everybody whose table changes with a talk, plus these teachers; return the talk, reread.

    Raises NotFoundError.
    """
    booking = found(db.session.get(Booking, booking_id))
    claims.lock_child(booking.student_id, offers={booking.offer_id}, teachers=teachers)
    db.session.refresh(booking)
    return booking


def own_booking(actor: Actor, booking_id: int, now: datetime) -> tuple[Booking, Child]:
    """Return the actor's own talk and its child. Raises NotFoundError for other people's talks."""
    booking = found(db.session.get(Booking, booking_id))
    child = child_of(actor, booking.student_id, local_day(now))
    if booking.published_at is None or not policy.shares_talk(
        child.household_id, booking.household_id
    ):
        raise NotFoundError
    return booking, child


def refuse_begun(booking: Booking, now: datetime) -> None:
    """Raise RoundClosed if the talk has begun: past talks never change."""
    if booking.starts_at <= now:
        raise RoundClosed(_("This talk has begun. It can no longer be changed."))
