"""Write the log."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_

from app.audit.actions import ATTEMPT, Action
from app.audit.models import AuditEntry
from app.core import compiled
from app.core.access import Actor
from app.core.purging import counted
from app.core.transaction import transaction

KEPT = timedelta(days=365)
ATTEMPTS_KEPT = timedelta(days=90)
"""Of attempts to get in that failed: long enough to look back, and also about strangers."""

_IDS = ("round_id", "student_id", "household_id")


def record(
    actor: Actor | None, action: Action, *, now: datetime, role: str = "", **about: Any
) -> None:
    """Add an entry in the transaction of the change; no actor means the site itself.

    ``about`` may hold ``round_id``, ``student_id`` and ``household_id``, by which entries are
    found; all else goes into the details.
    """
    ids = {name: about.pop(name) for name in _IDS if name in about}
    record_each(actor, action, [about], now=now, role=role, **ids)


def record_each(
    actor: Actor | None,
    action: Action,
    each: Sequence[dict[str, Any]],
    *,
    now: datetime,
    role: str = "",
    **ids: int | None,
) -> None:
    """Add an entry for each set of details, in one statement, like ``record`` does for one."""
    entry = entry_of(actor, action, now=now, role=role) | ids
    with transaction():
        compiled.insert(AuditEntry, [{**entry, "details": details} for details in each])


def entry_of(
    actor: Actor | None, action: Action, *, now: datetime, role: str = ""
) -> dict[str, Any]:
    """Return the columns of an entry, without details."""
    return {
        "at": now,
        "action": action,
        "actor_person_id": actor.person_id if actor else None,
        "actor_name": actor.name if actor else "",
        "actor_role": role or (min(actor.roles, default="") if actor else ""),
        **dict.fromkeys(_IDS),
    }


def purge(*, now: datetime) -> dict[str, int]:
    """Delete entries that are too old; return the count. Nothing else deletes entries."""
    is_attempt = AuditEntry.action.startswith(ATTEMPT)
    old = or_(AuditEntry.at < now - KEPT, is_attempt & (AuditEntry.at < now - ATTEMPTS_KEPT))
    with transaction():
        return {"lines": counted(delete(AuditEntry).where(old))}
