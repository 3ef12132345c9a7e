"""Rows as a file for a spreadsheet program: CSV as a Dutch or Flemish Excel opens it, or XLSX.

Names come from outside. One that begins like a formula must stay a name: in XLSX it is kept
as text, in CSV, which knows no kinds of cells, an apostrophe is set before it.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from functools import cache

from xlsxwriter import Workbook
from xlsxwriter.format import Format

Cell = str | date | time | datetime
"""Moments are local and without a zone: spreadsheets know none."""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDEST = 40  # characters
LONGEST_SHEET_NAME = 31  # units of UTF-16


def defused(text: str) -> str:
    """Return the text so that no spreadsheet program takes it for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def to_csv(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Write CSV in UTF-8 with a byte order mark, separated by semicolons.

    Without the mark Excel takes the file for another encoding; the semicolon is what it
    expects where the comma is the decimal sign.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    plain = cache(_plain)  # for this file only: most cells are the same few hundred
    writer.writerow([defused(name) for name in head])
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%d-%m-%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d-%m-%Y}"
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    return defused(cell)


def to_xlsx(title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Write a workbook of one sheet: the head stays in view, days and times are real ones."""
    file = io.BytesIO()
    # Otherwise the library would put the names into temporary files.
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet(title)
        formats = _formats(book)
        for column, name in enumerate(head):
            sheet.write_string(0, column, name, formats[None])
            sheet.set_column(column, column, _width(name, {row[column] for row in rows}))
        for line, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):  # ``write`` would take "=1" for a formula
                    sheet.write_string(line, column, cell, formats[str])
                else:
                    sheet.write_datetime(line, column, cell, formats[type(cell)])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(head) - 1)
    return file.getvalue()


def _formats(book: Workbook) -> dict[type[Cell] | None, Format]:
    """Return the format of each kind of cell, and of the head: None."""
    return {
        None: book.add_format({"bold": True, "bottom": 1, "num_format": "@"}),
        # The format of text: a number keeps its zeros, and a cell that is edited stays text.
        str: book.add_format({"num_format": "@", "quote_prefix": True}),
        date: book.add_format({"num_format": "dd-mm-yyyy"}),
        time: book.add_format({"num_format": "hh:mm"}),
        datetime: book.add_format({"num_format": "dd-mm-yyyy hh:mm"}),
    }


def _width(name: str, cells: Iterable[Cell]) -> int:
    """Return the width that shows the longest cell, and the arrow of the filter in the head."""
    return min(max([len(name) + 3, *(len(_plain(cell)) + 1 for cell in cells)]), WIDEST)
