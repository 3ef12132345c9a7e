"""Read a set of files, and apply all of it or nothing."""

from collections.abc import Collection, Mapping, Set
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from app.accounts import service as accounts
from app.audit import service as audit
from app.audit.actions import Action
from app.bookings.regrouping import follow_households
from app.core.transaction import retry_deadlock, transaction
from app.imports import faults
from app.imports.check import Checked, check
from app.imports.diff import Incoming, Proposal, differences, drop_doubles, hold_back, propose
from app.imports.faults import ImportFault
from app.imports.parse import Parsed, parse_folder
from app.imports.report import Report, TableCount, Verdict, judge
from app.imports.spelling import spelled_as
from app.imports.tables import TABLES
from app.rounds.service import refresh_coming_rounds
from app.school.models import Guardian, Student, Teacher
from app.school.people import lock_people, students_apart, students_decided
from app.school.present import load_present
from app.school.queries import person_ids
from app.school.rows import (
    Change,
    GuardianRow,
    Key,
    LinkRow,
    PersonRow,
    Present,
    Rows,
    SchoolRow,
    StudentRow,
    TeacherRow,
)
from app.school.service import apply_school
from app.school.structure import ids_of

SOURCE = "csv"

ROLES: Mapping[type[SchoolRow], type[Student] | type[Teacher] | type[Guardian]] = {
    StudentRow: Student,
    TeacherRow: Teacher,
    GuardianRow: Guardian,
}

MOST_GONE = 25
"""More missing students than this in one import are suspicious."""

MOST_GONE_SHARE = 10
"""So is more than one missing student in this many."""


@retry_deadlock
def run(
    folder: Path,
    *,
    now: datetime,
    dry_run: bool = False,
    encoding: str = "utf-8",
    allow_removal: bool = False,
) -> Report:
    """Import the twelve tables of a folder in one transaction, and return the report.

    Rejected and blocked sets change nothing. ``allow_removal`` confirms that many students are
    really gone.
    """
    parsed = parse_folder(folder, encoding)
    if parsed.is_stopped:
        return _report(Checked({}, parsed.faults, parsed.notices), {}, (), applied=False)
    with transaction():
        return _run(parsed, now=now, dry_run=dry_run, allow_removal=allow_removal)


def _run(parsed: Parsed, *, now: datetime, dry_run: bool, allow_removal: bool) -> Report:
    present = load_present(SOURCE)
    parsed = spelled_as(parsed, present)
    checked = check(parsed, present)
    drop_doubles(checked.rows, present)
    proposals = propose(checked.rows, present)
    hold_back(checked.rows, present, proposals)
    changes = differences(checked.rows, present)
    if not allow_removal:
        students = len(present.rows[StudentRow])
        checked.faults.extend(_too_many_gone(changes[StudentRow], students))
    refused = any(fault.stops for fault in checked.faults)
    applied = not refused and not dry_run
    report = replace(
        _report(checked, changes, proposals, applied=applied),
        regrouped=() if refused else _regrouped(present, checked.rows),
    )
    if applied and report.changes:
        lock_people()
        _end_access(present, changes, now)
        apart = students_apart()
        apply_school(SOURCE, changes, now=now)
        refresh_coming_rounds(now=now)
        regrouped = apart ^ students_apart()
        _end_shared_access(regrouped, changes, now)
        follow_households(now=now, regrouped=regrouped)
        _log_regrouped(report.regrouped, now)
        counts = {table.file: [table.added, table.changed, table.gone] for table in report.tables}
        audit.record(None, Action.IMPORT_APPLIED, now=now, source=SOURCE, counts=counts)
    return report


def _end_access(present: Present, changes: Mapping[type[SchoolRow], Change], now: datetime) -> None:
    """End access granted through a mail address that a person no longer has, before it changes."""
    for table, role in ROLES.items():
        change = changes.get(table, Change())
        moved = [
            row
            for row in change.changed
            if isinstance(row, PersonRow) and row.email != _email_of(present, row)
        ]
        keys = [row.key for row in (*moved, *change.gone) if isinstance(row, PersonRow)]
        accounts.end_access(person_ids(role, SOURCE, keys), now=now)


def _end_shared_access(
    regrouped: Set[int], changes: Mapping[type[SchoolRow], Change], now: datetime
) -> None:
    """End access one guardian may have opened in another's name, once they see different things."""
    links, ids = changes.get(LinkRow, Change()), ids_of(Student, SOURCE)
    changed = {
        ids[row.student]
        for row in (*links.added, *links.changed, *links.gone)
        if isinstance(row, LinkRow)
    }
    accounts.end_shared_access(regrouped | changed, now=now)


def _email_of(present: Present, row: PersonRow) -> str:
    before = present.rows[type(row)].get(row.key)
    return before.email if isinstance(before, PersonRow) else ""


def _regrouped(present: Present, incoming: Incoming) -> tuple[StudentRow, ...]:
    """Return the students, here and in the source, whom the source now says otherwise about."""
    before, after = _said_apart(present.rows), _said_apart({**present.rows, **incoming})
    decided = students_decided(SOURCE)
    return tuple(
        replace(row, apart=key in after)
        for key, row in incoming.get(StudentRow, {}).items()
        if isinstance(row, StudentRow)
        and key in present.rows[StudentRow]
        and (key in before) != (key in after)
        and key not in decided
    )


def _said_apart(rows: Rows) -> set[Key]:
    """Return the students of whom any row says that the guardians come apart."""
    links = rows.get(LinkRow, {}).values()
    students = rows.get(StudentRow, {}).items()
    return {
        *(key for key, row in students if isinstance(row, StudentRow) and row.apart),
        *(row.student for row in links if isinstance(row, LinkRow) and row.apart),
    }


def _log_regrouped(rows: Collection[StudentRow], now: datetime) -> None:
    """Log for each student how the source regrouped guardians, as if the office had done it."""
    ids = ids_of(Student, SOURCE)
    for row in rows:
        action = Action.FAMILY_SET_APART if row.apart else Action.FAMILY_PUT_TOGETHER
        audit.record(None, action, now=now, student_id=ids[row.key], source=SOURCE)


def _too_many_gone(change: Change, present: int) -> list[ImportFault]:
    gone = len(change.gone)
    if gone > MOST_GONE or gone * MOST_GONE_SHARE > present:
        return [faults.mass_removal("leerlingen.csv", gone, present)]
    return []


def _report(
    checked: Checked,
    changes: Mapping[type[SchoolRow], Change],
    proposals: tuple[Proposal, ...],
    *,
    applied: bool,
) -> Report:
    verdict: Verdict = judge(checked.faults)
    counts = []
    for table in TABLES:
        faulty = {fault.line for fault in checked.faults if fault.file == table.file}
        change = changes.get(table.row, Change())
        if table.row in changes or faulty:
            counts.append(
                TableCount(
                    table.file,
                    len(change.added),
                    len(change.changed),
                    len(change.gone),
                    change.unchanged,
                    len(faulty),
                )
            )
    return Report(
        verdict,
        applied,
        tuple(counts),
        tuple(sorted(checked.faults, key=lambda fault: (fault.file, fault.line))),
        tuple(checked.notices),
        proposals,
    )
