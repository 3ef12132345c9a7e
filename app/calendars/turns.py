"""Whose turn it is: the entry that a worker takes next, and its lease on it."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import case, func, or_, select, update

from app.calendars import waits
from app.calendars.event import Event
from app.calendars.models import CalendarEntry, Mailbox
from app.calendars.wanted import event_of
from app.config import Settings
from app.core import clock
from app.core.purging import counted
from app.core.transaction import end_reading, transaction
from app.extensions import db

REQUESTS = 12  # of one attempt, at most: sign-in, search, create, read, change, each perhaps twice


class Turn(NamedTuple):
    """An entry that this worker is at, as plain values."""

    id: int
    booking_id: int
    teacher_id: int
    kind: str
    account: str
    generation: int
    tried: bool
    remote_id: str
    shown: Event | None
    link: str
    looks: int
    vanished: bool
    unsure: bool
    doubtful: bool
    refusal: str
    due_at: datetime
    leased_until: datetime
    attempt: int

    @property
    def mailbox(self) -> tuple[str, str]:
        """Kind and account of its Mailbox."""
        return (self.kind, self.account)


def lease_of(settings: Settings) -> timedelta:
    """Return for how long nobody else takes an entry: longer than one attempt can take."""
    return timedelta(seconds=REQUESTS * settings.calendar_http_timeout)


def take(settings: Settings, now: datetime) -> Turn | None:
    """Take the entry that is due first, of a mailbox that has room; None if there is none."""
    # What lies further ahead than any wait or lease was written before the clock was put back.
    lease = lease_of(settings)
    after_lease = now + lease + clock.STEP
    after_waits = now + waits.longest(settings) + clock.STEP
    busy = (
        select(CalendarEntry.mailbox_id)
        .where(CalendarEntry.leased_until > now, CalendarEntry.leased_until <= after_lease)
        .group_by(CalendarEntry.mailbox_id)
        .having(func.count() >= settings.calendar_max_per_mailbox)
    )
    first_due = (
        select(CalendarEntry.id, CalendarEntry.mailbox_id)
        .join(Mailbox, Mailbox.id == CalendarEntry.mailbox_id)
        .where(
            or_(CalendarEntry.due_at <= now, CalendarEntry.due_at > after_waits),
            or_(
                CalendarEntry.leased_until.is_(None),
                CalendarEntry.leased_until <= now,
                CalendarEntry.leased_until > after_lease,
            ),
            or_(
                Mailbox.paused_until.is_(None),
                Mailbox.paused_until <= now,
                Mailbox.paused_until > after_waits,
            ),
            CalendarEntry.mailbox_id.not_in(busy),
        )
        .order_by(CalendarEntry.due_at, CalendarEntry.id)
        .limit(1)
    )
    while True:
        waiting = db.session.execute(first_due).one_or_none()
        end_reading()  # looking takes no lock: an idle worker must not block SQLite's writers
        if waiting is None:
            return None
        with transaction():
            # The mailbox's row, so that no two workers take its last place.
            lock = select(Mailbox).where(Mailbox.id == waiting.mailbox_id)
            mailbox = db.session.scalars(lock.with_for_update()).one()
            if db.session.execute(first_due.where(CalendarEntry.id == waiting.id)).first() is None:
                continue  # another worker was faster
            entry = db.session.get_one(CalendarEntry, waiting.id, populate_existing=True)
            entry.leased_until = now + lease
            turn = _turn(entry, mailbox)
            entry.attempts += 1
            return turn


def _turn(entry: CalendarEntry, mailbox: Mailbox) -> Turn:
    assert entry.due_at is not None  # noqa: S101  (it was found by it)
    assert entry.leased_until is not None  # noqa: S101  (just now)
    return Turn(
        id=entry.id,
        booking_id=entry.booking_id,
        teacher_id=entry.teacher_id,
        kind=mailbox.kind,
        account=mailbox.account,
        generation=entry.generation,
        tried=entry.tried,
        remote_id=entry.remote_id,
        shown=event_of(entry.shown) if entry.shown else None,
        link=entry.link,
        looks=entry.looks,
        vanished=entry.vanished,
        unsure=entry.unsure,
        doubtful=entry.doubtful,
        refusal=entry.refusal,
        due_at=entry.due_at,
        leased_until=entry.leased_until,
        attempt=entry.attempts + 1,
    )


def note_try(turn: Turn, **values: Any) -> None:
    """Remember before a request that what stands there may be another thing from now on."""
    with transaction():
        db.session.execute(
            update(CalendarEntry)
            .where(CalendarEntry.id == turn.id)
            .values(tried=True, unsure=True, **values)
            .execution_options(synchronize_session=False)
        )


def settle(turn: Turn, due_at: datetime | None, **values: Any) -> bool:
    """Store the values and end the lease; a change that was noted meanwhile stays due.

    Return False if the lease was over, and the entry is another worker's.
    """
    noted = CalendarEntry.due_at != turn.due_at
    in_doubt = bool(values.get("doubtful"))  # looking before ``due_at`` would prove nothing
    due = due_at if in_doubt else case((noted, CalendarEntry.due_at), else_=due_at)
    return bool(
        counted(
            update(CalendarEntry)
            .where(CalendarEntry.id == turn.id, CalendarEntry.leased_until == turn.leased_until)
            .values(due_at=due, leased_until=None, **values)
            .execution_options(synchronize_session=False)
        )
    )
