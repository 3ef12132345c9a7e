"""Book, move and cancel talks as the office, for a family that calls the school.

The rules and claims are those of the family's own clicks, but the office may also act before
booking opens and after it closes, and may exceed the maximum with a reason. Nobody can change
the past.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _

from app.bookings import attendees, changes, claims
from app.bookings.changes import ChangedBy
from app.bookings.guards import RoundClosed, lock_talk, refuse_begun
from app.bookings.mails import teachers as teacher_mails
from app.bookings.moving import CellTaken, relocate
from app.bookings.rules import Choice, TooManyTalks
from app.bookings.service import Result, place
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.core.i18n import moment_text
from app.core.transaction import retry_deadlock, transaction
from app.rounds.info import RoundInfo
from app.rounds.models import Participants
from app.rounds.phases import Phase, is_settled
from app.rounds.queries import load_round
from app.school.homes import child_at, children_at
from app.school.queries import Child

WORKING = frozenset({Phase.ANNOUNCED, Phase.OPEN, Phase.CLOSED})
"""The phases in which the office books: families know of the round, and it is not over."""


class ReasonMissing(DomainError):
    """The office changes a family's talks, or exceeds the maximum, without giving a reason."""


@retry_deadlock
def book_for(
    actor: Actor,
    round_id: int,
    student_id: int,
    household_id: int | None,
    choices: Sequence[Choice],
    *,
    reason: str,
    beyond_maximum: bool,
    now: datetime,
) -> Result:
    """Book those choices that are free for a household of the child; idempotent.

    ``reason`` may be empty within the maximum. Raises NotFoundError for anybody but the office
    and for a household that is not the child's, ReasonMissing, RoundClosed, TooManyTalks,
    TimesChanged and TimesClash; then nothing has changed.
    """
    refuse_others(actor)
    by = ChangedBy.office(actor, reason.strip())
    if beyond_maximum and not by.reason:
        raise ReasonMissing(_("Give a reason why this child gets more talks than the others."))
    with transaction():
        claims.lock_child(student_id, offers={choice.offer_id for choice in choices})
        round_ = working_round(round_id, now)
        child = coming_child(round_, student_id, household_id)
        family = attendees.of_child(round_, child)
        try:
            result = place(
                by,
                round_,
                child,
                family,
                choices,
                together=False,
                now=now,
                beyond_maximum=beyond_maximum,
            )
        except TooManyTalks as error:
            raise TooManyTalks(
                _(
                    "A child can have %(max)d talks in this round. For more, tick “More than the "
                    "maximum” and give a reason.",
                    max=round_.max_per_child,
                )
            ) from error
        _tell_teachers(round_, dict.fromkeys(result.booked), now)
        return result


@retry_deadlock
def move_for(actor: Actor, booking_id: int, choice: Choice, *, reason: str, now: datetime) -> None:
    """Move a family's talk to another time of the same teachers.

    Raises CellTaken if the new time is not free: the talk then keeps its old one. Raises
    NotFoundError for anybody but the office and for a cell of another teacher, TeacherGone,
    ReasonMissing and RoundClosed.
    """
    by = because(actor, reason)
    with transaction():
        booking = lock_talk(booking_id)
        round_ = working_round(booking.round_id, now)
        refuse_begun(booking, now)
        (child,) = children_at([booking.student_id], booking.household_id)
        starts_at = booking.starts_at
        try:
            relocate(by, round_, child, booking, choice, now=now)
        except CellTaken as error:
            raise CellTaken(
                _(
                    "This time is not free: the teacher or the family sits elsewhere. "
                    "The talk is still at %(time)s. Choose another time.",
                    time=moment_text(starts_at),
                )
            ) from error
        _tell_teachers(round_, {booking_id: starts_at}, now)


@retry_deadlock
def cancel_for(actor: Actor, booking_id: int, *, reason: str, now: datetime) -> None:
    """Cancel a family's talk and free its time; a no-op if it is cancelled already.

    Raises NotFoundError for anybody but the office, ReasonMissing and RoundClosed.
    """
    by = because(actor, reason)
    with transaction():
        booking = lock_talk(booking_id)
        refuse_begun(booking, now)
        changes.cancel(by, [booking], now=now)
        _tell_teachers(load_round(booking.round_id), {booking_id: booking.starts_at}, now)


def coming_child(round_: RoundInfo, student_id: int, household_id: int | None) -> Child:
    """Return the child with those who attend its talks in a round: nobody, or one household.

    Raises NotFoundError for a household that is not the child's.
    """
    if round_.participants is Participants.STUDENT:
        return children_at([student_id], None)[0]
    return child_at(student_id, household_id)


def working_round(round_id: int, now: datetime) -> RoundInfo:
    """Return a round in which the office can book. Raises NotFoundError and RoundClosed."""
    round_ = load_round(round_id)
    if round_.phase(now) not in WORKING:
        raise RoundClosed(
            _("This round is in the archive.")
            if round_.phase(now) is Phase.ARCHIVED
            else _(
                "Families do not see this round yet. Make it visible first, then reserve for them."
            )
        )
    return round_


def _tell_teachers(round_: RoundInfo, old: Mapping[int, datetime | None], now: datetime) -> None:
    """Promise mails to teachers once families can change nothing; before, it would be too many."""
    if is_settled(round_, now):
        teacher_mails.promise(old, now=now)


def refuse_others(actor: Actor) -> None:
    """Raise NotFoundError for anybody but the office."""
    if not actor.is_office:
        raise NotFoundError


def because(actor: Actor, reason: str) -> ChangedBy:
    """Describe a change by the office that needs a reason.

    Raises NotFoundError for anybody else, and ReasonMissing.
    """
    refuse_others(actor)
    if not reason.strip():
        raise ReasonMissing(_("Give a reason. Your colleagues find it in the log."))
    return ChangedBy.office(actor, reason.strip())
