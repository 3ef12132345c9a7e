"""The school's rows as a source writes them: with the source's keys, not our ids.

Two sets of these rows can be compared directly: what a source delivers, and what is stored
(``school.present``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

Key: TypeAlias = str | tuple[str, ...]


@dataclass(frozen=True)
class SchoolRow:
    """A row; ``key`` identifies it."""

    @property
    def key(self) -> Key:
        """Return what identifies the row within its table."""
        raise NotImplementedError


@dataclass(frozen=True)
class KeyedRow(SchoolRow):
    """A row whose key is one column."""

    source_id: str

    @property
    def key(self) -> str:
        """Return the source's key."""
        return self.source_id


@dataclass(frozen=True)
class BranchRow(KeyedRow):
    """A site of the school."""

    name: str


@dataclass(frozen=True)
class DepartmentRow(KeyedRow):
    """A year and level; ``branch`` is a key or empty."""

    code: str
    branch: str
    year: int | None
    level: str


@dataclass(frozen=True)
class SubjectRow(KeyedRow):
    """A subject; its key is its code."""

    name: str


@dataclass(frozen=True)
class PersonRow(KeyedRow):
    """A person in one role."""

    given_name: str
    prefix: str
    family_name: str
    email: str


@dataclass(frozen=True)
class TeacherRow(PersonRow):
    """A teacher; the key is the teacher's code. ``salutation`` is empty if the source has none."""

    salutation: str


@dataclass(frozen=True)
class HomeClassRow(KeyedRow):
    """A home class; department, branch and tutor are keys or empty."""

    name: str
    department: str
    branch: str
    tutor: str


@dataclass(frozen=True)
class StudentRow(PersonRow):
    """A student; the key is the student number. ``apart`` means the guardians come apart."""

    birth_date: date | None
    home_class: str
    department: str
    apart: bool


@dataclass(frozen=True)
class GuardianRow(PersonRow):
    """A guardian."""

    language: str
    phone: str = ""


@dataclass(frozen=True)
class LinkRow(SchoolRow):
    """A guardian of a student; ``apart`` means that the student's guardians come apart."""

    guardian: str
    student: str
    relation: str
    authority: bool
    apart: bool

    @property
    def key(self) -> tuple[str, ...]:
        """Return the two linked keys."""
        return (self.guardian, self.student)


@dataclass(frozen=True)
class EnrolmentRow(SchoolRow):
    """A student takes a subject."""

    student: str
    subject: str

    @property
    def key(self) -> tuple[str, ...]:
        """Return the two linked keys."""
        return (self.student, self.subject)


@dataclass(frozen=True)
class GroupRow(KeyedRow):
    """A teaching group; department (or empty) and subject are keys."""

    name: str
    department: str
    subject: str


@dataclass(frozen=True)
class MemberRow(SchoolRow):
    """A student is in a teaching group."""

    group: str
    student: str

    @property
    def key(self) -> tuple[str, ...]:
        """Return the two linked keys."""
        return (self.group, self.student)


@dataclass(frozen=True)
class LessonRow(SchoolRow):
    """A teacher teaches a group from one week to another ("2026-W53"), both included."""

    source_id: str
    group: str
    subject: str
    teacher: str
    kind: str
    replaces: str
    from_week: str
    to_week: str
    hours: int

    @property
    def key(self) -> tuple[str, ...]:
        """Return the lesson's key, its teacher and its first week."""
        return (self.source_id, self.teacher, self.from_week)


Rows: TypeAlias = Mapping[type[SchoolRow], Mapping[Key, SchoolRow]]
"""Rows by table and key."""


@dataclass(frozen=True)
class Change:
    """A source's changes to one table; ``unchanged`` is a number of rows."""

    added: Sequence[SchoolRow] = ()
    changed: Sequence[SchoolRow] = ()
    gone: Sequence[SchoolRow] = ()
    unchanged: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.added or self.changed or self.gone)


@dataclass(frozen=True)
class Present:
    """What is stored from a source.

    ``ended`` holds people and links that ended: what is stored of them holds again when they come
    back. A source may go on naming a guardian who ended because no child is left; such a one comes
    back only together with a child. ``led`` holds people whose name and mail address another role
    decides: a teacher takes precedence over a guardian, a guardian over a student. ``same`` maps
    guardians whom the office merged to those they were merged into. ``decided`` holds students for
    whom the office overrode who comes apart.
    """

    rows: Rows = field(default_factory=dict)
    ended: Rows = field(default_factory=dict)
    led: Mapping[type[SchoolRow], Collection[Key]] = field(default_factory=dict)
    same: Mapping[Key, Key] = field(default_factory=dict)
    decided: frozenset[Key] = frozenset()
