"""Find losses so large that the file is probably incomplete. Pure functions."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from app.imports.columns import ImportTable
from app.imports.diff import follows, people_in
from app.imports.tables import TABLES
from app.school.names import email_key
from app.school.rows import (
    Change,
    EnrolmentRow,
    GuardianRow,
    Key,
    LessonRow,
    LinkRow,
    MemberRow,
    Present,
    Rows,
    SchoolRow,
    StudentRow,
)
from app.school.structure import closed_reason

MOST_LOST = 25
"""More losses than this in one table at once are suspicious."""

MOST_LOST_SHARE = 10
"""So is more than one row in this many."""

FEW = 2
"""So few values of a column are never suspicious."""

PERSONAL = ("email", "birth_date")
"""Another value here is a loss too: it decides who signs in, and who may see a grown-up child. So is
another word about a guardian that opens or closes the child (``_loses``)."""

OWNERS: Mapping[type[SchoolRow], Callable[[SchoolRow], str]] = {
    EnrolmentRow: lambda row: row.student if isinstance(row, EnrolmentRow) else "",
    MemberRow: lambda row: row.student if isinstance(row, MemberRow) else "",
    LessonRow: lambda row: row.group if isinstance(row, LessonRow) else "",
}
"""Whose rows these are. Another row of the same owner replaces one that is gone: a student changes
groups, and a group gets another teacher."""


@dataclass(frozen=True)
class Loss:
    """Rows that a table would lose or, with a ``column``, values of that column.

    ``present`` is the number of rows in that table now.
    """

    table: ImportTable
    column: str
    rows: tuple[SchoolRow, ...]
    present: int

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the rows, as text; with a column those of what it would say too.

        A yes to other addresses is none to the same addresses a row further down.
        """
        if not self.column:
            return frozenset(text_of(row.key) for row in self.rows)
        field = field_of(self.table, self.column)
        return frozenset(f"{text_of(row.key)}\n{_digest(getattr(row, field))}" for row in self.rows)


def field_of(table: ImportTable, column: str) -> str:
    """Return our rows' field for a column."""
    return next(one.field for one in table.columns if one.name == column)


def _digest(value: object) -> str:
    """Return a value as a sum to compare it with: no page or log shows it by mistake."""
    return hashlib.sha256(str(value).encode()).hexdigest()[:16] if value else ""


def text_of(key: Key) -> str:
    """Return a key as text: its parts, which hold no line breaks, on a line each."""
    return key if isinstance(key, str) else "\n".join(key)


def losses(
    changes: Mapping[type[SchoolRow], Change], present: Present, incoming: Rows
) -> tuple[Loss, ...]:
    """Return every loss, small or large: rows that disappear, and values emptied or replaced.

    Not the rows of a student or guardian who is gone, tonight or before, nor a guardian all of whose
    children are: the student is the loss. But the links of a guardian whose own row is not gone: both
    are losses, and a yes to one file hides nothing that the other lost. Not a value that is replaced,
    except a personal one, or one by which a guardian sees the child or does not.
    """
    found = []
    gone = people_in(changes, lambda change: change.gone)
    families = _with_others(present, gone)
    guardians = incoming.get(GuardianRow, present.rows.get(GuardianRow, {}))
    gone -= {("guardian", key) for key in guardians}
    students = present.ended.get(StudentRow, {}).keys() - incoming.get(StudentRow, {}).keys()
    gone |= {("student", key) for key in students}
    for table in TABLES:
        change, before = changes.get(table.row, Change()), present.rows.get(table.row, {})
        rows = _net(
            change,
            table.row,
            [
                row
                for row in change.gone
                if not follows(row, gone) and (table.row is not GuardianRow or row.key in families)
            ],
        )
        if rows:
            found.append(Loss(table, "", tuple(rows), len(before)))
        for column in table.columns:
            lost = [row for row in change.changed if _loses(column.field, row, before)]
            if lost:
                found.append(Loss(table, column.name, tuple(lost), len(before)))
    return tuple(found)


def is_suspicious(loss: Loss, changes: Mapping[type[SchoolRow], Change], present: Present) -> bool:
    """Whether so much is lost that a person must say that it is right.

    Besides the limits, a column whose values are all gone: it was probably exported empty. One or
    two values are no reason to stop, also in a small table: a class can be without a tutor.
    """
    if loss.column and len(loss.rows) <= FEW:
        return False
    if too_many(len(loss.rows), loss.present):
        return True
    if not loss.column:
        return False
    field = field_of(loss.table, loss.column)
    before = present.rows.get(loss.table.row, {})
    lost = {row.key for row in loss.rows}
    gone = {row.key for row in changes[loss.table.row].gone}
    staying = (row for key, row in before.items() if key not in lost and key not in gone)
    return not any(
        _tells(field, row) for row in (*staying, *loss.rows, *changes[loss.table.row].added)
    )


def too_many(lost: int, present: int) -> bool:
    """Whether more than 25 of the rows, or more than a tenth of them, are lost."""
    return lost > MOST_LOST or lost * MOST_LOST_SHARE > present


def is_too_faulty(faulty: int, rows: int) -> bool:
    """Whether so many rows of a table's first file are faulty that nothing may go in.

    Later a faulty row does less harm: what is stored stays.
    """
    return faulty * MOST_LOST_SHARE > rows


def _with_others(present: Present, gone: Collection[tuple[str, Key]]) -> set[Key]:
    """Return the guardians who have a child that is not gone, or have none."""
    links = [row for row in present.rows.get(LinkRow, {}).values() if isinstance(row, LinkRow)]
    staying = {row.guardian for row in links if ("student", row.student) not in gone}
    leaving = {row.guardian for row in links} - staying
    return {key for key in present.rows.get(GuardianRow, {}) if key not in leaving}


def _net(change: Change, table: type[SchoolRow], rows: Sequence[SchoolRow]) -> list[SchoolRow]:
    """Return the rows that are gone, without those that other rows of their owner replace."""
    owner = OWNERS.get(table)
    if owner is None:
        return list(rows)
    new = Counter(map(owner, change.added))
    lost = []
    for row in rows:
        if new[owner(row)] > 0:
            new[owner(row)] -= 1
        else:
            lost.append(row)
    return lost


def _loses(field: str, row: SchoolRow, before: Mapping[Key, SchoolRow]) -> bool:
    old = before.get(row.key)
    if not field or old is None:
        return False
    value, now = getattr(old, field), getattr(row, field)
    if field == "authority" or (field == "relation" and _closes(value) != _closes(now)):
        return bool(value != now)  # the guardian sees the child, or no longer does
    if field == "email":
        value, now = email_key(value), email_key(now)  # capitals make no other address
    return bool(value) and (value != now if field in PERSONAL else not now)


def _closes(relation: str) -> bool:
    return closed_reason(relation, authority=True) != ""


def _tells(field: str, row: SchoolRow) -> bool:
    """Whether there is a value; of authority "N" is the word that somebody wrote for a reason."""
    return bool(getattr(row, field)) is not (field == "authority")
