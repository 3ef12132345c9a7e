"""Work out what a source would change. Pure functions."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from app.imports.tables import STAYING
from app.school.names import fold, full_name
from app.school.rows import (
    Change,
    EnrolmentRow,
    GuardianRow,
    Key,
    LinkRow,
    MemberRow,
    Present,
    SchoolRow,
    StudentRow,
)

OF_STUDENTS = (LinkRow, EnrolmentRow, MemberRow)

Incoming = dict[type[SchoolRow], dict[Key, SchoolRow]]


@dataclass(frozen=True)
class Proposal:
    """A new and a missing student who are probably the same person."""

    old: str
    new: str
    name: str


def differences(incoming: Incoming, present: Present) -> dict[type[SchoolRow], Change]:
    """Compare each delivered table with the present data.

    Guardians whose last child goes are gone too, also while their row stays.
    """
    changes = {table: _difference(table, rows, present) for table, rows in incoming.items()}
    if childless := _childless(incoming, present, changes):
        old = changes.get(GuardianRow, Change())
        changed = {row.key for row in old.changed}
        same = sum(
            row.key in incoming.get(GuardianRow, {}) for row in childless if row.key not in changed
        )
        changes[GuardianRow] = replace(
            old, gone=[*old.gone, *childless], unchanged=old.unchanged - same
        )
    return changes


def _difference(table: type[SchoolRow], rows: Mapping[Key, SchoolRow], present: Present) -> Change:
    before = present.rows.get(table, {})
    ended = present.ended.get(table, {}) if table is GuardianRow else {}
    known = {**ended, **before}
    added = [row for key, row in rows.items() if key not in known]
    changed = [row for key, row in rows.items() if key in known and known[key] != row]
    # Someone listed twice is not gone while one of the two rows is present.
    listed = {present.same[key] for key in rows if key in present.same and table is GuardianRow}
    gone = [row for key, row in before.items() if key not in rows and key not in listed]
    return Change(
        added,
        changed,
        [] if table in STAYING else gone,
        len(rows) - len(added) - len(changed),
    )


def _childless(
    incoming: Incoming, present: Present, changes: Mapping[type[SchoolRow], Change]
) -> list[SchoolRow]:
    """Return the guardians who are here and whose links are gone, or lead to somebody who is."""
    gone = people_in(changes, lambda change: change.gone)
    before = present.rows.get(LinkRow, {})
    after = [row for row in incoming.get(LinkRow, before).values() if not follows(row, gone)]
    lost = _parents(before.values(), present) - _parents(after, present)
    return [
        row
        for key, row in present.rows.get(GuardianRow, {}).items()
        if key in lost and ("guardian", key) not in gone
    ]


def _parents(links: Iterable[SchoolRow], present: Present) -> set[Key]:
    """Return the guardians in links, those who are one person once."""
    return {
        present.same.get(row.guardian, row.guardian) for row in links if isinstance(row, LinkRow)
    }


def propose(incoming: Incoming, present: Present) -> tuple[Proposal, ...]:
    """Find students with a new number: same name, birth date and a guardian in common.

    A number that somebody had here before is that student's, who comes back.
    """
    before, now = present.rows.get(StudentRow, {}), incoming.get(StudentRow, {})
    known = {*before, *present.ended.get(StudentRow, {})}
    gone = {_identity(row): row for key, row in before.items() if key not in now}
    old_links = _guardians(present.rows.get(LinkRow, {}))
    new_links = _guardians(incoming.get(LinkRow, {}))
    proposals = []
    for key, row in now.items():
        old = gone.get(_identity(row))
        if key in known or old is None or not isinstance(row, StudentRow):
            continue
        if row.birth_date and old_links.get(old.key, set()) & new_links.get(key, set()):
            name = full_name(row.given_name, row.prefix, row.family_name)
            proposals.append(Proposal(str(old.key), str(key), name))
    return tuple(proposals)


def _identity(row: SchoolRow) -> tuple[object, ...]:
    if not isinstance(row, StudentRow):
        return ()
    return (fold(row.given_name), fold(row.prefix), fold(row.family_name), row.birth_date)


def _guardians(links: Mapping[Key, SchoolRow]) -> dict[Key, set[str]]:
    guardians: dict[Key, set[str]] = {}
    for row in links.values():
        if isinstance(row, LinkRow):
            guardians.setdefault(row.student, set()).add(row.guardian)
    return guardians


def hold_back(incoming: Incoming, present: Present, proposals: tuple[Proposal, ...]) -> None:
    """Keep the old student and leave out the new one until somebody confirms the proposal."""
    old, new = {one.old for one in proposals}, {one.new for one in proposals}
    for table in (StudentRow, *OF_STUDENTS):
        if not proposals or table not in incoming:
            continue
        rows = {key: row for key, row in incoming[table].items() if _student(row) not in new}
        before = present.rows.get(table, {})
        incoming[table] = {
            **rows,
            **{key: row for key, row in before.items() if _student(row) in old},
        }


def drop_doubles(incoming: Incoming, present: Present) -> None:
    """Keep one of a child's links to guardians who are one person; prefer the present one."""
    links, before = incoming.get(LinkRow, {}), present.rows.get(LinkRow, {})
    kept: dict[tuple[str, Key], Key] = {}
    for key, row in links.items():
        if isinstance(row, LinkRow):
            pair = (row.student, present.same.get(row.guardian, row.guardian))
            if pair not in kept or key in before:
                kept[pair] = key
    if len(kept) < len(links):
        incoming[LinkRow] = {key: links[key] for key in kept.values()}


def _student(row: SchoolRow) -> str:
    if isinstance(row, StudentRow):
        return row.source_id
    if isinstance(row, LinkRow | EnrolmentRow | MemberRow):
        return row.student
    return ""


def people_in(
    changes: Mapping[type[SchoolRow], Change], rows_of: Callable[[Change], Iterable[SchoolRow]]
) -> frozenset[tuple[str, Key]]:
    """Return the students and guardians in a part of the changes, to ask ``follows`` about."""
    return frozenset(
        (role, row.key)
        for role, table in (("student", StudentRow), ("guardian", GuardianRow))
        for row in rows_of(changes.get(table, Change()))
    )


def follows(row: SchoolRow, people: Collection[tuple[str, Key]]) -> bool:
    """Whether the row comes or goes because one of these students or guardians does."""
    return any((role, getattr(row, role, None)) in people for role in ("student", "guardian"))
