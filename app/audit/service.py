"""Write the log."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert

from app.audit.actions import Action
from app.audit.models import AuditEntry
from app.core.access import Actor
from app.core.purging import counted
from app.core.statements import run
from app.core.transaction import transaction

KEPT = timedelta(days=365)

_INSERT = insert(AuditEntry)


def record(
    actor: Actor | None,
    action: Action,
    *,
    now: datetime,
    role: str = "",
    round_id: int | None = None,
    student_id: int | None = None,
    household_id: int | None = None,
    **details: Any,
) -> None:
    """Add an entry in the transaction of the change; no actor means the site itself."""
    record_each(
        actor,
        action,
        [details],
        now=now,
        role=role,
        round_id=round_id,
        student_id=student_id,
        household_id=household_id,
    )


def record_each(
    actor: Actor | None,
    action: Action,
    each: Sequence[dict[str, Any]],
    *,
    now: datetime,
    role: str = "",
    round_id: int | None = None,
    student_id: int | None = None,
    household_id: int | None = None,
) -> None:
    """Add an entry for each set of details, in one statement, like ``record`` does for one."""
    with transaction():
        run(
            _INSERT,
            [
                {
                    "at": now,
                    "action": action,
                    "actor_person_id": actor.person_id if actor else None,
                    "actor_name": actor.name if actor else "",
                    "actor_role": role or (min(actor.roles, default="") if actor else ""),
                    "round_id": round_id,
                    "student_id": student_id,
                    "household_id": household_id,
                    "details": details,
                }
                for details in each
            ],
        )


def purge(*, now: datetime) -> dict[str, int]:
    """Delete entries older than a year; return the count. Nothing else deletes entries."""
    with transaction():
        return {"lines": counted(delete(AuditEntry).where(AuditEntry.at < now - KEPT))}
