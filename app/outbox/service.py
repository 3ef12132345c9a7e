"""Making promises."""

from datetime import datetime
from typing import Any

from app.core.transaction import transaction
from app.extensions import db
from app.outbox.models import OutboxMessage


def enqueue(kind: str, payload: dict[str, Any], *, now: datetime, due_at: datetime | None = None) -> None:
    """Promise to do something outside, within the transaction of the change that asks for it."""
    with transaction():
        db.session.add(
            OutboxMessage(kind=kind, payload=payload, created_at=now, due_at=due_at or now)
        )
