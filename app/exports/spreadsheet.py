"""Rows as a file for a spreadsheet program: CSV as a Dutch or Flemish Excel opens it, or XLSX.

Names come from outside. One that begins like a formula must stay a name: in XLSX it is kept
as text, in CSV, which knows no kinds of cells, an apostrophe is set before it.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

Cell = str | date | time | datetime
"""Moments are local and without a zone: spreadsheets know none."""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDEST = 40  # characters
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001  (no zone, as all in a spreadsheet)
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


class _Sheet(Worksheet):
    """A sheet that writes its rows at once: to keep each cell first takes longer than all the rest.

    What has an underscore in the library may change with it; tests read back what comes of it.
    """

    rows: Sequence[Sequence[Cell]]  # below the head
    formats: Mapping[type[Cell] | None, Format]
    strings: Mapping[Cell, int]

    def fill(
        self, rows: Sequence[Sequence[Cell]], formats: Mapping[type[Cell] | None, Format]
    ) -> None:
        """Keep what is to be written below the head, and its texts in the table of the book."""
        number = self.str_table._get_shared_string_index  # noqa: SLF001  (our base class)
        self.rows, self.formats = rows, formats
        self.dim_rowmax = len(rows)
        self.strings = {cell: number(cell) for row in rows for cell in row if isinstance(cell, str)}

    def _write_rows(self) -> None:
        super()._write_rows()  # the head, which was written in the usual way
        styles = {kind: its._get_xf_index() for kind, its in self.formats.items()}  # noqa: SLF001

        def written(cell: Cell) -> str:
            if isinstance(cell, str):
                return f'" s="{styles[str]}" t="s"><v>{self.strings[cell]}</v></c>'
            return f'" s="{styles[type(cell)]}"><v>{_serial(cell):.16g}</v></c>'

        known = cache(written)  # for this file only: most cells are the same few hundred
        columns = [xl_col_to_name(column) for column in range(self.dim_colmax + 1)]
        for line, row in enumerate(self.rows, start=2):
            self.fh.write(f'<row r="{line}">')
            for column, cell in zip(columns, row, strict=True):
                self.fh.write(f'<c r="{column}{line}{known(cell)}')
            self.fh.write("</row>")


def to_xlsx(title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Write a workbook of one sheet: the head stays in view, days and times are real ones."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet(title, _Sheet)
        formats = _formats(book)
        for column, name in enumerate(head):
            sheet.write_string(0, column, name, formats[None])
            sheet.set_column(column, column, _width(name, {row[column] for row in rows}))
        sheet.fill(rows, formats)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(head) - 1)
    return file.getvalue()


def _serial(cell: date | time | datetime) -> float:
    """Return the days since the first one that spreadsheets know."""
    if isinstance(cell, time):
        cell = datetime.combine(FIRST_DAY, cell)
    elif not isinstance(cell, datetime):
        cell = datetime.combine(cell, time())
    return (cell - FIRST_DAY) / timedelta(days=1)


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
