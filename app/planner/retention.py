"""Retention of plans: they go with the talks of their round."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update

from app.core.i18n import local_day
from app.core.purging import counted, gone_by
from app.core.transaction import transaction
from app.planner.models import PlannedTalk, PlanRun, PlanSettings
from app.rounds.queries import rounds_over


def purge(*, now: datetime) -> dict[str, int]:
    """Delete plans, and how they were to be made, with the talks of their round."""
    gone = rounds_over(gone_by(local_day(now)))
    runs = select(PlanRun.id).where(PlanRun.round_id.in_(gone))
    with transaction():
        counted(delete(PlannedTalk).where(PlannedTalk.run_id.in_(runs)))
        counted(delete(PlanSettings).where(PlanSettings.round_id.in_(gone)))
        return {"plans": counted(delete(PlanRun).where(PlanRun.round_id.in_(gone)))}


def forget(person_ids: Collection[int]) -> None:
    """Forget that these people asked for plans; their planned talks go with their requests."""
    with transaction():
        counted(update(PlanRun).where(PlanRun.asked_by_id.in_(person_ids)).values(asked_by_id=None))
