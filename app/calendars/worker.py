"""Bring calendars up to date: take an entry that is due, ask its provider, record the result.

No transaction is open while a provider is asked. What the event should say is read when the entry
is taken, so ten moves make one change, and neither order nor repetition matters. An attempt whose
answer is lost leaves ``tried``, and the next one looks for its event first: the key stays the same.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import case, func, or_, select, update

from app.bookings.links import set_link
from app.calendars import waits
from app.calendars.errors import Delayed, Disappeared
from app.calendars.event import Event, key_of, parts_between
from app.calendars.models import CalendarEntry, Mailbox
from app.calendars.provider import LinkState, Provider, Remote
from app.calendars.providers import ProviderName, provider_of
from app.calendars.service import make_due
from app.calendars.teachers import OwnCalendar, mailbox_of
from app.calendars.wanted import WantedEvent, event_of, said_of, talk_of, wanted_of
from app.config import Settings
from app.core import clock
from app.core.transaction import end_reading, transaction
from app.extensions import db
from app.outbox.errors import NotDelivered, Permanent, Unprepared, describe
from app.outbox.worker import UNPREPARED_WAIT

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)  # longer than all requests of one attempt can take


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
    doubtful: bool
    refusal: str
    due_at: datetime
    attempt: int


class After(NamedTuple):
    """What an attempt has left: columns to set, and when to look again, if at all."""

    values: Mapping[str, Any]
    wait: timedelta | None = None
    moves_to: OwnCalendar | None = None


NOTHING_THERE: dict[str, Any] = {
    "remote_id": "",
    "shown": None,
    "link": "",
    "tried": False,
    "doubtful": False,
}


def sync_due(
    settings: Settings,
    *,
    now: datetime | None = None,
    stopped: Callable[[], bool] = lambda: False,
    provider_of: Callable[[ProviderName, Settings], Provider] = provider_of,
) -> int:
    """Work until nothing is due or ``stopped()``; return how many entries were attended to.

    ``now`` stays fixed if given. Several workers and threads can do this at once.
    """
    done = 0
    while not stopped():
        turn = _take(settings, now or clock.now())
        if turn is None:
            break
        provider = provider_of(ProviderName(turn.kind), settings)
        _attend(turn, provider, settings, now)
        done += 1
    return done


def _take(settings: Settings, now: datetime) -> Turn | None:
    busy = (
        select(CalendarEntry.mailbox_id)
        .where(CalendarEntry.leased_until > now)
        .group_by(CalendarEntry.mailbox_id)
        .having(func.count() >= settings.calendar_max_per_mailbox)
    )
    first_due = (
        select(CalendarEntry.id, CalendarEntry.mailbox_id)
        .join(Mailbox, Mailbox.id == CalendarEntry.mailbox_id)
        .where(
            CalendarEntry.due_at <= now,
            or_(CalendarEntry.leased_until.is_(None), CalendarEntry.leased_until <= now),
            or_(Mailbox.paused_until.is_(None), Mailbox.paused_until <= now),
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
            turn = _turn(entry, mailbox)
            entry.leased_until = now + LEASE
            entry.attempts += 1
            return turn


def _turn(entry: CalendarEntry, mailbox: Mailbox) -> Turn:
    assert entry.due_at is not None  # noqa: S101  (it was found by it)
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
        doubtful=entry.doubtful,
        refusal=entry.refusal,
        due_at=entry.due_at,
        attempt=entry.attempts + 1,
    )


def _attend(turn: Turn, provider: Provider, settings: Settings, fixed: datetime | None) -> None:
    """Do what an entry needs, and record what came of it; nothing is raised."""
    if turn.refusal and turn.attempt == 1:  # somebody has mended something, and tries again
        provider.forget()
    try:
        after = _bring(turn, provider, settings, fixed or clock.now())
    except Exception as fault:  # noqa: BLE001  a provider may answer anything; the entry stays
        db.session.rollback()
        _note_fault(turn, fault, settings, fixed or clock.now())
    else:
        _record(turn, after, fixed or clock.now())


def _bring(turn: Turn, provider: Provider, settings: Settings, now: datetime) -> After:
    """Make the event as it should be, and return what stands there then."""
    talk = talk_of(turn.booking_id)
    key = key_of(talk.uid, turn.teacher_id, turn.generation)
    wanted = wanted_of(turn.booking_id, turn.teacher_id, key, now=now)
    end_reading()
    if talk.ends_at <= now:
        return After({})  # what has been stays as it is
    if wanted is None or not _belongs_here(wanted, turn):
        return _removed(turn, provider, key, settings, moves_to=wanted and wanted.calendar)
    event = wanted.event
    if turn.shown and turn.shown.meeting != event.meeting:
        # A meeting cannot be taken off an event (docs/calendars.md), and its link dies with it.
        return _removed(turn, provider, key, settings, moves_to=wanted.calendar)
    if not turn.remote_id:
        if not turn.tried:
            _note_try(turn)
        try:
            remote = provider.create(turn.account, event, again=turn.tried)
        except Disappeared:
            return _vanished(turn)
    else:
        try:
            remote = _changed(turn, provider, event)
        except Disappeared:
            return _vanished(turn)
    values = {"remote_id": remote.id, "shown": said_of(event), "link": remote.link, "tried": True}
    if remote.state is LinkState.PENDING:
        wait = waits.before_look(turn.looks, settings)
        return After(values | {"looks": turn.looks + 1, "refusal": ""}, wait)
    return After(values | {"looks": 0, "refusal": remote.refusal or ""})


def _changed(turn: Turn, provider: Provider, event: Event) -> Remote:
    parts = parts_between(turn.shown, event) if turn.shown else frozenset()
    if turn.shown == event or not parts:
        return provider.look(turn.account, turn.remote_id, event)
    return provider.change(turn.account, turn.remote_id, event, parts=parts, link=turn.link)


def _removed(
    turn: Turn, provider: Provider, key: str, settings: Settings, *, moves_to: OwnCalendar | None
) -> After:
    """Take the event out; one whose making is in doubt is looked for once more, later."""
    if turn.remote_id or turn.tried:
        was_there = provider.remove(turn.account, turn.remote_id or None, key)
        if not was_there and not turn.doubtful:
            return After({"doubtful": True}, timedelta(seconds=settings.calendar_http_timeout))
    generation = {"generation": turn.generation + 1}
    return After(NOTHING_THERE | generation, timedelta(0) if moves_to else None, moves_to)


def _vanished(turn: Turn) -> After:
    """Make an event that somebody deleted anew, once; a second time is not fought."""
    if turn.vanished:
        raise Permanent("the teacher deleted the event again")
    again = {"generation": turn.generation + 1, "vanished": True}
    return After(NOTHING_THERE | again, timedelta(0))


def _belongs_here(wanted: WantedEvent, turn: Turn) -> bool:
    calendar = wanted.calendar
    return (calendar.kind, calendar.account.casefold()) == (turn.kind, turn.account)


def _note_try(turn: Turn) -> None:
    """Remember before the first request that the event may exist from now on."""
    with transaction():
        db.session.execute(
            update(CalendarEntry).where(CalendarEntry.id == turn.id).values(tried=True)
        )


def _record(turn: Turn, after: After, now: datetime) -> None:
    """Store what stands in the calendar now."""
    well = {"attempts": 0, "fault": "", "fault_since": None, "given_up": False}
    due_at = None if after.wait is None else now + after.wait
    with transaction():
        place = {"mailbox_id": mailbox_of(after.moves_to)} if after.moves_to else {}
        _settle(turn, due_at, **well, **place, **after.values)
        if "link" in after.values and turn.link != after.values["link"]:
            set_link(turn.booking_id, after.values["link"], now=now)
            make_due(  # the other teachers' events name the link
                CalendarEntry.booking_id == turn.booking_id, CalendarEntry.id != turn.id, now=now
            )


def _settle(turn: Turn, due_at: datetime | None, **values: Any) -> None:
    """Store the values and end the turn; a change that was noted meanwhile stays due."""
    noted = CalendarEntry.due_at != turn.due_at
    due = case((noted, CalendarEntry.due_at), else_=due_at)
    db.session.execute(
        update(CalendarEntry)
        .where(CalendarEntry.id == turn.id)
        .values(due_at=due, leased_until=None, **values)
        .execution_options(synchronize_session=False)
    )


def _note_fault(turn: Turn, fault: Exception, settings: Settings, now: datetime) -> None:
    logger.warning(
        "calendar entry %s (%s), attempt %s: %s",
        *(turn.id, turn.kind, turn.attempt, describe(fault)),
    )
    delayed = fault if isinstance(fault, Delayed) else None
    given_up = isinstance(fault, Permanent)
    wait = waits.before_retry(turn.attempt, delayed, settings)
    if isinstance(fault, Unprepared):
        wait = UNPREPARED_WAIT
    due_at = None if given_up else now + wait
    with transaction():
        _settle(
            turn,
            due_at,
            fault=str(fault) if isinstance(fault, NotDelivered) else type(fault).__name__,
            fault_since=func.coalesce(CalendarEntry.fault_since, now),
            given_up=given_up,
            refusal=getattr(fault, "refusal", ""),
        )
        if delayed and delayed.retry_after:
            until = now + timedelta(seconds=delayed.retry_after)
            where = (Mailbox.kind == turn.kind, Mailbox.account == turn.account)
            db.session.execute(update(Mailbox).where(*where).values(paused_until=until))
