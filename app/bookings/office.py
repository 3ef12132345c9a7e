"""The office's first look: every round with how full it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from app.bookings.models import Booking
from app.extensions import db
from app.rounds.models import Offer
from app.rounds.phases import Phase
from app.rounds.queries import RoundInfo, list_rounds


@dataclass(frozen=True)
class OfficeRound:
    """A round, its phase, and how many talks there are of how many families could have."""

    round: RoundInfo
    phase: Phase
    students: int  # with at least one teacher to talk to
    booked: int
    families: int  # students about whom at least one talk is booked


def load_rounds(*, now: datetime) -> tuple[OfficeRound, ...]:
    """Return every round with its figures, the latest evening first."""
    students = _counts(
        select(Offer.round_id, func.count(Offer.student_id.distinct()))
        .where(Offer.offered)
        .group_by(Offer.round_id)
    )
    live = Booking.cancelled_at.is_(None)
    booked = _counts(select(Booking.round_id, func.count()).where(live).group_by(Booking.round_id))
    families = _counts(
        select(Booking.round_id, func.count(Booking.student_id.distinct()))
        .where(live)
        .group_by(Booking.round_id)
    )
    return tuple(
        OfficeRound(
            round_,
            round_.phase(now),
            students.get(round_.id, 0),
            booked.get(round_.id, 0),
            families.get(round_.id, 0),
        )
        for round_ in list_rounds()
    )


def _counts(statement: Select[int, int]) -> dict[int, int]:
    return {row[0]: row[1] for row in db.session.execute(statement)}
