"""Read a set of files, and apply all of it or nothing."""

from collections import Counter
from collections.abc import Collection, Mapping, Set
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from app.accounts import service as accounts
from app.audit import service as audit
from app.audit.actions import Action
from app.bookings.regrouping import follow_households
from app.core.transaction import retry_deadlock, transaction, watched_writes
from app.imports import runs
from app.imports.parse import parse_folder
from app.imports.plan import Consent, ImportPlan, make_plan, unreadable
from app.imports.report import Regrouped, Report
from app.requests import following as requests
from app.rounds.service import refresh_coming_rounds
from app.school.models import Guardian, Student, Teacher
from app.school.names import email_key, fold, full_name
from app.school.people import lock_people, students_apart
from app.school.present import load_present
from app.school.queries import person_ids
from app.school.rows import (
    Change,
    GuardianRow,
    LinkRow,
    PersonRow,
    Present,
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


@retry_deadlock
def run(
    folder: Path,
    *,
    now: datetime,
    dry_run: bool = False,
    encoding: str = "utf-8",
    allow_removal: bool = False,
    allow: Collection[str] = (),
) -> Report:
    """Import the twelve tables of a folder in one transaction, and return the report.

    Rejected and blocked sets change nothing but are recorded, which a dry run is not.
    ``allow_removal`` confirms everything that would disappear, ``allow`` whatever a table of that
    name was stopped for.

    The comparison takes longer than the writing, so it is made before the transaction and again
    within it only if what is stored has changed meanwhile. Nobody changes that once everybody is
    locked: the office and other imports wait.
    """
    parsed = parse_folder(folder, encoding)

    def compare(present: Present) -> ImportPlan:
        consent = Consent(allow_removal, allow, runs.agreed_keys(SOURCE))
        return make_plan(parsed, present, consent)

    with watched_writes() as may_differ:
        plan = unreadable(parsed) if parsed.is_stopped else compare(load_present(SOURCE))
        if dry_run:
            return plan.report
        with transaction():
            if plan.report.changes and not plan.report.is_refused:
                runs.lock()
                lock_people()
                if may_differ() and (present := load_present(SOURCE)) != plan.present:
                    plan = compare(present)
            report = plan.report
            if not report.is_refused:
                report = replace(report, applied=True)
                if report.changes:
                    _apply(plan, now)
            runs.record(SOURCE, report, now=now)
            return report


def _apply(plan: ImportPlan, now: datetime) -> None:
    _end_access(plan.present, plan.changes, now)
    apart = students_apart()
    apply_school(SOURCE, plan.changes, now=now)
    refresh_coming_rounds(now=now)
    regrouped = apart ^ students_apart()
    _end_shared_access(regrouped, plan.changes, now)
    follow_households(now=now, regrouped=regrouped)
    requests.follow(now=now)
    _log_regrouped(plan.report.regrouped, now)


def _end_access(present: Present, changes: Mapping[type[SchoolRow], Change], now: datetime) -> None:
    """End access granted through a mail address that a person no longer has, before it changes."""
    for table, role in ROLES.items():
        change, before = changes.get(table, Change()), present.rows[table]
        held = Counter(
            email_key(row.email) for row in before.values() if isinstance(row, PersonRow)
        )
        moved = [
            row
            for row in change.changed
            if isinstance(row, PersonRow) and _is_moved(row, before.get(row.key), held)
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


def _is_moved(row: PersonRow, before: SchoolRow | None, held: Mapping[str, int]) -> bool:
    """Whether whoever reads the stored address may have to leave.

    Another address, or another name where several rows have that address: they may have been taken
    for one person.
    """
    if not isinstance(before, PersonRow):
        return bool(row.email)
    address = email_key(before.email)
    return email_key(row.email) != address or (held[address] > 1 and _name(row) != _name(before))


def _name(row: PersonRow) -> str:
    return fold(full_name(row.given_name, row.prefix, row.family_name))


def _log_regrouped(students: Collection[Regrouped], now: datetime) -> None:
    """Log for each student how the source regrouped guardians, as if the office had done it."""
    ids = ids_of(Student, SOURCE)
    for one in students:
        action = Action.FAMILY_SET_APART if one.apart else Action.FAMILY_PUT_TOGETHER
        audit.record(None, action, now=now, student_id=ids[one.number], source=SOURCE)
