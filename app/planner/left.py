"""What is left: requests without a time in a published plan, and a plan that nobody published."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select

from app.bookings.models import BookingRequest
from app.bookings.requests import is_open
from app.extensions import db
from app.planner.models import ACTIVE, PlannedTalk, PlanRun, RunState
from app.planner.plan import NotPlaced


def last_published(round_id: int, *, but: int = 0) -> int | None:
    """Return the id of the plan of a round that was published last and stands, apart from one."""
    return db.session.scalar(
        select(func.max(PlanRun.id)).where(
            PlanRun.round_id == round_id, PlanRun.state == RunState.PUBLISHED, PlanRun.id != but
        )
    )


def left_without_time(run_id: int | None, request_ids: Collection[int]) -> Mapping[int, NotPlaced]:
    """Return which of these open requests have no time in a published plan, and why."""
    rows = db.session.execute(
        select(PlannedTalk.request_id, PlannedTalk.reason)
        .join(BookingRequest, BookingRequest.id == PlannedTalk.request_id)
        .where(
            PlannedTalk.run_id == run_id,
            PlannedTalk.request_id.in_(request_ids),
            PlannedTalk.starts_at.is_(None),
            is_open(),
        )
    )
    return {request_id: NotPlaced(reason) for request_id, reason in rows}


def without_time(run_id: int) -> frozenset[int]:
    """Return the requests that the plan leaves without a time."""
    return frozenset(
        db.session.scalars(
            select(PlannedTalk.request_id).where(
                PlannedTalk.run_id == run_id, PlannedTalk.starts_at.is_(None)
            )
        )
    )


def waiting_plan(round_id: int) -> int | None:
    """Return the latest plan of a round, if it places talks and waits to be published."""
    run = db.session.execute(
        select(PlanRun.id, PlanRun.state)
        .where(PlanRun.round_id == round_id, PlanRun.state.not_in((*ACTIVE, RunState.FAILED)))
        .order_by(PlanRun.id.desc())
        .limit(1)
    ).first()
    if run is None or run.state != RunState.DONE:
        return None
    placed = select(PlannedTalk.id).where(
        PlannedTalk.run_id == run.id, PlannedTalk.starts_at.is_not(None)
    )
    return run.id if db.session.scalar(placed.limit(1)) else None
