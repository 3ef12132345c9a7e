"""Write rows as CSV that a Dutch or Flemish Excel opens correctly, or as XLSX.

Names are untrusted input: one that begins like a formula must stay text (CSV injection). XLSX
stores it as text; CSV has no cell types, so an apostrophe is put before it.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from functools import cache

from xlsxwriter import Workbook
from xlsxwriter.format import Format

Cell = str | date | time | datetime
"""Moments are naive local times: spreadsheets have no time zones."""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDEST = 40  # characters
LONGEST_SHEET_NAME = 31  # UTF-16 code units


def defused(text: str) -> str:
    """Return the text, changed so that no spreadsheet program reads it as a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def to_csv(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Write CSV in UTF-8 with a byte order mark, separated by semicolons.

    Without the mark Excel assumes another encoding; it expects the semicolon in locales where the
    comma is the decimal sign.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    plain = cache(_plain)  # cache per file: most cells repeat the same few hundred values
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
    """Write a workbook of one sheet, with a frozen header and real dates and times."""
    file = io.BytesIO()
    # Otherwise the library writes the names to temporary files.
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet(title)
        formats = _formats(book)
        for column, name in enumerate(head):
            sheet.write_string(0, column, name, formats[None])
            sheet.set_column(column, column, _width(name, {row[column] for row in rows}))
        for line, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):  # ``write`` treats "=1" as a formula
                    sheet.write_string(line, column, cell, formats[str])
                else:
                    sheet.write_datetime(line, column, cell, formats[type(cell)])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(head) - 1)
    return file.getvalue()


def _formats(book: Workbook) -> dict[type[Cell] | None, Format]:
    """Return the format for each type of cell; None is the header's."""
    return {
        None: book.add_format({"bold": True, "bottom": 1, "num_format": "@"}),
        # As text, a number keeps its leading zeros, and an edited cell stays text.
        str: book.add_format({"num_format": "@", "quote_prefix": True}),
        date: book.add_format({"num_format": "dd-mm-yyyy"}),
        time: book.add_format({"num_format": "hh:mm"}),
        datetime: book.add_format({"num_format": "dd-mm-yyyy hh:mm"}),
    }


def _width(name: str, cells: Iterable[Cell]) -> int:
    """Return the width that fits the longest cell, and the header with its filter arrow."""
    return min(max([len(name) + 3, *(len(_plain(cell)) + 1 for cell in cells)]), WIDEST)
