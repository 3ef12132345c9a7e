"""The log of own changes: who of the household did what, and when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.bookings.facts import join_names
from app.bookings.talks import scope_of, shared_by
from app.core.access import Actor, Role
from app.core.i18n import local_day, moment_text
from app.extensions import db
from app.rounds.models import OfferTeacher
from app.school.models import Person, Teacher
from app.school.names import formal_name
from app.school.queries import Child, children_of

MOST_LINES = 200


@dataclass(frozen=True)
class LogLine:
    """One change of an own talk, in words."""

    at: datetime
    who: str
    child: Child
    text: str


def load(actor: Actor, *, now: datetime) -> tuple[LogLine, ...]:
    """Return the changes to the family's own talks, the latest first."""
    children = children_of(actor, local_day(now))
    by_student = {child.student_id: child for child in children}
    entries = db.session.scalars(
        select(AuditEntry)
        .where(
            shared_by(AuditEntry.student_id, AuditEntry.household_id, AuditEntry.round_id),
            AuditEntry.action.startswith("booking."),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST_LINES),
        scope_of(children),
    ).all()
    teachers = teachers_of({entry.details["offer_id"] for entry in entries})
    return tuple(
        LogLine(
            entry.at,
            _("You") if entry.actor_person_id == actor.person_id else _who(entry),
            by_student[entry.student_id or 0],
            text_of(entry, teachers.get(entry.details["offer_id"], "")),
        )
        for entry in entries
    )


def _who(entry: AuditEntry) -> str:
    if entry.actor_role in {"administrator", "scheduler"}:
        return _("The school")
    if entry.household_id is None and entry.actor_role == Role.GUARDIAN:
        return _("A parent")  # who may come apart from the one that reads this
    return entry.actor_name or _("The school")


def text_of(entry: AuditEntry, teacher: str) -> str:
    """Return in words what a line of the log about a talk ("booking.…") tells."""
    at = moment_text(datetime.fromisoformat(entry.details["starts_at"]))
    match entry.action:
        case "booking.booked":
            return _("reserved a talk with %(teacher)s, %(time)s", teacher=teacher, time=at)
        case "booking.moved":
            old = moment_text(datetime.fromisoformat(entry.details["old"]))
            return _(
                "moved the talk with %(teacher)s from %(old)s to %(time)s",
                teacher=teacher,
                old=old,
                time=at,
            )
        case "booking.cancelled":
            return _("cancelled the talk with %(teacher)s, %(time)s", teacher=teacher, time=at)
        case "booking.called_off":
            return _("called off the talk with %(teacher)s, %(time)s", teacher=teacher, time=at)
        case "booking.answered":
            return _(
                "needs no other talk instead of the one with %(teacher)s, %(time)s",
                teacher=teacher,
                time=at,
            )
        case _other:
            return _(
                "changed the remark for %(teacher)s, talk of %(time)s", teacher=teacher, time=at
            )


def teachers_of(offer_ids: Collection[int]) -> dict[int, str]:
    """Return the teachers of offers as parents read them."""
    rows = db.session.execute(
        select(
            OfferTeacher.offer_id,
            Person.salutation,
            Person.given_name,
            Person.prefix,
            Person.family_name,
        )
        .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
        .join(Person, Person.id == Teacher.person_id)
        .where(OfferTeacher.offer_id.in_(offer_ids))
        .order_by(OfferTeacher.offer_id, OfferTeacher.position)
    ).all()
    names: dict[int, list[str]] = {}
    for row in rows:
        names.setdefault(row[0], []).append(formal_name(*row[1:]))
    return {offer_id: join_names(of_offer) for offer_id, of_offer in names.items()}
