"""Read a delimited text file: bytes to rows with their line numbers. Pure functions."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.imports import faults
from app.imports.faults import Code, ImportFault, Notice
from app.imports.gathering import gathered
from app.imports.readers.decoding import decoded
from app.imports.readers.heading import absent, column_name, delimiter_of, misplaced
from app.imports.readers.kinds import told_kind


@dataclass(frozen=True)
class FileLine:
    """The fields of a row, and the line number on which it begins."""

    number: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A header and its rows, each as wide as the header; and remarks on the file as a whole."""

    file: str
    header: FileLine
    rows: Sequence[FileLine]
    notices: Sequence[Notice] = ()


def read_sheet(
    file: str,
    data: bytes,
    encoding: str = "utf-8",
    *,
    needed: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> Sheet | list[ImportFault]:
    """Read a file, or return its faults.

    Accepts a byte order mark, a "sep=;" line, blank lines and an empty last column. ``encoding``
    is "utf-8" or "cp1252"; it is never guessed, because a wrong guess damages names. By the names of
    the columns, ``needed`` and ``optional``, it tells where the header is if it is not on top.
    """
    if kind := told_kind(data):
        return [ImportFault(file, 0, "", "", Code.WRONG_FORMAT, kind)]
    text = decoded(file, data, encoding)
    if isinstance(text, ImportFault):
        return [text]
    lines = io.StringIO(text[0], newline="").readlines()
    delimiter, skipped = _delimiter(lines)
    expected = frozenset((*needed, *optional))
    if expected and (fault := misplaced(file, lines, skipped, expected)):
        return [fault]
    rows = _rows(file, lines, delimiter, skipped)
    if isinstance(rows, ImportFault):
        return [rows]
    if (
        expected
        and rows
        and (fault := absent(file, rows[0].fields, rows[0].number, expected, needed))
    ):
        return [fault]
    if len(rows) < 2:
        return [faults.empty_file(file)]
    return _squared(file, rows, expected, text[1])


def _rows(
    file: str, lines: Sequence[str], delimiter: str, skipped: int
) -> list[FileLine] | ImportFault:
    rows: list[FileLine] = []
    reader = csv.reader(lines[skipped:], delimiter=delimiter, strict=True)
    start = 0
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                rows.append(FileLine(skipped + start + 1, tuple(fields)))
            start = reader.line_num
    except csv.Error:
        record = lines[skipped + start : skipped + reader.line_num]
        opened = skipped + start + _opening(record, delimiter)
        return faults.unclosed_quote(file, opened + 1)
    return rows


def _delimiter(lines: Sequence[str]) -> tuple[str, int]:
    """Return the delimiter, and the number of lines before the header."""
    first = lines[0].strip(" \r\n") if lines else ""
    if first.lower().startswith("sep=") and len(first) == len("sep=") + 1:
        return first[-1], 1
    return delimiter_of(next((line for line in lines if line.strip()), "")), 0


def _opening(record: Sequence[str], delimiter: str) -> int:
    """Return the index of the line on which a record's faulty quotation mark opens."""
    opened = 0
    inside = False
    for index, line in enumerate(record):
        for place, char in enumerate(line):
            if char != '"':
                continue
            if inside and line[place + 1 : place + 2] not in {delimiter, "\r", "\n", "", '"'}:
                return opened
            inside = not inside
            if inside and line[place - 1 : place] != '"':
                opened = index
    return opened


def _squared(
    file: str, rows: Sequence[FileLine], expected: Collection[str], notices: Sequence[Notice]
) -> Sheet | list[ImportFault]:
    names = [column_name(name, expected) for name in rows[0].fields]
    while names and not names[-1]:
        names.pop()
    width = len(names)
    wrong = [
        faults.wrong_width(file, row.number, len(row.fields), width)
        for row in rows[1:]
        if len(row.fields) < width or any(field.strip() for field in row.fields[width:])
    ]
    if wrong:
        return gathered(wrong)
    return Sheet(
        file,
        FileLine(rows[0].number, tuple(names)),
        [FileLine(row.number, row.fields[:width]) for row in rows[1:]],
        notices,
    )
