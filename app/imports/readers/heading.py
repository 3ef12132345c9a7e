"""Find the line with the names of the columns. Pure functions."""

import csv
import re
import unicodedata
from collections.abc import Collection, Sequence

from app.imports import faults
from app.imports.faults import ImportFault
from app.school.names import fold

DELIMITERS = (",", ";", "\t")
"""In the order in which they are taken where a line has as many of two."""

FARTHEST = 30
"""A header is looked for in so many lines."""

VALUE = re.compile(r"@|\d{3}")
"""What values have, and names of columns have not."""


def delimiter_of(line: str) -> str:
    """Return the sign between the columns: the one of which a header has most."""
    return max(DELIMITERS, key=line.count)


def column_name(cell: str, expected: Collection[str]) -> str:
    """Return the name of a column: without spaces and signs that nobody sees, in small letters.

    Only a name that is expected is written in small letters; others are told as they stand.
    """
    if not cell.isascii():  # in ASCII are no such signs
        cell = "".join(char for char in cell if unicodedata.category(char) != "Cf")
    visible = cell.strip()
    return visible.casefold() if visible.casefold() in expected else visible


def misplaced(
    file: str, lines: Sequence[str], skipped: int, expected: Collection[str]
) -> ImportFault | None:
    """Return the fault for a header that stands lower, or for lines that are quoted as a whole."""
    counts = [
        (_known(_cells(line), expected), number)
        for number, line in enumerate(lines[skipped : skipped + FARTHEST], skipped + 1)
        if line.strip()
    ]
    if not counts:
        return None
    most, number = max(counts, key=lambda count: count[0])
    first, top = counts[0]
    if first < 2 <= most and number > top:
        return faults.header_lower(file, top, number)
    line = lines[top - 1]
    if first == 0 and (cells := _cells(line)) and _known(_cells(cells[0]), expected) > 1:
        return faults.quoted_lines(file, top)
    return None


def absent(
    file: str, first: Sequence[str], line: int, expected: Collection[str], needed: Sequence[str]
) -> ImportFault | None:
    """Return the fault for a first line that holds values rather than the names of columns."""
    if _known(first, expected):
        return None
    has_values = any(map(VALUE.search, first))
    if has_values or not any(resembling(name, first) for name in needed):
        return faults.no_header(file, line, needed)
    return None


def resembling(name: str, candidates: Sequence[str]) -> str:
    """Return a column whose name abbreviates or extends the given one, such as "lln nr"."""
    return next((one for one in candidates if _within(one, name) or _within(name, one)), "")


def _within(short: str, long: str) -> bool:
    letters = iter(fold(long))
    wanted = [char for char in fold(short) if char.isalnum()]
    return len(wanted) > 2 and all(char in letters for char in wanted)


def _known(cells: Sequence[str], expected: Collection[str]) -> int:
    return len({column_name(cell, expected) for cell in cells} & set(expected))


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter_of(line)), [])
    except csv.Error:
        return []
