"""The result of an import."""

from dataclasses import dataclass
from enum import StrEnum

from app.imports.diff import Proposal
from app.imports.faults import Code, ImportFault, Notice
from app.school.rows import StudentRow


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
    """The row counts of one file."""

    file: str
    added: int
    changed: int
    gone: int
    unchanged: int
    faulty: int


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
    regrouped: tuple[StudentRow, ...] = ()

    @property
    def changes(self) -> int:
        """The number of rows that differ from the present data."""
        return sum(table.added + table.changed + table.gone for table in self.tables)


def judge(faults: list[ImportFault]) -> Verdict:
    """Return the verdict that the faults allow."""
    stopping = {fault.code for fault in faults if fault.stops}
    if stopping - {Code.MOJIBAKE, Code.MASS_REMOVAL}:
        return Verdict.REJECTED
    if stopping:
        return Verdict.BLOCKED
    return Verdict.PARTIAL if faults else Verdict.ACCEPTED
