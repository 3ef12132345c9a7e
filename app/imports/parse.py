"""Parse the files of a folder into rows, and report what is wrong within each file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flask_babel import gettext as _

from app.imports import faults
from app.imports.cells import Cells
from app.imports.faults import ImportFault, Notice
from app.imports.readers.delimited import Sheet, read_sheet
from app.imports.tables import OBLIGATORY, ONE_OF, TABLES, TOO_MUCH, ImportTable
from app.school.names import fold
from app.school.rows import Key, KeyedRow, SchoolRow


@dataclass(frozen=True)
class Placed:
    """A row, its line number, the raw value of each column, and the fields that it leaves open."""

    row: SchoolRow
    line: int
    values: Mapping[str, str]
    untold: frozenset[str] = frozenset()


@dataclass
class Parsed:
    """The content of the files; ``doubtful`` holds the keys of faulty rows, by table."""

    rows: dict[type[SchoolRow], dict[Key, Placed]] = field(default_factory=dict)
    doubtful: dict[type[SchoolRow], set[Key]] = field(default_factory=dict)
    faults: list[ImportFault] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def is_stopped(self) -> bool:
        """Whether a fault prevents applying anything."""
        return any(fault.stops for fault in self.faults)


def parse_folder(folder: Path, encoding: str) -> Parsed:
    """Read all files of the set; skip optional files that are absent."""
    parsed = Parsed()
    for table in TABLES:
        path = folder / table.file
        if path.is_file():
            sheet = read_sheet(table.file, path.read_bytes(), encoding)
            if isinstance(sheet, Sheet):
                _parse_sheet(table, sheet, parsed)
            else:
                parsed.faults.extend(sheet)
        elif table.name in OBLIGATORY:
            parsed.faults.append(faults.missing_file(table.file))
    if not any((folder / f"{name}.csv").is_file() for name in ONE_OF):
        parsed.faults.append(faults.missing_file(f"{ONE_OF[0]}.csv"))
    return parsed


def _parse_sheet(table: ImportTable, sheet: Sheet, parsed: Parsed) -> None:
    if wrong := _check_header(table, sheet, parsed):
        parsed.faults.extend(wrong)
        return
    rows: dict[Key, Placed] = {}
    doubtful: set[Key] = set()
    columns = sheet.header.fields
    for line in sheet.rows:
        values = dict(zip(columns, line.fields, strict=True))
        cells = Cells(table.file, line.number, values)
        row = table.read(cells)
        parsed.faults.extend(cells.faults)
        parsed.notices.extend(cells.notices)
        first = rows.get(row.key)
        if first is not None and (isinstance(row, KeyedRow) or first.row != row):
            parsed.faults.append(
                faults.duplicate(
                    table.file,
                    line.number,
                    table.key[0],
                    ", ".join(values[column].strip() for column in table.key),
                    first.line,
                )
            )
        if cells.faults:
            doubtful.add(row.key)
        rows.setdefault(row.key, Placed(row, line.number, values, table.untold(values)))
    parsed.rows[table.row] = rows
    parsed.doubtful[table.row] = doubtful


def _check_header(table: ImportTable, sheet: Sheet, parsed: Parsed) -> list[ImportFault]:
    needed = table.needed
    unknown = [name for name in sheet.header.fields if name not in {*needed, *table.optional, ""}]
    for name in unknown:
        if fold(name) in TOO_MUCH:
            text = _("The source gives too much: this is not read. Leave it out of the export.")
        else:
            text = _("This column is not known, and not read.")
        parsed.notices.append(Notice(table.file, sheet.header.number, name, "", text))
    line = sheet.header.number
    missing = [
        faults.missing_column(table.file, line, name, _resembling(name, unknown))
        for name in needed
        if name not in sheet.header.fields
    ]
    twice = [
        faults.duplicate_column(table.file, line, name)
        for name in (*needed, *table.optional)
        if sheet.header.fields.count(name) > 1
    ]
    return missing + twice


def _resembling(name: str, candidates: list[str]) -> str:
    """Return a column whose name abbreviates or extends the given one, such as "lln nr"."""
    return next((one for one in candidates if _within(one, name) or _within(name, one)), "")


def _within(short: str, long: str) -> bool:
    letters = iter(fold(long))
    wanted = [char for char in fold(short) if char.isalnum()]
    return len(wanted) > 2 and all(char in letters for char in wanted)
