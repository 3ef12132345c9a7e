"""Requests that a published plan has left without a time."""

from collections.abc import Collection

from sqlalchemy import func, select

from app.bookings.models import BookingRequest
from app.bookings.requests import is_open
from app.extensions import db
from app.planner.models import PlannedTalk, PlanRun, RunState


def left_without_time(round_id: int, request_ids: Collection[int]) -> frozenset[int]:
    """Return which of these open requests have no time in the plan that was published last."""
    last = (
        select(func.max(PlanRun.id))
        .where(PlanRun.round_id == round_id, PlanRun.state == RunState.PUBLISHED)
        .scalar_subquery()
    )
    return frozenset(
        db.session.scalars(
            select(PlannedTalk.request_id)
            .join(BookingRequest, BookingRequest.id == PlannedTalk.request_id)
            .where(
                PlannedTalk.run_id == last,
                PlannedTalk.request_id.in_(request_ids),
                PlannedTalk.starts_at.is_(None),
                is_open(),
            )
        )
    )
