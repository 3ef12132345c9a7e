"""Talks that the school called off: why, and which families have not answered yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from app.audit.actions import Action
from app.audit.models import AuditEntry
from app.bookings.availability import teachers_of
from app.bookings.cells import Talk
from app.bookings.models import Booking, Cause
from app.bookings.talks import scope_of, shared_by, talks_of_ids
from app.core.statements import run
from app.extensions import db
from app.rounds.models import Offer
from app.school.branches import CLASS_NAME
from app.school.models import HomeClass, Person, Student
from app.school.queries import Child
from app.school.reading import NAME, Contact, contacts_at


@dataclass(frozen=True)
class Unanswered:
    """A called-off talk for which the family has not said what it wants instead."""

    booking_id: int
    student_id: int
    student: str
    class_name: str
    guardians: tuple[Contact, ...]  # of the talk's household; empty if the student comes alone
    teacher: str
    starts_at: datetime
    called_off_at: datetime
    cause: str  # a Cause
    reason: str


def is_unanswered() -> ColumnElement[bool]:
    """Return the condition for called-off talks that still need the family's answer.

    Families of students who left the school need not answer.
    """
    later, left = aliased(Booking), aliased(Student)
    return and_(
        Booking.called_off != "",
        Booking.answered_at.is_(None),
        ~exists().where(left.id == Booking.student_id, left.ended_on.is_not(None)),
        ~exists().where(_is_instead(later)),
    )


def chosen_instead(booking: Booking) -> Booking | None:
    """Return the live talk that replaces a called-off one, or None."""
    later = aliased(Booking)
    return db.session.scalars(
        select(later)
        .join(Booking, _is_instead(later))
        .where(Booking.id == booking.id)
        .order_by(later.id)
        .limit(1)
    ).first()


def _is_instead(later: type[Booking]) -> ColumnElement[bool]:
    """Return the condition for a live talk that replaces ``Booking``, which was called off.

    Whoever booked it and on whatever page: it counts if the same attendees meet the same teachers,
    or others for the same subject, and it was booked after the school called off.
    """
    had, has = aliased(Offer), aliased(Offer)
    same_subject = (
        select(has.teacher_key)
        .join(
            had,
            and_(
                had.round_id == has.round_id,
                had.student_id == has.student_id,
                had.subject_code == has.subject_code,
            ),
        )
        .where(
            has.round_id == Booking.round_id,
            has.student_id == Booking.student_id,
            has.subject_code != "",
            had.teacher_key == Booking.teacher_key,
        )
        .correlate(Booking)
    )
    return and_(
        later.round_id == Booking.round_id,
        later.student_id == Booking.student_id,
        later.household_id.is_not_distinct_from(Booking.household_id),
        later.cancelled_at.is_(None),
        later.booked_at >= Booking.cancelled_at,
        or_(later.teacher_key == Booking.teacher_key, later.teacher_key.in_(same_subject)),
    )


def unanswered(round_id: int) -> tuple[Unanswered, ...]:
    """Return the talks of a round that need the family's answer, by time."""
    rows = db.session.execute(
        select(
            Booking.id,
            Booking.student_id,
            Booking.household_id,
            Booking.offer_id,
            Booking.starts_at,
            Booking.cancelled_at,
            Booking.called_off,
            NAME,
            CLASS_NAME,
        )
        .join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .where(Booking.round_id == round_id, is_unanswered())
        .order_by(Booking.starts_at, Person.sort_key, Booking.id)
    ).all()
    teachers = teachers_of({row.offer_id for row in rows})
    homes = contacts_at([row.household_id for row in rows if row.household_id is not None])
    why = reasons([row.id for row in rows])
    return tuple(
        Unanswered(
            booking_id=row.id,
            student_id=row.student_id,
            student=row.name.full,
            class_name=row.class_name or "",
            guardians=tuple(homes.get(row.household_id, ())),
            teacher=teachers.get(row.offer_id, ""),
            starts_at=row.starts_at,
            called_off_at=row.cancelled_at,
            cause=row.called_off,
            reason=why.get(row.id, ""),
        )
        for row in rows
    )


def own_unanswered(children: Collection[Child], *, now: datetime) -> tuple[Talk, ...]:
    """Return the talks of these children that need an answer from the actor's household."""
    ids = run(_OWN_UNANSWERED, scope_of(children)).scalars().all()
    return talks_of_ids(ids, children, now=now) if ids else ()


# Built once: every overview runs it, and building takes ten times as long.
_OWN_UNANSWERED = select(Booking.id).where(
    shared_by(Booking.student_id, Booking.household_id, Booking.round_id), is_unanswered()
)


def reasons(booking_ids: Collection[int]) -> Mapping[int, str]:
    """Return why talks were called off, by booking id, worded by ``reason_of``."""
    if not booking_ids:
        return {}
    # The booking id is inside JSON: filter by student in SQL, and by booking in Python.
    students = select(Booking.student_id).where(Booking.id.in_(booking_ids))
    lines = db.session.scalars(
        select(AuditEntry.details)
        .where(AuditEntry.student_id.in_(students), AuditEntry.action == Action.BOOKING_CALLED_OFF)
        .order_by(AuditEntry.id)
    )
    return {
        line["booking_id"]: reason_of(line) for line in lines if line["booking_id"] in booking_ids
    }


def reason_of(details: Mapping[str, Any]) -> str:
    """Return the reason in a log entry's details, in the words the school chose then.

    If the cause says enough, return a text in the current reader's language.
    """
    if details.get("cause") == Cause.LEFT:
        return _("This teacher no longer works at the school.")
    return str(details.get("reason", ""))
