"""Work out what an import would do, and whether it may. Pure functions."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field, replace

from app.imports import faults, guard
from app.imports.check import Checked, check
from app.imports.columns import ImportTable
from app.imports.diff import Incoming, differences, drop_doubles, hold_back, propose
from app.imports.faults import ImportFault
from app.imports.naming import Namer
from app.imports.parse import Parsed, Placed
from app.imports.report import Regrouped, Report, Stop, count_tables, judge
from app.imports.spelling import spelled_as
from app.imports.tables import TABLES
from app.school.names import full_name
from app.school.rows import (
    Change,
    GuardianRow,
    Key,
    LinkRow,
    Present,
    Rows,
    SchoolRow,
    StudentRow,
)


@dataclass(frozen=True)
class Consent:
    """What somebody said yes to.

    ``everything`` means every removal. ``tables`` are names of tables of which anything is right.
    ``keys`` are those of rows, by table and column: a yes on a page holds for what it showed.
    """

    everything: bool = False
    tables: Collection[str] = ()
    keys: Mapping[tuple[str, str], Set[str]] = field(default_factory=dict)

    def covers(self, stop: Stop) -> bool:
        """Whether all that stops here was agreed to."""
        return (
            (self.everything and not stop.is_new)
            or stop.table in self.tables
            or set(stop.keys) <= self.keys.get((stop.table, stop.column), set())
        )


@dataclass(frozen=True)
class ImportPlan:
    """The changes of an import and the report of it, worked out from what was stored then."""

    present: Present
    changes: Mapping[type[SchoolRow], Change]
    report: Report


def unreadable(parsed: Parsed) -> ImportPlan:
    """Return the plan for files of which one cannot be read: nothing."""
    tables = count_tables({}, parsed.faults, Present(), {})
    report = Report(
        judge(parsed.faults), False, tables, _sorted(parsed.faults), tuple(parsed.notices), ()
    )
    return ImportPlan(Present(), {}, report)


def make_plan(parsed: Parsed, present: Present, consent: Consent) -> ImportPlan:
    """Compare the files with what is stored."""
    parsed = spelled_as(parsed, present)
    checked = check(parsed, present)
    drop_doubles(checked.rows, present)
    proposals = propose(checked.rows, present)
    hold_back(checked.rows, present, proposals)
    changes = differences(checked.rows, present)
    stops = _stops(parsed, checked, changes, present)
    stops = [stop for stop in stops if not consent.covers(stop)]
    found = [*_without_echoes(checked.faults, stops), *map(_fault, stops)]
    report = Report(
        judge(found),
        False,
        count_tables(changes, found, present, checked.rows),
        _sorted(found),
        tuple(checked.notices),
        proposals,
        tuple(stops),
    )
    if not report.is_refused:
        regrouped = _regrouped(present, checked.rows, changes)
        report = replace(report, regrouped=regrouped)
    return ImportPlan(present, changes, report)


def _sorted(found: Collection[ImportFault]) -> tuple[ImportFault, ...]:
    return tuple(sorted(found, key=lambda fault: (fault.file, fault.line)))


def _stops(
    parsed: Parsed, checked: Checked, changes: Mapping[type[SchoolRow], Change], present: Present
) -> list[Stop]:
    namer = Namer(present.rows, checked.rows)
    stops = [
        Stop(
            loss.table.name,
            loss.column,
            tuple(sorted(loss.keys)),
            tuple(map(namer.name, loss.rows)),
            loss.present,
        )
        for loss in guard.losses(changes, present, checked.rows)
        if guard.is_suspicious(loss, changes, present)
    ]
    lines: dict[str, set[int]] = defaultdict(set)
    for fault in checked.faults:
        lines[fault.file].add(fault.line)
    for table in TABLES:
        rows = [one for one in _placed(parsed, table) if one.line in lines[table.file]]
        total = len(parsed.rows.get(table.row, ()))
        if not present.rows.get(table.row) and guard.is_too_faulty(len(rows), total):
            keys = tuple(sorted(guard.text_of(one.row.key) for one in rows))
            names = tuple(namer.name(one.row) for one in rows)
            stops.append(Stop(table.name, "", keys, names, total, is_new=True))
    return stops


def _without_echoes(found: Collection[ImportFault], stops: Collection[Stop]) -> list[ImportFault]:
    """Return the faults without those that say of each row once more what a stop says of all.

    A file that is cut off makes every row that refers to its missing rows faulty.
    """
    lost = {(f"{stop.table}.csv", key) for stop in stops if not stop.column for key in stop.keys}
    return [fault for fault in found if (fault.other, fault.value) not in lost]


def _placed(parsed: Parsed, table: ImportTable) -> Collection[Placed]:
    return parsed.rows.get(table.row, {}).values()


def _fault(stop: Stop) -> ImportFault:
    file, option = f"{stop.table}.csv", f"--allow {stop.table}"
    if stop.is_new:
        return faults.mass_faults(file, len(stop.keys), stop.present, option)
    return faults.mass_removal(file, stop.column, len(stop.keys), stop.present, stop.names, option)


def _regrouped(
    present: Present,
    incoming: Incoming,
    changes: Mapping[type[SchoolRow], Change],
) -> tuple[Regrouped, ...]:
    """Return the students, here and in the source, whom the source now says otherwise about.

    What the row of a guardian says who goes is no longer said, also where the links are absent.
    """
    gone = {row.key for row in changes.get(GuardianRow, Change()).gone}
    before = _said_apart(present.rows, ())
    after = _said_apart({**present.rows, **incoming}, gone)
    return tuple(
        Regrouped(
            row.source_id,
            full_name(row.given_name, row.prefix, row.family_name),
            apart=key in after,
        )
        for key, row in incoming.get(StudentRow, {}).items()
        if isinstance(row, StudentRow)
        and key in present.rows[StudentRow]
        and (key in before) != (key in after)
        and key not in present.decided
    )


def _said_apart(rows: Rows, gone: Collection[Key]) -> set[Key]:
    """Return the students of whom any row says that the guardians come apart."""
    links = rows.get(LinkRow, {}).values()
    students = rows.get(StudentRow, {}).items()
    return {
        *(key for key, row in students if isinstance(row, StudentRow) and row.apart),
        *(
            row.student
            for row in links
            if isinstance(row, LinkRow) and row.apart and row.guardian not in gone
        ),
    }
