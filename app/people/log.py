"""A student's log for the office: every change, with who made it and why."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select

from app.audit.actions import Action
from app.audit.models import AuditEntry
from app.bookings.availability import teachers_of
from app.bookings.calling_off.queries import reason_of
from app.extensions import db
from app.family.history import text_of
from app.school.models import Guardian
from app.school.reading import names_of

MOST_LINES = 100
SHOWN = (
    Action.HOUSEHOLD_TALK_FOLLOWED,
    Action.HOUSEHOLD_REQUEST_FOLLOWED,
    Action.CALLED_OFF_FINISHED,
    Action.FAMILY_SET_APART,
    Action.FAMILY_PUT_TOGETHER,
    Action.FAMILY_OPENED,
    Action.FAMILY_CLOSED,
    Action.FAMILY_REMOVED,
    Action.FAMILY_JOINED,
    Action.FAMILY_PARTED,
    Action.FAMILY_MERGED,
    Action.FAMILY_SPLIT,
    Action.FAMILY_RENUMBERED,
    Action.FAMILY_ADDRESSES_SEEN,
)


@dataclass(frozen=True)
class StudentLogLine:
    """One line; ``role`` is a value of Role, or "" for the site itself."""

    at: datetime
    who: str
    role: str
    text: str
    reason: str


def load_log(student_id: int) -> tuple[StudentLogLine, ...]:
    """Return what happened to a student and the student's talks, latest first."""
    entries = db.session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.student_id == student_id,
            or_(
                AuditEntry.action.startswith("booking."),
                AuditEntry.action.startswith("request."),
                AuditEntry.action.in_(SHOWN),
            ),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST_LINES)
    ).all()
    details = [entry.details for entry in entries]
    teachers = teachers_of({d["offer_id"] for d in details if "offer_id" in d})
    guardians = names_of(Guardian, {d["guardian_id"] for d in details if "guardian_id" in d})
    return tuple(
        StudentLogLine(
            entry.at,
            entry.actor_name,
            entry.actor_role,
            _text(
                entry,
                teachers.get(entry.details.get("offer_id", 0), ""),
                guardians.get(entry.details.get("guardian_id", 0), ""),
            ),
            reason_of(entry.details),
        )
        for entry in entries
    )


def _text(entry: AuditEntry, teacher: str, guardian: str) -> str:
    match entry.action:
        case Action.HOUSEHOLD_TALK_FOLLOWED:
            return _("a talk went to another household of the child")
        case Action.HOUSEHOLD_REQUEST_FOLLOWED:
            return _("a request went to another household of the child")
        case Action.CALLED_OFF_FINISHED:
            return _("ticked off a talk that was called off")
        case Action.FAMILY_SET_APART:
            return _("set the parents apart")
        case Action.FAMILY_PUT_TOGETHER:
            return _("put the parents together again")
        case Action.FAMILY_OPENED:
            return _("opened the child to %(name)s", name=guardian)
        case Action.FAMILY_CLOSED:
            return _("closed the child to %(name)s", name=guardian)
        case Action.FAMILY_REMOVED:
            return _("removed somebody of the family")
        case Action.FAMILY_RENUMBERED:
            before, after = entry.details["before"], entry.details["after"]
            return _("changed the student number from %(old)s to %(new)s", old=before, new=after)
        case Action.FAMILY_JOINED:
            return _("said that %(name)s is also a teacher here", name=guardian)
        case Action.FAMILY_PARTED:
            return _("said that %(name)s is no teacher here", name=guardian)
        case Action.FAMILY_MERGED:
            return _("said that %(name)s is listed twice, and is one person", name=guardian)
        case Action.FAMILY_SPLIT:
            return _("said that %(name)s and another parent are two people", name=guardian)
        case Action.FAMILY_ADDRESSES_SEEN:
            return _("looked at the mail addresses")
        case _booking:
            return text_of(entry, teacher)
