"""Talks mailed to the calendars of teachers (iMIP, RFC 6047): invitation, change, cancellation.

Only where the school wants it, and not to teachers in whose calendar the site writes by itself. Each
mail describes the talk as it is when it is sent, so of quick changes one mail tells all. What was
once mailed is also changed and cancelled, whatever the school wants by then: an entry in a calendar
must not stay behind.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from sqlalchemy import Select, and_, or_, select

from app.bookings.models import Booking
from app.calendars.teachers import calendars_of
from app.core.i18n import known_language, zone
from app.core.ical import Invited, message_of
from app.core.links import Page, endpoint_of
from app.core.statements import dialect, insert_of
from app.core.transaction import transaction
from app.extensions import db
from app.feeds.models import Invitation
from app.feeds.taught import entry_of, taught_talk
from app.mail.letters import send_letter
from app.mail.message import Calendar, page_url, sender_address
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.rounds.models import OfferTeacher
from app.school.models import Person, Teacher
from app.settings.queries import load_school

# Teachers of talks who can be written to, with what was mailed to them.
_TEACHERS: Select[*tuple[Any, ...]] = (
    select(
        Booking.id.label("booking_id"),
        Teacher.id.label("teacher_id"),
        Person.id.label("person_id"),
        Person.email,
        Person.reads(),
        Invitation.sequence.label("mailed"),
    )
    .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
    .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
    .join(Person, Person.id == Teacher.person_id)
    .outerjoin(
        Invitation,
        and_(Invitation.booking_id == Booking.id, Invitation.teacher_id == Teacher.id),
    )
    .where(Teacher.ended_on.is_(None), Person.ended_on.is_(None), Person.email != "")
    .order_by(Booking.id, OfferTeacher.position)
)


def promise(booking_ids: Collection[int], *, now: datetime) -> None:
    """Promise each teacher of these talks a mail, if the talk is or comes into the calendar."""
    mailed = Invitation.sequence.is_not(None)
    comes = (
        or_(mailed, Booking.cancelled_at.is_(None)) if load_school().invites_teachers else mailed
    )
    with transaction():
        rows = db.session.execute(_TEACHERS.where(Booking.id.in_(booking_ids), comes)).all()
        calendars = calendars_of({row.teacher_id for row in rows})
        for row in rows:
            if calendars[row.teacher_id].is_connected and row.mailed is None:
                continue  # the talk stands there already, and a mail would put it there twice
            payload = {"booking_id": row.booking_id, "person_id": row.person_id}
            outbox.enqueue(Promise.INVITATION, payload, now=now)


def send_one(booking_id: int, person_id: int, *, now: datetime) -> None:
    """Mail a talk to its teacher's calendar, unless what is there already is the same."""
    teacher = db.session.execute(
        _TEACHERS.where(Booking.id == booking_id, Person.id == person_id)
    ).first()
    if teacher is None:
        return
    with force_locale(known_language(teacher.language)):
        talk = taught_talk(teacher.teacher_id, booking_id)
    if talk is None or talk.sequence == teacher.mailed:
        return
    if teacher.mailed is None and (talk.is_cancelled or talk.ends_at <= now):
        return
    school = load_school()
    with force_locale(known_language(teacher.language)):
        invited = Invited(sender_address(), teacher.email)
        content, method = message_of(entry_of(talk, school.name), zone(), invited, now=now)
    send_letter(
        "teacher_invitation",
        teacher.email,
        teacher.language,
        now=now,
        talk=talk,
        is_new=teacher.mailed is None,
        page=page_url(endpoint_of(Page.OWN_EVENINGS)),
        calendar=Calendar(content, "gesprek.ics", method),
    )
    _note(booking_id, teacher.teacher_id, talk.sequence)


def _note(booking_id: int, teacher_id: int, sequence: int) -> None:
    """Keep what was mailed last; if this is lost, the same is mailed once more, which harms not."""
    row = {"booking_id": booking_id, "teacher_id": teacher_id, "sequence": sequence}
    with transaction():
        db.session.execute(
            insert_of(Invitation, dialect())
            .values(row)
            .on_conflict_do_update(
                index_elements=["booking_id", "teacher_id"], set_={"sequence": sequence}
            )
        )
