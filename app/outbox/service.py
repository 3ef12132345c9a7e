"""Make promises, claim nightly jobs, and delete old rows."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from app.core import compiled
from app.core.purging import counted
from app.core.statements import run
from app.core.transaction import transaction
from app.extensions import db
from app.outbox.kinds import Promise, urgency_of
from app.outbox.models import JobRun, OutboxMessage

KEPT = timedelta(days=30)
LINKS_KEPT = timedelta(days=1)  # as long as their requests: strangers can make thousands a day
BLOCK = 500  # rows per insert

_INSERT = insert(OutboxMessage)


def enqueue(
    kind: Promise, payload: dict[str, Any], *, now: datetime, due_at: datetime | None = None
) -> None:
    """Promise to do something outside, within the transaction of the change that needs it."""
    row = {"kind": kind, "payload": payload, "created_at": now, "due_at": due_at or now}
    with transaction():
        compiled.insert(OutboxMessage, [row | {"urgency": urgency_of(kind)}])


def enqueue_all(
    kind: Promise,
    payloads: Sequence[dict[str, Any]],
    *,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Promise the same for many payloads, like ``enqueue``, a block at a time."""
    with transaction():
        for start in range(0, len(payloads), BLOCK):
            run(
                _INSERT,
                [
                    {"kind": kind, "payload": payload, "created_at": now, "due_at": due_at or now}
                    for payload in payloads[start : start + BLOCK]
                ],
            )


def waiting(kind: Promise, key: str, ids: Collection[int]) -> Sequence[OutboxMessage]:
    """Return the promises with one of these ids that no worker has attempted, to extend them.

    No worker claims one before the caller's transaction ends. Only for kinds with one handler:
    further handlers have rows of their own, which this does not find.
    """
    return db.session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.kind == kind,
            OutboxMessage.attempts == 0,
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.failed_at.is_(None),
            OutboxMessage.payload[key].as_integer().in_(ids),
        )
        .order_by(OutboxMessage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def readdress(of: int, to: int) -> None:
    """Address one person's pending mails to another, into whom they were merged.

    A mail that both would get is sent once.
    """
    with transaction():
        known = [(message.kind, message.payload) for message in _ahead_of(to)]
        for message in _ahead_of(of):
            payload = {**message.payload, "person_id": to}
            if (message.kind, payload) in known:
                db.session.delete(message)
            else:
                message.payload = payload
        db.session.flush()


def share(of: int, to: int) -> None:
    """Also promise one person's pending mails to another, who was split off from them.

    Each mail checks when it is sent whether it is still for its recipient.
    """
    with transaction():
        for message in _ahead_of(of):
            row = {"kind": message.kind, "payload": {**message.payload, "person_id": to}}
            run(_INSERT, {**row, "created_at": message.created_at, "due_at": message.due_at})


def _ahead_of(person_id: int) -> Sequence[OutboxMessage]:
    return db.session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.failed_at.is_(None),
            OutboxMessage.payload["person_id"].as_integer() == person_id,
        )
        .order_by(OutboxMessage.id)
    ).all()


_WAITS = (OutboxMessage.delivered_at.is_(None), OutboxMessage.failed_at.is_(None))


def count_waiting() -> int:
    """Return how many promises wait to be kept."""
    return db.session.scalar(select(func.count()).where(*_WAITS)) or 0


def forget_waiting() -> int:
    """Delete the promises that wait to be kept; return how many. Nobody will keep them."""
    with transaction():
        return counted(delete(OutboxMessage).where(*_WAITS))


def purge(*, now: datetime) -> dict[str, int]:
    """Delete rows delivered or given up more than 30 days ago, sign-in mails after a day."""
    limit = now - KEPT
    over = or_(
        OutboxMessage.delivered_at < limit,
        OutboxMessage.failed_at < limit,
        (OutboxMessage.kind == Promise.SEND_LINK) & (OutboxMessage.delivered_at < now - LINKS_KEPT),
    )
    with transaction():
        return {
            "promises": counted(delete(OutboxMessage).where(over)),
            "runs": counted(delete(JobRun).where(JobRun.started_at < limit)),
        }


def begin_job(name: str, day: date, *, now: datetime) -> bool:
    """Claim the nightly job of a day; return whether it was free. Only one worker gets it."""
    if db.session.get(JobRun, (name, day)) is not None:
        return False
    try:
        with transaction():
            db.session.add(JobRun(name=name, day=day, started_at=now))
    except IntegrityError:
        return False
    return True


def finish_job(name: str, day: date, *, now: datetime) -> None:
    """Record that a nightly job has finished."""
    with transaction():
        db.session.get_one(JobRun, (name, day)).finished_at = now
