"""Note which calendar entries are due, and try again what was given up."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import (
    ColumnExpressionArgument,
    bindparam,
    case,
    delete,
    exists,
    or_,
    select,
    update,
)

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings.models import Booking
from app.calendars.models import CONNECTED, CalendarEntry, CalendarKind, Mailbox, TeacherCalendar
from app.calendars.teachers import calendars_of, mailbox_of
from app.calendars.wanted import teachers_of
from app.core.access import Actor
from app.core.errors import NotFoundError, found
from app.core.purging import counted
from app.core.statements import dialect, insert_of
from app.core.transaction import transaction
from app.extensions import db
from app.rounds.models import OfferTeacher
from app.school.models import Teacher
from app.settings.models import School
from app.settings.queries import EMPTY

BLOCK = 200  # talks noted in one transaction

_USED = select(
    or_(
        exists().where(School.id == 1, School.calendar.in_(CONNECTED)),
        exists().where(TeacherCalendar.kind.in_(CONNECTED)),
        exists().where(CalendarEntry.booking_id.in_(bindparam("booking_ids", expanding=True))),
    )
)


def note(booking_ids: Collection[int], *, now: datetime) -> None:
    """Note that these talks have changed: what calendars say of them is due.

    Any worker may be at one of these entries just now; then it is due once more after that.
    """
    if not is_used(booking_ids):
        return
    with transaction():
        pairs = teachers_of(booking_ids)
        calendars = calendars_of({teacher for _booking, teacher in pairs})
        connected = {it for it in calendars.values() if it.is_connected}
        mailboxes = {calendar: mailbox_of(calendar) for calendar in connected}
        rows = [
            {"booking_id": booking, "teacher_id": teacher, "mailbox_id": mailboxes[calendar]}
            for booking, teacher in pairs
            if (calendar := calendars[teacher]) in mailboxes
        ]
        if rows:
            db.session.execute(
                insert_of(CalendarEntry, dialect()).on_conflict_do_nothing(
                    index_elements=["booking_id", "teacher_id"]
                ),
                rows,
            )
        make_due(CalendarEntry.booking_id.in_(booking_ids), now=now)


def is_used(booking_ids: Collection[int] = ()) -> bool:
    """Return whether the site writes into any calendar, or into those of these talks."""
    return bool(db.session.scalar(_USED, {"booking_ids": list(booking_ids)}))


def note_all(*, teacher_id: int | None = None, now: datetime) -> None:
    """Note all talks to come, of one teacher or of all: a block at a time, for bookings to go on.

    Each night too, for whatever was missed.
    """
    talks = talks_to_come(now, teacher_id)
    for start in range(0, len(talks), BLOCK):
        note(talks[start : start + BLOCK], now=now)


def make_due(*which: ColumnExpressionArgument[bool], now: datetime) -> int:
    """Let workers look at these entries, as if for the first time; return how many.

    One whose removal is in doubt keeps its moment, before which the write may still arrive.
    """
    first = case((CalendarEntry.due_at.is_(None), now), else_=CalendarEntry.noted_at)
    doubted = CalendarEntry.doubtful & (CalendarEntry.due_at > now)
    due = case((doubted, CalendarEntry.due_at), else_=now)
    afresh = {"due_at": due, "noted_at": first, "attempts": 0, "looks": 0, "given_up": False}
    with transaction():
        return counted(update(CalendarEntry).where(*which).values(afresh))


def doubt_all(*, now: datetime) -> int:
    """Let workers write anew what calendars say of all talks to come; return how many entries.

    For when what we believe to stand there may be long past. Each is looked for by its key first.
    """
    to_come = CalendarEntry.booking_id.in_(talks_to_come(now))
    with transaction():
        counted(update(CalendarEntry).where(to_come).values(tried=True, unsure=True))
        return make_due(to_come, now=now)


def try_again(
    actor: Actor, *, entry_id: int | None = None, teacher_id: int | None = None, now: datetime
) -> int:
    """Try what hangs once more: one entry, those of a teacher, or all; return how many."""
    which: list[ColumnExpressionArgument[bool]] = [
        or_(CalendarEntry.given_up, CalendarEntry.refusal != "", CalendarEntry.due_at.is_not(None))
    ]
    if entry_id is not None:
        which.append(CalendarEntry.id == entry_id)
    if teacher_id is not None:
        which.append(CalendarEntry.teacher_id == teacher_id)
    with transaction():
        wanted = update(CalendarEntry).where(*which).values(vanished=False)
        counted(wanted)  # what the teacher deleted twice, somebody wants there after all
        count = make_due(*which, now=now)
        if count:
            audit.record(actor, Action.CALENDAR_TRIED_AGAIN, now=now, talks=count)
        return count


def purge() -> dict[str, int]:
    """Delete mailboxes of which no talk is left; return the count."""
    used = select(CalendarEntry.mailbox_id)
    with transaction():
        return {"mailboxes": counted(delete(Mailbox).where(Mailbox.id.not_in(used)))}


def choose_usual(actor: Actor, kind: CalendarKind, *, now: datetime) -> None:
    """Say which calendar teachers have who have no other; all talks to come follow."""
    with transaction():
        school = db.session.get(School, 1) or School(id=1, name=EMPTY.name)
        if school.calendar == kind:
            return
        school.calendar = kind
        db.session.add(school)
        audit.record(actor, Action.CALENDAR_USUAL, now=now, kind=kind)
    note_all(now=now)


def choose(actor: Actor, teacher_id: int, kind: str, account: str, *, now: datetime) -> None:
    """Set the calendar of one teacher: a CalendarKind, or "" for the school's, and the account.

    An empty account is the teacher's mail address. All talks to come follow. Raises NotFoundError
    for somebody who does not teach here.
    """
    with transaction():
        teacher = found(db.session.get(Teacher, teacher_id))
        if teacher.ended_on is not None:
            raise NotFoundError
        db.session.merge(TeacherCalendar(teacher_id=teacher_id, kind=kind, account=account))
        audit.record(actor, Action.CALENDAR_CHOSEN, now=now, teacher_id=teacher_id, kind=kind)
    note_all(teacher_id=teacher_id, now=now)


def talks_to_come(now: datetime, teacher_id: int | None = None) -> list[int]:
    """Return the ids of the talks that are not over, of one teacher or of all."""
    talks = select(Booking.id).where(Booking.cancelled_at.is_(None), Booking.ends_at > now)
    if teacher_id is not None:
        theirs = select(OfferTeacher.offer_id).where(OfferTeacher.teacher_id == teacher_id)
        talks = talks.where(Booking.offer_id.in_(theirs))
    return list(db.session.scalars(talks))
