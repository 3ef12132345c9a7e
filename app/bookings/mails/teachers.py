"""Mails to teachers whose talks the school changed: one for each teacher and few minutes.

What families change, themselves or by calling the school, is on the teacher's page and mails
nobody, until families can change nothing any more: from then on the list stands, and each
change of the desk is told. That a teacher is absent, the teacher knows.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.bookings.models import Booking
from app.core.links import Page, endpoint_of
from app.core.transaction import transaction
from app.extensions import db
from app.mail.letters import send_letter
from app.mail.message import page_url
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.rounds.models import OfferTeacher, Round, RoundState
from app.school.models import HomeClass, Person, Student, Teacher
from app.school.reading import NAME

GATHERED = timedelta(minutes=5)
"""How long the first change waits for others, so that a call with the school is one mail."""


@dataclass(frozen=True)
class ChangedTalk:
    """A talk as the teacher knew it and as it is; nobody's name before the school shows names.

    ``old`` is None for a new talk, ``new`` for one that does not take place.
    """

    old: datetime | None
    new: datetime | None
    student: str
    class_name: str


def promise(old: Mapping[int, datetime | None], *, now: datetime) -> None:
    """Promise one mail to each teacher of these talks, within the transaction that changed them.

    It joins a mail about earlier changes that has not left yet, which tells each talk as the
    teacher knew it before all of them. Whoever changes a talk has locked its teachers, so of two
    changes at once the second one finds the promise of the first.

    ``old`` is when each talk was, by booking; None for a new one. A talk that did not change in
    this transaction is left out: a form that was sent twice tells nobody twice.
    """
    changes: dict[int, dict[int, str]] = defaultdict(dict)
    for teacher_id, booking_id in db.session.execute(
        select(OfferTeacher.teacher_id, Booking.id)
        .join(Booking, Booking.offer_id == OfferTeacher.offer_id)
        .where(Booking.id.in_(old), Booking.changed_at == now)
        .order_by(OfferTeacher.teacher_id, Booking.id)
    ):
        before = old[booking_id]
        changes[teacher_id][booking_id] = before.isoformat() if before else ""
    with transaction():
        for message in outbox.waiting(Promise.TEACHER_MAIL, "teacher_id", changes):
            told = dict(message.payload["changes"])
            both = changes.pop(message.payload["teacher_id"]) | told
            message.payload = {**message.payload, "changes": list(both.items())}
        outbox.enqueue_all(
            Promise.TEACHER_MAIL,
            [{"teacher_id": id_, "changes": list(its.items())} for id_, its in changes.items()],
            now=now,
            due_at=now + GATHERED,
        )


def send_one(teacher_id: int, changes: list[tuple[int, str]], *, now: datetime) -> None:
    """Send a teacher the mail about what changed, as it is when the mail leaves.

    Nothing goes out about a round that teachers do not see, or when all is as it was.
    """
    reader = db.session.execute(
        select(Person.email, Person.language)
        .join(Teacher, Teacher.person_id == Person.id)
        .where(
            Teacher.id == teacher_id,
            Teacher.ended_on.is_(None),
            Person.ended_on.is_(None),
            Person.email != "",
        )
    ).one_or_none()
    talks = _changed(dict(changes))
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


def _changed(old: Mapping[int, str]) -> list[ChangedTalk]:
    """Return what is not as it was, in the order of the list that the teacher knows."""
    rows = db.session.execute(
        select(
            Booking.id,
            Booking.starts_at,
            Booking.cancelled_at,
            Round.timetable_visible,
            NAME,
            HomeClass.name.label("class_name"),
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
        )
        for row in rows
    ]
    changed = [talk for talk in talks if talk.old != talk.new]
    return sorted(changed, key=lambda talk: (talk.old or talk.new, talk.student))
