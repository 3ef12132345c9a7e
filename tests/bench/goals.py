"""What the opening rush and calendars must and should cost, and the figures beside it."""

import os
import platform
from dataclasses import dataclass, field

from app.core import clock
from tests.rush.machine import processor

# Must and aim; a name may end in a database where they differ.
GOALS: dict[str, tuple[float, float | None]] = {
    "poll without news ÷ base": (0.45, 0.3),
    "poll without news, statements": (1, None),
    "poll with news, phone ÷ base": (0.14, 0.07),
    "poll with news, computer ÷ base": (0.14, 0.07),
    "poll with news, bytes": (1024, None),
    "table, phone ÷ base": (0.2, 0.12),
    "table, computer ÷ base": (0.25, 0.15),
    "first table of a family ÷ base": (0.55, 0.3),
    "booking with its answer, phone ÷ base": (0.25, 0.15),
    "booking with its answer, computer ÷ base": (0.25, 0.15),
    "link, button, first page ÷ base": (0.4, 0.25),
    "table through gunicorn ÷ base": (0.25, 0.15),
    "table through gunicorn ÷ floor": (7, 4),
    "booking through gunicorn ÷ base": (0.28, 0.18),
    "booking through gunicorn ÷ floor, sqlite": (9, 5),
    "booking through gunicorn ÷ floor, postgresql": (12, 7),
    "R1: worst p95 in ms, sqlite": (100, 60),
    "R1: worst p95 in ms, postgresql": (300, 60),
    "R1: errors, doubles, missing": (0, None),
    "all in 15 s: worst p95 in ms": (4000, 1000),
    "all in 15 s: errors, doubles, missing": (0, None),
    "R1 with a busy office: worst p95 ÷ without": (1.5, None),
    "R1 with a busy office: errors, doubles, missing": (0, None),
    "the office's change is seen after, s": (2, None),
    "rough rush: errors, doubles, missing": (0, None),
    "memory of a worker, MiB": (110, 80),
    "cold start: dearest page ÷ warm": (3, None),
    "booking's database CPU at 200,000 talks ÷ at 1,800": (1.2, 1.1),
    "first visit, brotli, KiB": (40, 35),
    "first visit, gzip, KiB": (45, 40),
    "first visit, requests": (6, 4),
    "calendars: minutes until 1,000 talks are there": (10, None),
    "calendars: requests a talk": (1.1, None),
    "calendars: requests at once about a mailbox": (2, None),
}


@dataclass
class Figures:
    """What was measured on one database."""

    database: str
    seen: dict[str, float] = field(default_factory=dict)
    others: list[float] = field(default_factory=list)  # cores that other programs used meanwhile

    def add(self, label: str, value: float) -> None:
        """Keep a figure if there is a goal for it; of several the worst."""
        for name in (label, f"{label}, {self.database}"):
            if name in GOALS:
                self.seen[name] = max(value, self.seen.get(name, value))


def table(measured: list[Figures]) -> str:
    """Return all goals that were measured, with what was seen, as a table for docs/performance.md."""
    lines = [
        _line("", "must", "aim", *(it.database for it in measured)),
        _line("---", *["---:"] * (2 + len(measured))),
    ]
    for name, (must, aim) in GOALS.items():
        if any(name in it.seen for it in measured):
            cells = (_cell(it.seen.get(name), must, aim) for it in measured)
            lines.append(_line(name, f"{must:g}", "" if aim is None else f"{aim:g}", *cells))
    others = [cores for it in measured for cores in it.others]
    told = (
        f"{clock.now():%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} x "
        f"{processor()}; other programs used {min(others):.2f} to {max(others):.2f} cores. "
        "Bold: misses the must. *: reaches the aim."
    )
    return "\n".join([*lines, "", told])


def _line(name: str, *cells: str) -> str:
    return f"| {name:52} | {' | '.join(f'{cell:>10}' for cell in cells)} |"


def _cell(value: float | None, must: float, aim: float | None) -> str:
    if value is None:
        return ""
    told = f"{value:.3g}" if value < 1000 else f"{value:.0f}"
    if value > must:
        return f"**{told}**"
    return f"{told}*" if aim is not None and value <= aim else told
