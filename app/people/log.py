"""The log of one student for the office: every change, by whom and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select

from app.audit.models import AuditEntry
from app.bookings.availability import teachers_of
from app.bookings.calling_off.queries import reason_of
from app.extensions import db
from app.family.history import text_of
from app.school.models import Guardian, Person
from app.school.names import full_name

MOST_LINES = 100
SHOWN = (
    "household.talk_followed",
    "called_off.finished",
    "family.set_apart",
    "family.put_together",
    "family.opened",
    "family.closed",
    "family.removed",
    "family.joined",
    "family.parted",
    "family.merged",
    "family.split",
    "family.renumbered",
    "family.addresses_seen",
)


@dataclass(frozen=True)
class LogLine:
    """One line; ``role`` is that of Role, or "" for the site itself."""

    at: datetime
    who: str
    role: str
    text: str
    reason: str


def load_log(student_id: int) -> tuple[LogLine, ...]:
    """Return what happened to a student and its talks, the latest first."""
    entries = db.session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.student_id == student_id,
            or_(AuditEntry.action.startswith("booking."), AuditEntry.action.in_(SHOWN)),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST_LINES)
    ).all()
    details = [entry.details for entry in entries]
    teachers = teachers_of({d["offer_id"] for d in details if "offer_id" in d})
    guardians = _guardians({d["guardian_id"] for d in details if "guardian_id" in d})
    return tuple(
        LogLine(
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
        case "household.talk_followed":
            return _("a talk went to another household of the child")
        case "called_off.finished":
            return _("ticked off a talk that was called off")
        case "family.set_apart":
            return _("set the parents apart")
        case "family.put_together":
            return _("put the parents together again")
        case "family.opened":
            return _("opened the child to %(name)s", name=guardian)
        case "family.closed":
            return _("closed the child to %(name)s", name=guardian)
        case "family.removed":
            return _("removed somebody of the family")
        case "family.renumbered":
            before, after = entry.details["before"], entry.details["after"]
            return _("changed the student number from %(old)s to %(new)s", old=before, new=after)
        case "family.joined":
            return _("said that %(name)s is also a teacher here", name=guardian)
        case "family.parted":
            return _("said that %(name)s is no teacher here", name=guardian)
        case "family.merged":
            return _("said that %(name)s is listed twice, and is one person", name=guardian)
        case "family.split":
            return _("said that %(name)s and another parent are two people", name=guardian)
        case "family.addresses_seen":
            return _("looked at the mail addresses")
        case _booking:
            return text_of(entry, teacher)


def _guardians(guardian_ids: Collection[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Guardian.id, Person.given_name, Person.prefix, Person.family_name)
        .join(Person, Person.id == Guardian.person_id)
        .where(Guardian.id.in_(guardian_ids))
    )
    return {id_: full_name(*name) for id_, *name in rows}
