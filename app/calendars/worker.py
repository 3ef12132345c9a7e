"""Bring calendars up to date: take an entry that is due, ask its provider, record the result.

No transaction is open while a provider is asked. What the event should say is read when the entry
is taken, so ten moves make one change, and neither order nor repetition matters. An attempt whose
answer is lost leaves ``tried`` and ``unsure``: the next one looks for its event first, by the same
key, and says anew all that it should say.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import case, func, select, update

from app.bookings.links import set_link
from app.bookings.mails import families as family_mails
from app.calendars import waits
from app.calendars.errors import (
    DELETED_AGAIN,
    EVERYWHERE,
    Delayed,
    Disappeared,
    Refusal,
    Refused,
)
from app.calendars.event import Event, Part, key_of, parts_between
from app.calendars.models import CalendarEntry, Mailbox
from app.calendars.provider import LinkState, Provider, Remote
from app.calendars.providers import ProviderName, provider_of
from app.calendars.service import make_due
from app.calendars.teachers import OwnCalendar, mailbox_of
from app.calendars.turns import Turn, note_try, settle, take
from app.calendars.wanted import said_of, talk_of, wanted_of
from app.config import Settings
from app.core import clock
from app.core.transaction import end_reading, retry_deadlock, transaction
from app.extensions import db
from app.outbox.errors import NotDelivered, Permanent, Unprepared, describe

logger = logging.getLogger(__name__)

NOTHING_TO_REMOVE = {Refusal.MAILBOX_UNKNOWN, Refusal.OUTSIDE_DOMAIN}


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
    "unsure": False,
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
        turn = take(settings, now or clock.now())
        if turn is None:
            break
        provider = provider_of(ProviderName(turn.kind), settings)
        _attend(turn, provider, settings, now)
        done += 1
    return done


def _attend(turn: Turn, provider: Provider, settings: Settings, fixed: datetime | None) -> None:
    """Do what an entry needs, and record what came of it; nothing is raised."""
    try:
        if turn.refusal in EVERYWHERE and turn.attempt == 1:
            provider.forget()  # somebody has mended something, and tries again
        after = _bring(turn, provider, settings, fixed or clock.now())
    except Exception as fault:  # noqa: BLE001  a provider may answer anything; the entry stays
        db.session.rollback()
        ours = _note_fault(turn, fault, settings, fixed or clock.now())
    else:
        ours = _record(turn, after, fixed or clock.now())
    if not ours:
        _take_back(turn, provider)


def _bring(turn: Turn, provider: Provider, settings: Settings, now: datetime) -> After:
    """Make the event as it should be, and return what stands there then."""
    talk = talk_of(turn.booking_id)
    key = key_of(talk.uid, turn.teacher_id, turn.generation)
    wanted = wanted_of(turn.booking_id, turn.teacher_id, key, now=now)
    end_reading()
    if talk.ends_at <= now:
        return After({})  # what has been stays as it is
    if wanted is None or wanted.calendar.mailbox != turn.mailbox:
        return _removed(turn, provider, key, settings, wanted and wanted.calendar, now=now)
    event = wanted.event
    # A meeting cannot be taken off an event (docs/calendars.md), and its link dies with it. What was
    # being removed goes first, too.
    if turn.tried and (turn.shown is None or turn.shown.meeting != event.meeting):
        return _removed(turn, provider, key, settings, wanted.calendar, now=now)
    try:
        remote = _put(turn, provider, event)
    except Disappeared:
        return _vanished(turn)
    if remote is None:
        return After({})
    # An answer can leave out a link that was there.
    link = remote.link or (turn.link if remote.state is LinkState.PENDING else "")
    values = {
        "remote_id": remote.id,
        "shown": said_of(event),
        "link": link,
        "tried": True,
        "unsure": False,
        "doubtful": False,
    }
    if remote.state is LinkState.PENDING:
        wait = waits.before_look(turn.looks, settings)
        return After(values | {"looks": turn.looks + 1, "refusal": ""}, wait)
    return After(values | {"looks": 0, "refusal": remote.refusal or ""})


def _put(turn: Turn, provider: Provider, event: Event) -> Remote | None:
    """Create, change or look at the event; None if it is known to stand there as it should.

    Before each request that writes, the entry says so: its answer may be lost.
    """
    if not turn.remote_id:
        note_try(turn, shown=said_of(event))
        return provider.create(turn.account, event, again=turn.tried)
    parts = frozenset(Part)
    if turn.shown and not turn.unsure:
        parts = frozenset(parts_between(turn.shown, event))
    if parts:
        note_try(turn)
        return provider.change(turn.account, turn.remote_id, event, parts=parts, link=turn.link)
    if not turn.refusal and (turn.link or not event.meeting):
        return None
    return provider.look(turn.account, turn.remote_id, event)


def _removed(
    turn: Turn,
    provider: Provider,
    key: str,
    settings: Settings,
    then: OwnCalendar | None,
    *,
    now: datetime,
) -> After:
    """Take the event out; one whose making is in doubt is looked for once more, later.

    ``then`` is the calendar in which the talk should stand instead, perhaps the same.
    """
    with transaction():  # nobody sees a link whose meeting goes, or cannot be taken away
        _pass_on(turn, "", now)
    if turn.remote_id or turn.tried:
        note_try(turn, shown=None)
        try:
            was_there = provider.remove(turn.account, turn.remote_id or None, key)
        except (Refused, Unprepared) as fault:
            # What another calendar wants does not wait for one that is closed to us.
            leaves = then is not None and then.mailbox != turn.mailbox
            if not leaves and getattr(fault, "refusal", None) not in NOTHING_TO_REMOVE:
                raise
            was_there = True
        if not was_there and not turn.doubtful:
            return After({"doubtful": True}, timedelta(seconds=settings.calendar_http_timeout))
    generation = {"generation": turn.generation + 1}
    return After(NOTHING_THERE | generation, timedelta(0) if then else None, then)


def _vanished(turn: Turn) -> After:
    """Make an event that somebody deleted anew, once; a second time is not fought."""
    if turn.vanished:
        raise Permanent(DELETED_AGAIN)
    again = {"generation": turn.generation + 1, "vanished": True}
    return After(NOTHING_THERE | again, timedelta(0))


def _pass_on(turn: Turn, link: str, now: datetime) -> None:
    """Give the talk the link that its event has, and tell the family of a new one.

    Events without a meeting, such as those of further teachers, leave the talk's link alone.
    """
    if not (link or turn.link) or link == talk_of(turn.booking_id).link:
        return
    told = family_mails.readers_with_mail(turn.booking_id, now) if link else ()
    set_link(turn.booking_id, link, was=turn.link, told=told, now=now)


@retry_deadlock
def _record(turn: Turn, after: After, now: datetime) -> bool:
    """Store what stands in the calendar now, and return True.

    Return False if the lease is over and another worker has taken the entry.
    """
    well = {"attempts": 0, "fault": "", "fault_since": None, "given_up": False}
    due_at = None if after.wait is None else now + after.wait
    with transaction():
        place = {"mailbox_id": mailbox_of(after.moves_to)} if after.moves_to else {}
        if not settle(turn, due_at, **well, **place, **after.values):
            _look_again(turn, now)
            return False
        link = after.values.get("link", turn.link)
        _pass_on(turn, link, now)
        if link != turn.link:
            make_due(  # the other teachers' events name the link
                CalendarEntry.booking_id == turn.booking_id, CalendarEntry.id != turn.id, now=now
            )
    return True


def _look_again(turn: Turn, now: datetime) -> None:
    """Let whoever has the entry by now make sure of it: our own request may have come last."""
    note_try(turn)
    make_due(CalendarEntry.id == turn.id, now=now)


def _take_back(turn: Turn, provider: Provider) -> None:
    """Take out what our request, come too late, has made under a key that nobody looks for now."""
    generation = select(CalendarEntry.generation).where(CalendarEntry.id == turn.id)
    uid = talk_of(turn.booking_id).uid
    has_risen = db.session.scalar(generation) != turn.generation
    end_reading()
    if not has_risen:
        return
    try:
        provider.remove(turn.account, None, key_of(uid, turn.teacher_id, turn.generation))
    except Exception as fault:  # noqa: BLE001  a provider may answer anything
        logger.warning("calendar entry %s, an earlier event: %s", turn.id, describe(fault))


def _note_fault(turn: Turn, fault: Exception, settings: Settings, now: datetime) -> bool:
    logger.warning(
        "calendar entry %s (%s), attempt %s: %s",
        *(turn.id, turn.kind, turn.attempt, describe(fault)),
    )
    delayed = fault if isinstance(fault, Delayed) else None
    given_up = isinstance(fault, Permanent)
    due_at = None if given_up else now + waits.before_retry(turn.attempt, delayed, settings)
    with transaction():
        ours = settle(
            turn,
            due_at,
            fault=str(fault) if isinstance(fault, NotDelivered) else type(fault).__name__,
            fault_since=func.coalesce(CalendarEntry.fault_since, now),
            given_up=given_up,
            refusal=getattr(fault, "refusal", ""),
        )
        if not ours:
            _look_again(turn, now)
        if delayed and delayed.retry_after:
            until = now + timedelta(seconds=delayed.retry_after)
            later = case((Mailbox.paused_until > until, Mailbox.paused_until), else_=until)
            where = (Mailbox.kind == turn.kind, Mailbox.account == turn.account)
            db.session.execute(update(Mailbox).where(*where).values(paused_until=later))
    return ours
