"""Parse the files of a folder into rows, and report what is wrong within each file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flask_babel import gettext as _

from app.imports import faults
from app.imports.cells import Cells
from app.imports.columns import ImportTable
from app.imports.faults import ImportFault, Notice
from app.imports.files import look_into, read_bytes
from app.imports.gathering import gathered
from app.imports.prefixes import Prefixes
from app.imports.readers.delimited import Sheet, read_sheet
from app.imports.readers.heading import resembling
from app.imports.tables import TABLES, TOO_MUCH
from app.school.names import fold
from app.school.rows import Key, PersonRow, SchoolRow


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


class Collected:
    """The rows of one table, each once: two rows with one key say the same, or one is wrong."""

    def __init__(self, table: ImportTable) -> None:
        self._table = table
        self.rows: dict[Key, Placed] = {}
        self.doubtful: set[Key] = set()
        self.faults: list[ImportFault] = []
        self._again: list[Placed] = []

    def add(self, placed: Placed, *, is_faulty: bool) -> None:
        """Take up a row, or tell that its key was there already."""
        key = placed.row.key
        first = self.rows.setdefault(key, placed)
        if first is not placed:
            if (first.row, first.untold) == (placed.row, placed.untold):
                self._again.append(placed)
            else:
                self.faults.append(self._duplicate(placed, first.line))
        if is_faulty:
            self.doubtful.add(key)

    def notices(self) -> list[Notice]:
        """Tell once how many rows were there twice."""
        if not self._again:
            return []
        again = self._again[0]
        text = _(
            "Line %(first)d says the same. Such rows count once; there are %(num)d in this file.",
            first=self.rows[again.row.key].line,
            num=len(self._again),
        )
        return [Notice(self._table.file, again.line, self._table.key[0], self._key(again), text)]

    def _duplicate(self, placed: Placed, first: int) -> ImportFault:
        column = self._table.key[0]
        return faults.duplicate(self._table.file, placed.line, column, self._key(placed), first)

    def _key(self, placed: Placed) -> str:
        return ", ".join(placed.values[column].strip() for column in self._table.key)


def parse_folder(folder: Path, encoding: str) -> Parsed:
    """Read all files of the set; skip optional files that are absent."""
    found = look_into(folder)
    parsed = Parsed(faults=list(found.faults))
    for absent in found.absent():
        if isinstance(absent, Notice):
            parsed.notices.append(absent)
        else:
            parsed.faults.append(absent)
    for table in TABLES:
        if path := found.paths.get(table.file):
            _parse_file(table, path, encoding, parsed)
    return parsed


def _parse_file(table: ImportTable, path: Path, encoding: str, parsed: Parsed) -> None:
    data = read_bytes(table.file, path)
    if isinstance(data, ImportFault):
        parsed.faults.append(data)
        return
    sheet = read_sheet(table.file, data, encoding, needed=table.needed, optional=table.optional)
    if isinstance(sheet, Sheet):
        parsed.notices.extend(sheet.notices)
        _parse_sheet(table, sheet, parsed)
    else:
        parsed.faults.extend(sheet)


def _parse_sheet(table: ImportTable, sheet: Sheet, parsed: Parsed) -> None:
    if wrong := _check_header(table, sheet, parsed):
        parsed.faults.extend(wrong)
        return
    rows = Collected(table)
    prefixes = Prefixes(table.file) if issubclass(table.row, PersonRow) else None
    wrong, notices, again = [], [], []
    columns = sheet.header.fields
    always = table.always_untold(columns)
    for line in sheet.rows:
        values = dict(zip(columns, line.fields, strict=True))
        if line.fields == columns:
            again.append(line.number)
            continue
        if prefixes:
            values = prefixes.apart(values, line.number)
        cells = Cells(table.file, line.number, values)
        row = table.read(cells)
        if cells.faults:
            wrong.extend(cells.faults)
        if cells.notices:
            notices.extend(cells.notices)
        alike = always if len(values) == len(columns) else None  # nearly all rows are
        untold = table.untold(values) if alike is None else alike
        placed = Placed(row, line.number, values, untold)
        rows.add(placed, is_faulty=bool(cells.faults))
    _tell(wrong + rows.faults, parsed)
    parsed.notices.extend(gathered(notices))
    parsed.notices.extend(rows.notices())
    parsed.notices.extend(_headers_again(table, again))
    parsed.notices.extend(prefixes.notices() if prefixes else ())
    parsed.rows[table.row] = rows.rows
    parsed.doubtful[table.row] = rows.doubtful


def _headers_again(table: ImportTable, lines: Sequence[int]) -> list[Notice]:
    """Tell of headers among the rows: two exports were pasted into one file."""
    text = _("This is the header once more. It is passed over.")
    return [Notice(table.file, line, "", "", text) for line in lines]


def _tell(wrong: Sequence[ImportFault], parsed: Parsed) -> None:
    """Add faults; one cause that stops everything is told for some rows, one that does not for each."""
    parsed.faults.extend(fault for fault in wrong if not fault.stops)
    parsed.faults.extend(gathered(fault for fault in wrong if fault.stops))


def _check_header(table: ImportTable, sheet: Sheet, parsed: Parsed) -> list[ImportFault]:
    needed, names = table.needed, sheet.header.fields
    unknown = [name for name in names if name not in {*needed, *table.optional, ""}]
    for name in unknown:
        if fold(name) in TOO_MUCH:
            text = _("The source gives too much: this is not read. Leave it out of the export.")
        else:
            text = _("This column is not known, and not read.")
        parsed.notices.append(Notice(table.file, sheet.header.number, name, "", text))
    line = sheet.header.number
    parsed.notices.extend(_absent_columns(table, names, unknown, line))
    missing = [
        faults.missing_column(table.file, line, name, resembling(name, unknown))
        for name in needed
        if name not in names
    ]
    twice = [
        faults.duplicate_column(table.file, line, name)
        for name in (*needed, *table.optional)
        if names.count(name) > 1
    ]
    return missing + twice


def _absent_columns(
    table: ImportTable, names: Sequence[str], unknown: Sequence[str], line: int
) -> list[Notice]:
    """Tell which columns are absent that may be.

    A column whose empty cells leave what is stored is one that sources often do not have: schools fill
    it in on the site. It is only told if another column may be this one.
    """
    absent = [
        (column.name, resembling(column.name, unknown), column.keeps)
        for column in table.columns
        if column.field and not column.needed and column.name not in names
    ]
    return [
        faults.absent_column(table.file, line, name, other)
        for name, other, keeps in absent
        if other or not keeps
    ]
