"""The office deals with what families said."""

from datetime import datetime

from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import Actor
from app.core.errors import NotFoundError, found
from app.core.transaction import transaction
from app.extensions import db
from app.requests.models import Wishes


def handle(actor: Actor, wishes_id: int, *, handled: bool, now: datetime) -> int:
    """Note that a family's remark is dealt with, or not yet; return the id of its round.

    Raises NotFoundError for anybody but the office.
    """
    if not actor.is_office:
        raise NotFoundError
    with transaction():
        row = found(db.session.get(Wishes, wishes_id))
        if (row.handled_at is not None) != handled:
            row.handled_at = now if handled else None
            audit.record(
                actor,
                Action.REQUEST_HANDLED if handled else Action.REQUEST_NOT_HANDLED,
                now=now,
                round_id=row.round_id,
                household_id=row.household_id,
                student_id=row.student_id,
            )
        return row.round_id
