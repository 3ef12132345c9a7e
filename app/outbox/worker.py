"""Keep promises: claim one, deliver it with no transaction open, record the result."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial
from time import sleep
from typing import Any, NamedTuple

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core import clock
from app.core.purging import counted
from app.core.transaction import end_reading, transaction
from app.extensions import db
from app.outbox.errors import OWN_FAULT, NotDelivered, Permanent, Unprepared, describe
from app.outbox.models import OutboxMessage

logger = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any]], None]
# All handlers of a kind. Add new ones at the end: rows identify a handler by its place.
Handlers = Mapping[str, Sequence[Handler]]

# How long a claim is exclusive; if the worker dies, another one then claims the message.
LEASE = timedelta(minutes=5)
NOTE_AGAIN = 1.0  # seconds, to record what was sent while the database is away
# The waits after each failure; short at first, because sign-in mails are useless if late.
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
_AWAY = (DBAPIError, PendingRollbackError, PoolTimeout, OSError)  # the database, disk or network


class Lease(NamedTuple):
    """A claimed message, as plain values: reading a row would open a transaction."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempt: int
    created_at: datetime


_in_hand: ContextVar[Lease | None] = ContextVar("_in_hand", default=None)


def in_hand() -> str:
    """Return what names the promise that is being delivered, in each attempt; "" outside of one.

    Not its id alone: a database that is begun anew counts from 1 again.
    """
    claim = _in_hand.get()
    return f"{claim.id} {claim.created_at.isoformat()}" if claim else ""


def deliver_due(
    handlers: Handlers,
    *,
    now: datetime | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Deliver what is due, until nothing is or ``stopped()``; return how many were delivered.

    Before each message it looks anew for the most urgent one, so a sign-in mail waits for one mail
    at most. Each handler of a kind has its own row, so that one that fails does not repeat another.

    ``now`` stays fixed if given; otherwise each message is claimed at the real time, because a long
    backlog takes a while.
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
            _note_when_back(partial(_mark_delivered, claim, now or clock.now()), stopped)
            delivered += 1
        else:
            _give_back(claim, fault, now or clock.now())
    return delivered


def _note_when_back(note: Callable[[], None], stopped: Callable[[], bool]) -> None:
    """Record what was sent as soon as the database takes it again, or it would be sent again.

    Whoever is stopped meanwhile gives up; then the lease ends, and the mail may arrive twice.
    """
    while True:
        try:
            return note()
        except SQLAlchemyError as error:
            db.session.rollback()
            if stopped():
                raise
            logger.warning("sent, and not recorded yet: %s", describe(error))
            sleep(NOTE_AGAIN)


def _kind_of_row(kind: str, number: int) -> str:
    """Return the kind of a handler's row: "x" for the first handler, "x#2" for the second."""
    return kind if number == 1 else f"{kind}#{number}"


def _claim(handlers: Handlers, now: datetime) -> Lease | None:
    first_due = (
        select(OutboxMessage)
        .where(
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.failed_at.is_(None),
            OutboxMessage.due_at <= now,
        )
        .order_by(OutboxMessage.urgency, OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
    )
    # Looking takes no lock: an idle worker must not block SQLite's writers.
    waiting = db.session.scalar(first_due.with_only_columns(OutboxMessage.id))
    end_reading()
    if waiting is None:
        return None
    with transaction():
        message = db.session.scalar(first_due.with_for_update(skip_locked=True))
        if message is None:
            return None
        if message.attempts == 0 and not message.last_error:  # first attempt
            _add_rows(message, len(handlers.get(message.kind, ())))
        message.attempts += 1
        message.due_at = now + LEASE
        payload = dict(message.payload)
        return Lease(
            message.id, message.kind, payload, message.attempts, created_at=message.created_at
        )


def _add_rows(message: OutboxMessage, handlers: int) -> None:
    """Add a row for each handler from the second on; the message belongs to the first."""
    db.session.add_all(
        OutboxMessage(
            kind=_kind_of_row(message.kind, number),
            payload=message.payload,
            created_at=message.created_at,
            due_at=message.due_at,
        )
        for number in range(2, handlers + 1)
    )


def hasten(*, now: datetime) -> int:
    """Make due what waits longer than it could, because the clock was put back; return how many.

    That is what was promised at a moment yet to come, and a lease or a wait that ends later than
    any does. Otherwise a sign-in mail would leave when the clock has caught up.
    """
    later = now + clock.STEP
    longest = case(
        *(
            (OutboxMessage.attempts == number, later + max(LEASE, wait))
            for number, wait in enumerate(WAITS, start=1)
        ),
        else_=later + LEASE,
    )
    stuck = (
        OutboxMessage.delivered_at.is_(None),
        OutboxMessage.failed_at.is_(None),
        OutboxMessage.due_at > now,
        or_(
            and_(OutboxMessage.attempts == 0, OutboxMessage.created_at > later),
            and_(OutboxMessage.attempts > 0, OutboxMessage.due_at > longest),
        ),
    )
    # Looking takes no lock: see ``_claim``.
    is_any = db.session.scalar(select(OutboxMessage.id).where(*stuck).limit(1)) is not None
    end_reading()
    if not is_any:
        return 0
    with transaction():
        return counted(update(OutboxMessage).where(*stuck).values(due_at=now))


def _try(by_kind: Mapping[str, Handler], claim: Lease) -> Exception | None:
    if claim.kind not in by_kind:
        return Permanent("nothing here delivers this kind")
    before = _in_hand.set(claim)
    try:
        by_kind[claim.kind](claim.payload)
    except Exception as error:  # noqa: BLE001  a handler may raise anything; the promise stays
        db.session.rollback()
        return error
    finally:
        _in_hand.reset(before)
    end_reading()  # the handler's; keep nothing open until the next message
    return None


def _give_back(claim: Lease, fault: Exception, now: datetime) -> None:
    logger.warning(
        "outbox message %s (%s), attempt %s: %s",
        *(claim.id, claim.kind, claim.attempt, describe(fault)),
    )
    if isinstance(fault, Unprepared):
        reason, attempts = str(fault), claim.attempt - 1
        return _note_fault(claim, reason, due_at=now + UNPREPARED_WAIT, attempts=attempts)
    if isinstance(fault, NotDelivered):
        reason = str(fault)
    elif isinstance(fault, _AWAY) and not isinstance(fault, LookupError):  # a template is absent
        reason = type(fault).__name__
    else:
        reason = OWN_FAULT
    # A fault of ours is the same in an hour: so the office sees it now, not after two days.
    if isinstance(fault, Permanent) or reason == OWN_FAULT or claim.attempt > len(WAITS):
        return _note_fault(claim, reason, failed_at=now)
    return _note_fault(claim, reason, due_at=now + WAITS[claim.attempt - 1])


def take_up_again(*, now: datetime) -> None:
    """Let what failed by a fault of ours be tried once more, for as long as an outage is waited for.

    For each start of a worker: the site may be another version since.
    """
    with transaction():
        db.session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.last_error == OWN_FAULT,
                OutboxMessage.failed_at.is_not(None),
                OutboxMessage.delivered_at.is_(None),
                OutboxMessage.created_at > now - sum(WAITS, timedelta()),
            )
            .values(failed_at=None, due_at=now)
        )


def _note_fault(claim: Lease, reason: str, **values: object) -> None:
    """Record an error, unless our lease expired and another worker has claimed the message."""
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
    """Record the delivery, even if another worker has claimed the message since: done is done."""
    with transaction():
        db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == claim.id, OutboxMessage.delivered_at.is_(None))
            .values(delivered_at=now, failed_at=None, last_error="")
        )
