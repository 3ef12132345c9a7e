"""Queries for the log, with names in place of ids."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from app.audit.actions import ATTEMPT, Action
from app.audit.models import AuditEntry
from app.bookings.availability import teachers_of
from app.core.i18n import local_day, zone
from app.extensions import db
from app.log.groups import ActionGroup, actions_of
from app.log.words import action_text, detail_text, role_text
from app.rounds.models import Round
from app.school.models import Guardian, Person, Student, Teacher
from app.school.names import fold
from app.school.reading import NAME, names_of

PER_PAGE = 100


@dataclass(frozen=True)
class Filters:
    """Filters on the log; days are in the school's time zone, both inclusive."""

    since: date | None = None
    until: date | None = None
    group: ActionGroup | None = None
    person: str = ""  # part of the name of the actor or the student
    round_id: int | None = None
    before: int | None = None  # only lines older than the one with this id


@dataclass(frozen=True)
class LogLine:
    """One change, in words."""

    id: int
    at: datetime
    day: date
    who: str  # "" for the site itself, or a stranger
    is_stranger: bool
    role: str
    action: str
    details: str
    student: str
    round: str


@dataclass(frozen=True)
class LogPage:
    """One page of the log, latest line first; ``older`` is the next page's ``before``, or None."""

    lines: tuple[LogLine, ...]
    rounds: tuple[tuple[int, str], ...]  # choices for the filter
    older: int | None


def load_log(filters: Filters) -> LogPage:
    """Return the matching lines, at most one page."""
    entries = db.session.scalars(
        select(AuditEntry)
        .where(*_conditions(filters))
        .order_by(AuditEntry.id.desc())
        .limit(PER_PAGE + 1)
    ).all()
    rounds = [
        (row.id, row.name)
        for row in db.session.execute(select(Round.id, Round.name).order_by(Round.id.desc()))
    ]
    round_names = dict(rounds)
    shown = entries[:PER_PAGE]
    names = _Names.of(shown)
    lines = tuple(
        LogLine(
            id=entry.id,
            at=entry.at,
            day=local_day(entry.at),
            who=entry.actor_name,
            is_stranger=not entry.actor_name and entry.action.startswith(ATTEMPT),
            role=role_text(entry.actor_role),
            action=action_text(entry.action),
            details=detail_text(entry.action, entry.details, names.named_in(entry)),
            student=names.students.get(entry.student_id or 0, ""),
            round=round_names.get(entry.round_id or 0, ""),
        )
        for entry in shown
    )
    older = shown[-1].id if len(entries) > PER_PAGE else None
    return LogPage(lines, tuple(rounds), older)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions = []
    if filters.since:
        conditions.append(AuditEntry.at >= _midnight(filters.since))
    if filters.until:
        conditions.append(AuditEntry.at < _midnight(filters.until + timedelta(days=1)))
    if filters.group:
        conditions.append(AuditEntry.action.in_(actions_of(filters.group)))
    if filters.person:
        conditions.append(_about(filters.person))
    if filters.round_id:
        conditions.append(AuditEntry.round_id == filters.round_id)
    if filters.before:
        conditions.append(AuditEntry.id < filters.before)
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, zone())


def _about(text: str) -> ColumnElement[bool]:
    """Return the condition that the name matches the actor, even one who left, or whom it is about."""
    match = Person.search_key.contains(fold(text), autoescape=True)
    return or_(
        func.lower(AuditEntry.actor_name).contains(text.lower(), autoescape=True),
        AuditEntry.actor_person_id.in_(select(Person.id).where(match)),
        AuditEntry.details["person"].as_integer().in_(select(Person.id).where(match)),
        AuditEntry.student_id.in_(
            select(Student.id).join(Person, Person.id == Student.person_id).where(match)
        ),
    )


@dataclass(frozen=True)
class _Names:
    """Names by id; people who were deleted have none."""

    students: dict[int, str] = field(default_factory=dict)
    teachers: dict[int, str] = field(default_factory=dict)
    guardians: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    offers: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Sequence[AuditEntry]) -> "_Names":
        """Load every name that these lines need."""
        return cls(
            students=names_of(Student, {entry.student_id for entry in entries}),
            teachers=names_of(Teacher, _ids(entries, "teacher_id")),
            guardians=names_of(Guardian, _ids(entries, "guardian_id")),
            people=_people(_ids(entries, "person") | _ids(entries, "person_id")),
            offers=teachers_of(_ids(entries, "offer_id")),
        )

    def named_in(self, entry: AuditEntry) -> dict[str, str]:
        """Return the names for the ids in a line's details, by key."""
        if (
            entry.action == Action.ROUND_TIMES_CHECKED
        ):  # own times: the actor's name is shown already
            return {}
        known = {
            "offer_id": self.offers,
            "teacher_id": self.teachers,
            "guardian_id": self.guardians,
            "person": self.people,
            "person_id": self.people,
        }
        return {
            key: names.get(entry.details[key], "")
            for key, names in known.items()
            if key in entry.details
        }


def _ids(entries: Sequence[AuditEntry], key: str) -> set[int]:
    return {entry.details[key] for entry in entries if isinstance(entry.details.get(key), int)}


def _people(ids: Collection[int]) -> dict[int, str]:
    rows = db.session.execute(select(Person.id, NAME).where(Person.id.in_(ids)))
    return {id_: name.full for id_, name in rows}
