"""The result of an import."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.imports.diff import Proposal, follows, people_in
from app.imports.faults import Code, ImportFault, Notice
from app.imports.naming import Namer
from app.imports.tables import TABLES
from app.school.rows import Change, Present, Rows, SchoolRow


class Verdict(StrEnum):
    """Whether an import may be applied.

    Partial: all but the faulty rows. Blocked: nothing, until a person has checked.
    """

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REJECTED = "rejected"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class TableCount:
    """The row counts of one file, and in words who or what came, changed and went.

    Rows that follow from somebody who came or went are counted, not named. Nobody is named where a
    table was empty before: then everybody is new.
    """

    file: str
    added: int
    changed: int
    gone: int
    unchanged: int
    faulty: int
    who_came: tuple[str, ...] = ()
    what_changed: tuple[str, ...] = ()
    who_went: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stop:
    """A loss that stops the import until somebody says that it is right.

    ``column`` is empty for rows that disappear; ``is_new`` means that nothing is stored of this
    table yet and too many rows are faulty. ``keys`` identify what a yes holds for.
    """

    table: str
    column: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    present: int
    is_new: bool = False


@dataclass(frozen=True)
class Regrouped:
    """A student whose guardians the source sets apart, or puts together."""

    number: str
    name: str
    apart: bool


@dataclass(frozen=True)
class Report:
    """What an import did, or would do; ``applied`` is False in a dry run or if refused.

    ``regrouped``: existing students whose guardians the source sets apart or puts together.
    """

    verdict: Verdict
    applied: bool
    tables: tuple[TableCount, ...]
    faults: tuple[ImportFault, ...]
    notices: tuple[Notice, ...]
    proposals: tuple[Proposal, ...]
    stops: tuple[Stop, ...] = ()
    regrouped: tuple[Regrouped, ...] = ()

    @property
    def changes(self) -> int:
        """The number of rows that differ from the present data."""
        return sum(table.added + table.changed + table.gone for table in self.tables)

    @property
    def faulty(self) -> int:
        """The number of rows that have a fault."""
        return sum(table.faulty for table in self.tables)

    @property
    def is_refused(self) -> bool:
        """Whether nothing may be applied."""
        return self.verdict in {Verdict.REJECTED, Verdict.BLOCKED}


def judge(faults: list[ImportFault]) -> Verdict:
    """Return the verdict that the faults allow."""
    stopping = {fault.code for fault in faults if fault.stops}
    if stopping - {Code.MOJIBAKE, Code.MASS_REMOVAL, Code.MASS_FAULTS}:
        return Verdict.REJECTED
    if stopping:
        return Verdict.BLOCKED
    return Verdict.PARTIAL if faults else Verdict.ACCEPTED


def count_tables(
    changes: Mapping[type[SchoolRow], Change],
    faults: list[ImportFault],
    present: Present,
    incoming: Rows,
) -> tuple[TableCount, ...]:
    """Return the counts and names of each delivered or faulty table."""
    namer = Namer(present.rows, incoming)
    people = people_in(changes, lambda change: (*change.added, *change.gone))
    counts = []
    for table in TABLES:
        mine = [fault for fault in faults if fault.file == table.file and fault.line]
        faulty = len({line for fault in mine for line in (fault.line, *fault.also)})
        change, before = changes.get(table.row, Change()), present.rows.get(table.row, {})
        if table.row in changes or any(fault.file == table.file for fault in faults):
            came = [row for row in change.added if before and not follows(row, people)]
            went = [row for row in change.gone if not follows(row, people)]
            counts.append(
                TableCount(
                    table.file,
                    len(change.added),
                    len(change.changed),
                    len(change.gone),
                    change.unchanged,
                    faulty,
                    tuple(map(namer.name, came)),
                    tuple(namer.change(row, before.get(row.key)) for row in change.changed),
                    tuple(map(namer.name, went)),
                )
            )
    return tuple(counts)
