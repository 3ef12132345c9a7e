"""Move a talk to another time; the old time is kept until the new one is claimed."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.bookings import attendees, changes, submissions
from app.bookings.changes import ChangedBy, Move
from app.bookings.guards import lock_talk, open_round, own_booking, refuse_begun
from app.bookings.models import Booking
from app.bookings.rules import Choice, TeacherGone, candidates_in, columns_for, wanted
from app.bookings.talks import TalkCancelled
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.core.i18n import moment_text, time_text
from app.core.transaction import retry_deadlock
from app.rounds.info import RoundInfo
from app.school.queries import Child


class CellTaken(DomainError):
    """Somebody else was first, or the family is busy at that time."""


@retry_deadlock
def move(actor: Actor, booking_id: int, choice: Choice, *, submission: str, now: datetime) -> int:
    """Move the actor's own talk to another time of the same teachers; return its id.

    Raises CellTaken if the new time is not free: the talk then keeps its old one. Raises
    TeacherGone if the column is missing or not offered any more, NotFoundError for a talk that is
    not the actor's or a cell of another teacher, TalkCancelled, and RoundClosed.
    """

    def move_it() -> dict[str, Any]:
        lock_talk(booking_id)
        booking, child = own_booking(actor, booking_id, now)
        round_ = open_round(actor, booking.round_id, now)
        refuse_begun(booking, now)
        relocate(ChangedBy.family(actor), round_, child, booking, choice, now=now)
        return {"moved": booking_id}

    form = submissions.Form(submission, actor, (booking_id, choice))
    return int(submissions.once(form, move_it, now=now)["moved"])


def relocate(
    by: ChangedBy,
    round_: RoundInfo,
    child: Child,
    booking: Booking,
    choice: Choice,
    *,
    now: datetime,
) -> None:
    """Move a talk to the chosen time. Raises like ``move``.

    The caller has locked the booking, checked permission, and opened the transaction.
    """
    if booking.cancelled_at is not None:
        raise TalkCancelled
    candidates = candidates_in(columns_for(round_, child), round_, [choice], now=now)
    if not candidates or not candidates[0].column.offered:
        raise TeacherGone(
            _("This teacher cannot be chosen like this any more. Look at what is there now.")
        )
    (candidate,) = candidates
    if candidate.column.key != booking.teacher_key:
        raise NotFoundError
    family = attendees.of_booking(child, booking.household_id)
    new = Move(booking, candidate.evening.id, wanted(candidate, family, booking.modality))
    if changes.move(by, [new], now=now):
        raise CellTaken(
            _(
                "%(time)s has just been taken. Your talk is still at %(old)s. Choose another time.",
                time=time_text(candidate.starts_at),
                old=moment_text(booking.starts_at),
            )
        )
