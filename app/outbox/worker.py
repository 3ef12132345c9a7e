"""Keeping promises: claim one, do it with no transaction open, note how it went."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update

from app.core import clock
from app.core.transaction import transaction
from app.extensions import db
from app.outbox.errors import NotDelivered, Permanent, Unprepared, describe
from app.outbox.models import OutboxMessage

logger = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any]], None]
# All that listen to a kind. A new one goes to the end: rows know a handler by its place.
Handlers = Mapping[str, Sequence[Handler]]

# Whoever claims a message has it for this long; if that worker dies, another one takes it up.
LEASE = timedelta(minutes=5)
# After each failure the next wait; a sign-in mail is of use only if it comes soon.
WAITS = (
    timedelta(seconds=20),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
UNPREPARED_WAIT = timedelta(minutes=1)


class Lease(NamedTuple):
    """A message that is ours for a while, as plain values: reading a row would open a transaction."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempt: int


def deliver_due(
    handlers: Handlers,
    *,
    now: datetime | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Deliver what is due, until nothing is or ``stopped()``; return how many were delivered.

    Each handler of a kind has a row of its own, so that one that fails repeats no other.

    ``now`` stands still when given; without it each message is claimed at the real time,
    because a long row of mails outlasts its first moment.
    """
    by_kind = {
        _kind_of_row(kind, number): handler
        for kind, several in handlers.items()
        for number, handler in enumerate(several, start=1)
    }
    delivered = 0
    while not stopped():
        claim = _claim(handlers, now or clock.now())
        if claim is None:
            break
        fault = _try(by_kind, claim)
        if fault is None:
            _mark_delivered(claim, now or clock.now())
            delivered += 1
        else:
            _give_back(claim, fault, now or clock.now())
    return delivered


def _kind_of_row(kind: str, number: int) -> str:
    """Return the kind that the row for a handler has: "x" for the first, "x#2" for the second."""
    return kind if number == 1 else f"{kind}#{number}"


def _claim(handlers: Handlers, now: datetime) -> Lease | None:
    due = (
        OutboxMessage.delivered_at.is_(None),
        OutboxMessage.failed_at.is_(None),
        OutboxMessage.due_at <= now,
    )
    # Looking takes no lock: a worker with nothing to do must not hold up SQLite's writers.
    waiting = db.session.scalar(select(OutboxMessage.id).where(*due).limit(1))
    db.session.rollback()
    if waiting is None:
        return None
    with transaction():
        message = db.session.scalar(
            select(OutboxMessage)
            .where(*due)
            .order_by(OutboxMessage.due_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if message is None:
            return None
        if message.attempts == 0 and not message.last_error:  # nobody has taken it up before
            _add_rows(message, len(handlers.get(message.kind, ())))
        message.attempts += 1
        message.due_at = now + LEASE
        return Lease(message.id, message.kind, dict(message.payload), message.attempts)


def _add_rows(message: OutboxMessage, handlers: int) -> None:
    """Promise the same to the second handler and those after it; the message is the first one's."""
    db.session.add_all(
        OutboxMessage(
            kind=_kind_of_row(message.kind, number),
            payload=message.payload,
            created_at=message.created_at,
            due_at=message.due_at,
        )
        for number in range(2, handlers + 1)
    )


def _try(by_kind: Mapping[str, Handler], claim: Lease) -> Exception | None:
    if claim.kind not in by_kind:
        return Permanent("nothing here delivers this kind")
    try:
        by_kind[claim.kind](claim.payload)
    except Exception as error:  # noqa: BLE001  a handler may fail in any way; the promise stays
        db.session.rollback()
        return error
    db.session.rollback()  # reads of the handler; nothing stays open until the next message
    return None


def _give_back(claim: Lease, fault: Exception, now: datetime) -> None:
    reason = str(fault) if isinstance(fault, NotDelivered) else type(fault).__name__
    logger.warning(
        "outbox message %s (%s), attempt %s: %s",
        *(claim.id, claim.kind, claim.attempt, describe(fault)),
    )
    if isinstance(fault, Unprepared):
        _note_fault(claim, reason, due_at=now + UNPREPARED_WAIT, attempts=claim.attempt - 1)
    elif isinstance(fault, Permanent) or claim.attempt > len(WAITS):
        _note_fault(claim, reason, failed_at=now)
    else:
        _note_fault(claim, reason, due_at=now + WAITS[claim.attempt - 1])


def _note_fault(claim: Lease, reason: str, **values: object) -> None:
    """Note how it went wrong, unless our lease ran out and somebody else has taken it up since."""
    with transaction():
        db.session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.id == claim.id,
                OutboxMessage.attempts == claim.attempt,
                OutboxMessage.delivered_at.is_(None),
            )
            .values(last_error=reason, **values)
        )


def _mark_delivered(claim: Lease, now: datetime) -> None:
    """Note that it is done, whoever else was at it meanwhile: done is done."""
    with transaction():
        db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == claim.id, OutboxMessage.delivered_at.is_(None))
            .values(delivered_at=now, failed_at=None, last_error="")
        )
