"""What becomes of a plan in the round as it is now."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select

from app.bookings.models import Booking, BookingRequest
from app.extensions import db
from app.planner.grid import Times
from app.planner.models import PlannedTalk
from app.planner.problem import Fixed, Problem
from app.planner.refit import refit
from app.planner.snapshot import Snapshot

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class PlanChange:
    """A request of the plan, and where it is to be (UTC); ``booking`` moves there from ``before``."""

    request: BookingRequest
    booking: Booking | None
    before: datetime | None
    times: Times


def planned_talks(run_id: int, only: Set[int] | None) -> Mapping[int, PlannedTalk]:
    """Return what the plan has placed and nobody has published, by request."""
    rows = db.session.scalars(
        select(PlannedTalk).where(
            PlannedTalk.run_id == run_id,
            PlannedTalk.starts_at.is_not(None),
            PlannedTalk.booking_id.is_(None),
        )
    )
    return {it.request_id: it for it in rows if only is None or it.request_id in only}


def changes_of(
    snapshot: Snapshot, planned: Mapping[int, PlannedTalk], stay: Set[int]
) -> Sequence[PlanChange]:
    """Return what becomes of the plan in the round as it is now.

    What is not free any more, or no time of the round, is placed elsewhere. Requests that came
    since wait for the next night. Talks of earlier nights that this plan does not name stay.
    """
    grid = snapshot.grid
    rows = {
        f"q{it.id}": it
        for it in db.session.scalars(
            select(BookingRequest).where(BookingRequest.round_id == snapshot.round.id)
        )
    }
    going = [it for it in planned.values() if rows[f"q{it.request_id}"].booking_id not in stay]
    targets = {
        f"q{it.request_id}": cell
        for it in going
        if (cell := grid.starts.get(it.starts_at or _NEVER))
    }
    problem = _with_only(snapshot.problem, {f"q{it.request_id}" for it in going})
    by_id = {it.id: it for it in problem.wanted}
    changing = []
    for placement in refit(problem, targets).placements:
        its, row = by_id[placement.request], rows[placement.request]
        if placement.cell != its.announced:
            booking = db.session.get_one(Booking, row.booking_id) if its.announced else None
            before = booking.starts_at if booking else None
            changing.append(
                PlanChange(row, booking, before, grid.times(placement.cell, its.length))
            )
    return changing


def _with_only(problem: Problem, wanted: Collection[str]) -> Problem:
    """Return a problem with these requests alone; the other talks of earlier nights stay."""
    staying = [
        Fixed(f"b-{it.id}", it.party, it.child, it.teachers, it.length, it.announced)
        for it in problem.wanted
        if it.announced and it.id not in wanted
    ]
    return replace(
        problem,
        wanted=[it for it in problem.wanted if it.id in wanted],
        fixed=[*problem.fixed, *staying],
    )
