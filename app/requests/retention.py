"""Retention of what families said of a round besides their requests."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update

from app.bookings.retention import REMARKS_KEPT
from app.core.i18n import local_day
from app.core.purging import counted, gone_by
from app.core.transaction import transaction
from app.requests.models import NoTalkNeeded, Wishes
from app.rounds.queries import rounds_over
from app.school.models import Student


def purge(*, now: datetime) -> dict[str, int]:
    """Delete remarks 30 days after the round, and wishes with its talks; return the counts."""
    gone = rounds_over(gone_by(local_day(now)))
    old = (Wishes.remark != "") & Wishes.round_id.in_(rounds_over(local_day(now - REMARKS_KEPT)))
    with transaction():
        return {
            "remarks": counted(update(Wishes).where(old).values(remark="")),
            "wishes": counted(delete(Wishes).where(Wishes.round_id.in_(gone)))
            + counted(delete(NoTalkNeeded).where(NoTalkNeeded.round_id.in_(gone))),
        }


def forget(person_ids: Collection[int]) -> None:
    """Delete what students among these people, or others about them, said of a round."""
    students = select(Student.id).where(Student.person_id.in_(person_ids))
    with transaction():
        for statement in (
            delete(Wishes).where(Wishes.student_id.in_(students)),
            delete(NoTalkNeeded).where(NoTalkNeeded.student_id.in_(students)),
        ):
            counted(statement)
