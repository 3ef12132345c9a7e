"""The family's log: who in the household did what to its talks, and when.

Households change: parents start to come apart, or two guardians turn out to be one person. An
entry stays with the household of its time. Its members can read it while they still see the child
and the talk is theirs; a talk that moves to the other guardian takes its entries along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select

from app.audit.actions import Action
from app.audit.models import AuditEntry
from app.bookings.availability import teachers_of
from app.bookings.models import Booking
from app.bookings.talks import scope_of, shared_by
from app.core.access import Actor, Role
from app.core.i18n import local_day, moment_text
from app.extensions import db
from app.rounds.places import WORDS
from app.school.homes import households_of, people_of
from app.school.queries import Child, children_of

MOST_LINES = 200
_ASKING = (
    Action.REQUEST_ASKED,
    Action.REQUEST_WITHDRAWN,
    Action.REQUEST_REMARKED,
    Action.REQUEST_ORDERED,
    Action.REQUEST_NONE_NEEDED,
    Action.REQUEST_NEEDED_AFTER_ALL,
    Action.REQUEST_WISHED,
)
"""What a family reads of its requests; what the office notes about them is the office's."""


@dataclass(frozen=True)
class HistoryLine:
    """One change to an own talk, in words."""

    at: datetime
    who: str
    child: Child
    text: str


def load(actor: Actor, *, now: datetime) -> tuple[HistoryLine, ...]:
    """Return the changes to the family's own talks, latest first."""
    children = children_of(actor, local_day(now))
    by_student = {child.student_id: child for child in children}
    selves = [child.student_id for child in children if child.is_self]
    scope = scope_of(children)
    if actor.guardian_id is not None:
        scope["own_households"] += households_of(actor.guardian_id)
    entries = db.session.scalars(
        select(AuditEntry)
        .outerjoin(Booking, Booking.id == AuditEntry.details["booking_id"].as_integer())
        .where(
            or_(AuditEntry.action.startswith("booking."), AuditEntry.action.in_(_ASKING)),
            or_(
                and_(
                    AuditEntry.action.in_(_ASKING),
                    AuditEntry.student_id.in_(by_student),
                    or_(
                        AuditEntry.household_id.in_(scope["own_households"]),
                        and_(AuditEntry.household_id.is_(None), AuditEntry.student_id.in_(selves)),
                    ),
                ),
                and_(
                    AuditEntry.action.startswith("booking."),
                    shared_by(AuditEntry.student_id, AuditEntry.household_id, AuditEntry.round_id),
                    or_(
                        Booking.household_id.is_(None),  # or deleted by retention
                        Booking.household_id.in_(scope["own_households"]),
                    ),
                ),
                # What the student did, no matter who has come along since then.
                and_(
                    AuditEntry.student_id.in_(selves),
                    AuditEntry.actor_person_id == actor.person_id,
                ),
            ),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST_LINES),
        scope,
    ).all()
    teachers = teachers_of({entry.details.get("offer_id", 0) for entry in entries})
    people = people_of([child.household_id for child in children])
    return tuple(
        HistoryLine(
            entry.at,
            _who(entry, actor, people.get(child.household_id, {})),
            child,
            text_of(entry, teachers.get(entry.details.get("offer_id", 0), "")),
        )
        for entry in entries
        for child in [by_student[entry.student_id or 0]]
    )


def _who(entry: AuditEntry, actor: Actor, together: Mapping[int, int]) -> str:
    """Return who made a change; ``together`` maps person to guardian in the child's household."""
    person_id = entry.actor_person_id or 0
    if person_id == actor.person_id or together.get(person_id, 0) == actor.guardian_id:
        return _("You")
    if entry.actor_role in {"administrator", "scheduler"}:
        return _("The school")
    if entry.actor_role == Role.GUARDIAN and person_id not in together:
        return _("A parent")  # perhaps one who comes apart from the reader
    return entry.actor_name or _("The school")


def text_of(entry: AuditEntry, teacher: str) -> str:
    """Describe a log entry about a talk, or about what a family asks for, in words."""
    if entry.action.startswith("request."):
        return _text_of_asking(entry.action, teacher)
    return _text_of_talk(entry, teacher)


def _text_of_asking(action: str, teacher: str) -> str:
    match action:
        case Action.REQUEST_ASKED:
            return _("asked for a talk with %(teacher)s", teacher=teacher)
        case Action.REQUEST_WITHDRAWN:
            return _("withdrew the request for a talk with %(teacher)s", teacher=teacher)
        case Action.REQUEST_REMARKED:
            return _("changed the remark of the request for %(teacher)s", teacher=teacher)
        case Action.REQUEST_ORDERED:
            return _("changed the order of the talks that were asked for")
        case Action.REQUEST_NONE_NEEDED:
            return _("said that no talk is needed")
        case Action.REQUEST_NEEDED_AFTER_ALL:
            return _("needs talks after all")
        case Action.REQUEST_WISHED:
            return _("changed when the family can come")
        case Action.REQUEST_TIMES_SET:
            return _("said when a family can be planned")
        case Action.REQUEST_HANDLED:
            return _("dealt with a family's remark")
    return _("has not dealt with a family's remark yet")


def _text_of_talk(entry: AuditEntry, teacher: str) -> str:
    at = moment_text(datetime.fromisoformat(entry.details["starts_at"]))
    match entry.action:
        case Action.BOOKING_BOOKED:
            return _("reserved a talk with %(teacher)s, %(time)s", teacher=teacher, time=at)
        case Action.BOOKING_PLANNED:
            return _("planned the talk with %(teacher)s, %(time)s", teacher=teacher, time=at)
        case Action.BOOKING_MOVED:
            old = moment_text(datetime.fromisoformat(entry.details["old"]))
            return _(
                "moved the talk with %(teacher)s from %(old)s to %(time)s",
                teacher=teacher,
                old=old,
                time=at,
            )
        case Action.BOOKING_SWITCHED:
            return _(
                "changed where the talk with %(teacher)s, %(time)s, is: %(place)s",
                teacher=teacher,
                time=at,
                place=WORDS[entry.details["modality"]],
            )
        case Action.BOOKING_CANCELLED:
            return _("cancelled the talk with %(teacher)s, %(time)s", teacher=teacher, time=at)
        case Action.BOOKING_CALLED_OFF:
            return _("called off the talk with %(teacher)s, %(time)s", teacher=teacher, time=at)
        case Action.BOOKING_ANSWERED:
            return _(
                "wanted no other talk instead of the one with %(teacher)s, %(time)s",
                teacher=teacher,
                time=at,
            )
        case _other:
            return _(
                "changed the remark for %(teacher)s, talk of %(time)s", teacher=teacher, time=at
            )
