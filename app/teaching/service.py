"""What teachers confirm about their own evenings."""

from datetime import datetime

from flask_babel import gettext as _

from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import Actor, Role
from app.core.errors import DomainError, NotFoundError
from app.core.statements import dialect, insert_of
from app.core.transaction import transaction
from app.extensions import db
from app.rounds.models import RoundCheck
from app.teaching.queries import load_teaching


class NothingToCheck(DomainError):
    """Teachers are not asked to check this round now."""


def confirm_times(actor: Actor, round_id: int, *, now: datetime) -> None:
    """Record that the teacher confirms the own times in a round; idempotent.

    Raises NotFoundError if the teacher does not sit in the round, and NothingToCheck if teachers
    are not asked to check it now.
    """
    with transaction():
        own = [e for e in load_teaching(actor, now=now) if e.round_id == round_id]
        if not own:
            raise NotFoundError
        if not own[0].checking:
            raise NothingToCheck(_("Parents see this round already. Ask the office for a change."))
        added = db.session.execute(
            insert_of(RoundCheck, dialect())
            .values(round_id=round_id, teacher_id=actor.teacher_id, at=now)
            .on_conflict_do_nothing(index_elements=["round_id", "teacher_id"])
            .returning(RoundCheck.at)
        ).scalar()
        if added is not None:
            audit.record(
                actor,
                Action.ROUND_TIMES_CHECKED,
                now=now,
                role=Role.TEACHER,
                round_id=round_id,
                teacher_id=actor.teacher_id,
            )
