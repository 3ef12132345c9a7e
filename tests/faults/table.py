"""The table of faults: a row for each, as Markdown."""

import os
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.crowd import Answer, Family

HEAD = (
    "| Fault | Database | Changes | Talks | Mails | What people read | Back after |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)
ROWS: list["Row"] = []
LONG = 5  # seconds that are worth telling


@dataclass
class Row:
    """What a fault did: figures, and what people read. All but the first two are known at its end."""

    fault: str
    database: str
    over: float = 0.0  # on the performance counter
    asked: int = 0
    confirmed: int = 0
    taken: int = 0
    resent: int = 0
    unanswered: int = 0
    longest: float = 0.0  # that anybody waited for an answer
    expected: int = 0  # talks that were confirmed and not cancelled
    stored: int = 0
    missing: int = 0
    unconfirmed: int = 0
    double: int = 0
    mails: int = 0
    twice: int = 0
    twice_renamed: int = 0  # of these, with another Message-ID
    untold: list[str] = field(default_factory=list)  # who was not told what stands
    waiting: int = 0  # mails that were still to be sent a minute later
    read: list[tuple[int, int, str]] = field(default_factory=list)
    back_after: float | None = None
    remark: str = ""
    let_in: Callable[[], None] = lambda: None  # whoever is held
    families: list[Family] = field(default_factory=list)
    failed: list[Answer] = field(default_factory=list)
    pages: list[Answer] = field(default_factory=list)  # of who looked on

    def assert_whole(self, *, statuses: Set[int] = frozenset(), twice: int = 0) -> None:
        """Assert that nothing is lost or double, and that nobody was told anything untrue.

        ``statuses`` are those that a person may have got beside an answer; 0 is none at all.
        ``twice`` are the mails of which the mail server did not say whether it has them.
        """
        assert self.asked == self.confirmed + self.taken
        assert self.expected >= len(self.families)
        assert (self.unanswered, self.missing, self.unconfirmed, self.double) == (0, 0, 0, 0)
        assert {status for _, status, _ in self.read} <= statuses
        assert not self.waiting
        assert not self.untold
        assert self.twice <= twice
        assert not self.twice_renamed

    def line(self) -> str:
        """Return the row as a line of the table."""
        cells = [
            self.fault,
            "SQLite" if self.database == "sqlite" else "PostgreSQL",
            self._changes(),
            self._talks(),
            self._mails(),
            "<br>".join(filter(None, [*map(_read, self.read[:3]), self._waited(), self.remark]))
            or "nothing odd",
            f"{self.back_after:.1f} s" if self.resent and self.back_after is not None else "–",
        ]
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"

    def _waited(self) -> str:
        return f"waited {self.longest:.0f} s at most" if self.longest >= LONG else ""

    def _changes(self) -> str:
        if not self.asked:
            return "–"
        taken = f", {self.taken} taken by others" if self.taken else ""
        again = f"; sent {self.resent} times again" if self.resent else ""
        lost = f"; **{self.unanswered} without an answer**" if self.unanswered else ""
        return f"{self.asked} asked, {self.confirmed} confirmed{taken}{again}{lost}"

    def _talks(self) -> str:
        if not self.asked:
            return "–"
        wrong = [
            f"**{number} {what}**"
            for number, what in (
                (self.missing, "missing"),
                (self.unconfirmed, "not confirmed"),
                (self.double, "double"),
            )
            if number
        ]
        return "; ".join([f"{self.expected} of {self.stored}", *(wrong or ["0 missing, 0 double"])])

    def _mails(self) -> str:
        if not self.mails:
            return "–"
        renamed = f", {self.twice_renamed} with another Message-ID" if self.twice_renamed else ""
        twice = f"{self.twice} twice{renamed}"
        late = f", **{self.waiting} still waiting**" if self.waiting else ""
        return f"{self.mails} sent, {twice}, {len(self.untold)} people not told{late}"


def _read(line: tuple[int, int, str]) -> str:
    number, status, words = line
    return f"{number} × {status or 'no answer'}: “{words}”"


def text() -> str:
    """Return the table of this run."""
    return "\n".join([HEAD, *(row.line() for row in ROWS)])


def write(database: str) -> None:
    """Write the rows of this run into the folder that FAULTS_TABLE names."""
    if folder := os.environ.get("FAULTS_TABLE"):
        Path(folder, f"{database}.md").write_text(f"{text()}\n")
