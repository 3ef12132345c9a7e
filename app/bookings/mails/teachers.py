"""Mails to teachers whose talks the school changed: one per teacher every few minutes.

Changes by families, on the site or by calling the school, appear on the teacher's page without a
mail until families can change nothing any more: from then on each change by the office is mailed.
Teachers get no mail about their own absence, which they know of.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select

from app.bookings.models import Booking
from app.core.i18n import DEFAULT_LANGUAGE, known_language
from app.core.links import Page, endpoint_of
from app.core.transaction import transaction
from app.extensions import db
from app.mail.letters import send_letter
from app.mail.message import page_url
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.rounds.models import OfferTeacher, Round, RoundState
from app.rounds.places import WORDS
from app.school.branches import CLASS_NAME
from app.school.models import HomeClass, Person, Student, Teacher
from app.school.reading import NAME

GATHERED = timedelta(minutes=5)
"""How long the first change waits for others, so that a call with the school is one mail."""


@dataclass(frozen=True)
class ChangedTalk:
    """A talk before and after; names are empty while the round hides them from teachers.

    ``old`` is None for a new talk, ``new`` for a cancelled one (both UTC). ``place`` is where it is
    now, in words, if that has changed.
    """

    old: datetime | None
    new: datetime | None
    student: str
    class_name: str
    place: str = ""


def promise(
    old: Mapping[int, datetime | None],
    *,
    modalities: Mapping[int, str] = MappingProxyType({}),
    now: datetime,
) -> None:
    """Promise one mail to each teacher of these talks, within the transaction that changed them.

    If an earlier mail is still waiting, the changes join it; it describes each talk as the teacher
    knew it before all of them. Callers that change a talk have locked its teachers, so of two
    concurrent changes the second one finds the first one's promise.

    ``old`` is each talk's former start by booking id, or None for a new talk; ``modalities`` is how
    those that were switched were held before. Talks that did not change in this transaction are
    skipped, so a repeated submission tells nobody twice.
    """
    changes: dict[int, dict[int, str]] = defaultdict(dict)
    switched: dict[int, dict[int, str]] = defaultdict(dict)
    for teacher_id, booking_id in db.session.execute(
        select(OfferTeacher.teacher_id, Booking.id)
        .join(Booking, Booking.offer_id == OfferTeacher.offer_id)
        .where(Booking.id.in_(old), Booking.changed_at == now)
        .order_by(OfferTeacher.teacher_id, Booking.id)
    ):
        before = old[booking_id]
        changes[teacher_id][booking_id] = before.isoformat() if before else ""
        if booking_id in modalities:
            switched[teacher_id][booking_id] = modalities[booking_id]
    with transaction():
        for message in outbox.waiting(Promise.TEACHER_MAIL, "teacher_id", changes):
            teacher_id = message.payload["teacher_id"]
            both = changes.pop(teacher_id) | dict(message.payload["changes"])
            how = switched[teacher_id] | dict(message.payload.get("modalities", ()))
            message.payload = {
                **message.payload,
                "changes": list(both.items()),
                "modalities": list(how.items()),
            }
        outbox.enqueue_all(
            Promise.TEACHER_MAIL,
            [
                {
                    "teacher_id": id_,
                    "changes": list(its.items()),
                    "modalities": list(switched[id_].items()),
                }
                for id_, its in changes.items()
            ],
            now=now,
            due_at=now + GATHERED,
        )


def send_one(
    teacher_id: int,
    changes: list[tuple[int, str]],
    modalities: Sequence[tuple[int, str]] = (),
    *,
    now: datetime,
) -> None:
    """Send a teacher the mail about what changed, as it is when the mail is sent.

    Send nothing about a round that teachers do not see, or if everything is as it was.
    """
    reader = db.session.execute(
        select(Person.email, Person.reads())
        .join(Teacher, Teacher.person_id == Person.id)
        .where(
            Teacher.id == teacher_id,
            Teacher.ended_on.is_(None),
            Person.ended_on.is_(None),
            Person.email != "",
        )
    ).one_or_none()
    with force_locale(known_language(reader.language) if reader else DEFAULT_LANGUAGE):
        talks = _changed(dict(changes), dict(modalities))
    if reader is None or not talks:
        return
    send_letter(
        "teacher_talks",
        reader.email,
        reader.language,
        now=now,
        talks=talks,
        page=page_url(endpoint_of(Page.OWN_EVENINGS)),
    )


def _changed(old: Mapping[int, str], modalities: Mapping[int, str]) -> list[ChangedTalk]:
    """Return the talks that differ from before, in the order of the teacher's list."""
    rows = db.session.execute(
        select(
            Booking.id,
            Booking.starts_at,
            Booking.cancelled_at,
            Booking.modality,
            Round.timetable_visible,
            NAME,
            CLASS_NAME,
        )
        .join(Round, Round.id == Booking.round_id)
        .join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .where(
            Booking.id.in_(old),
            Round.state.in_((RoundState.CHECK, RoundState.PUBLISHED)),
        )
        .order_by(Booking.id)
    ).all()
    talks = [
        ChangedTalk(
            old=datetime.fromisoformat(old[row.id]) if old[row.id] else None,
            new=row.starts_at if row.cancelled_at is None else None,
            student=row.name.full if row.timetable_visible else "",
            class_name=(row.class_name or "") if row.timetable_visible else "",
            place=_place(row, modalities.get(row.id, row.modality)),
        )
        for row in rows
    ]
    changed = [talk for talk in talks if talk.old != talk.new or talk.place]
    return sorted(changed, key=lambda talk: (talk.old or talk.new, talk.student))


def _place(row: Any, before: str) -> str:
    """Return where a talk is now, "" if that is as before or the talk is cancelled."""
    switched = row.cancelled_at is None and row.modality != before
    return str(WORDS[row.modality]) if switched else ""
