"""Check the tables against each other and against the present data. Pure functions."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from app.imports import faults
from app.imports.cells import loses_letters
from app.imports.columns import ImportTable, Reference
from app.imports.faults import ImportFault, Notice
from app.imports.parse import Parsed, Placed
from app.imports.prefixes import begins_with_prefix
from app.imports.tables import BY_ROW, STAYING, TABLES
from app.school.names import fold
from app.school.rows import (
    GuardianRow,
    Key,
    LessonRow,
    LinkRow,
    PersonRow,
    Present,
    SchoolRow,
    StudentRow,
)

NAMES = {"given_name": ("roepnaam", "voornaam"), "prefix": ("tussenvoegsel",), "family_name": ()}


@dataclass
class Checked:
    """The rows ready to apply, by table; tables that were not delivered are absent."""

    rows: dict[type[SchoolRow], dict[Key, SchoolRow]]
    faults: list[ImportFault]
    notices: list[Notice]


class Stored:
    """What is stored of a table, also of who ended: it holds again when they come back.

    Else a column that is absent on the night of their return would open or empty what it never said.
    """

    def __init__(self, table: ImportTable, present: Present) -> None:
        self._same = present.same
        self._rows = {
            self._one(row): row
            for rows in (present.ended, present.rows)
            for row in rows.get(table.row, {}).values()
        }

    def row_for(self, row: SchoolRow) -> SchoolRow | None:
        """Return what is stored of this row; None if it is new."""
        return self._rows.get(self._one(row))

    def _one(self, row: SchoolRow) -> Key:
        """Return the key; of a link that of the person, whom the source may list twice."""
        if isinstance(row, LinkRow):
            return (str(self._same.get(row.guardian, row.guardian)), row.student)
        return row.key


def check(parsed: Parsed, present: Present) -> Checked:
    """Check references, and keep the present data where a row is faulty.

    A row with an unknown reference is left out, and an existing link stays. A name that would
    lose letters keeps its present spelling.
    """
    checked = Checked({}, list(parsed.faults), list(parsed.notices))
    for table in TABLES:
        if table.row in parsed.rows:
            _check_table(table, parsed, present, checked)
    checked.faults.extend(_lost_zeros(parsed, present))
    return checked


def _check_table(table: ImportTable, parsed: Parsed, present: Present, checked: Checked) -> None:
    before, stored = present.rows.get(table.row, {}), Stored(table, present)
    known = {
        reference.column: _known(reference.table, present, checked)
        for reference in table.references
    }
    # A guardian under a new key does not put together those whom the old row set apart.
    apart = {one.student for one in before.values() if isinstance(one, LinkRow) and one.apart}
    rows: dict[Key, SchoolRow] = {}
    spared: set[tuple[str, str]] = set()
    checked.rows[table.row] = rows
    for key, placed in parsed.rows[table.row].items():
        row: SchoolRow | None = placed.row
        if key in parsed.doubtful[table.row]:
            row = before.get(key)
        else:
            for reference in table.references:
                if row is not None:
                    told = parsed.doubtful.get(reference.table, set())
                    row = _referring(row, reference, known, told, placed, table, before, checked)
            if row is None:
                spared |= _names(placed.row, table)
        if row is not None:
            old = stored.row_for(row)
            if old is not None and placed.untold:
                row = _completed(row, old, placed.untold)
            elif isinstance(row, LinkRow) and "apart" in placed.untold:
                row = replace(row, apart=row.student in apart)
            led = key in present.led.get(table.row, ())
            rows[key] = _led(row, old) if led else _keeping(row, old, placed, checked)
    if spared:
        for key, row in before.items():
            if key not in rows and spared & _names(row, table) and _stands(row, table, known):
                rows[key] = row


def _known(table: type[SchoolRow], present: Present, checked: Checked) -> Mapping[Key, SchoolRow]:
    rows = present.rows.get(table, {})
    if table in STAYING:  # a class that its file no longer has is still here
        return {**rows, **checked.rows.get(table, {})}
    if table in checked.rows:
        return checked.rows[table]
    return {**rows, **present.ended.get(table, {})} if table is GuardianRow else rows


def _referring(
    row: SchoolRow,
    reference: Reference,
    known: Mapping[str, Mapping[Key, SchoolRow]],
    told: set[Key],
    placed: Placed,
    table: ImportTable,
    before: Mapping[Key, SchoolRow],
    checked: Checked,
) -> SchoolRow | None:
    """Return the row if its reference exists, else the row without it, or None.

    ``told`` holds keys whose own row has a fault; that fault is reported once, there.
    """
    value: str = getattr(row, reference.field)
    if not value or value in known[reference.column]:
        return row
    if value not in told:
        checked.faults.append(
            faults.unknown(
                table.file,
                placed.line,
                reference.column,
                value,
                BY_ROW[reference.table].file,
                whole_row=reference.whole_row,
            )
        )
    if reference.whole_row:
        return None
    old = before.get(row.key)
    changes: dict[str, Any] = {reference.field: getattr(old, reference.field) if old else ""}
    return replace(row, **changes)


def _names(row: SchoolRow, table: ImportTable) -> set[tuple[str, str]]:
    """Return what identifies a link: either of its sides; for a lesson, its number alone."""
    if isinstance(row, LessonRow):
        return {("source_id", row.source_id)}
    return {(reference.field, getattr(row, reference.field)) for reference in table.references}


def _stands(
    row: SchoolRow, table: ImportTable, known: Mapping[str, Mapping[Key, SchoolRow]]
) -> bool:
    return all(
        not (value := getattr(row, reference.field)) or value in known[reference.column]
        for reference in table.references
    )


def _led(row: SchoolRow, old: SchoolRow | None) -> SchoolRow:
    """Return a person with the name and mail address that the row of another role gives."""
    if not isinstance(row, PersonRow) or not isinstance(old, PersonRow):
        return row
    return replace(row, **{name: getattr(old, name) for name in (*NAMES, "email")})


def _completed(row: SchoolRow, old: SchoolRow, untold: Set[str]) -> SchoolRow:
    """Return the row with what is stored in the fields that it leaves open.

    A surname that is written with its prefix does not get it a second time.
    """
    kept: dict[str, Any] = {name: getattr(old, name) for name in untold}
    if isinstance(row, PersonRow) and isinstance(old, PersonRow) and kept.get("prefix"):
        if fold(row.family_name) == fold(f"{old.prefix} {old.family_name}"):
            kept["family_name"] = old.family_name
        elif begins_with_prefix(row.family_name):
            del kept["prefix"]
    return replace(row, **kept)


def _keeping(row: SchoolRow, old: SchoolRow | None, placed: Placed, checked: Checked) -> SchoolRow:
    """Return a person with the better spelling of the name."""
    if not isinstance(row, PersonRow) or not isinstance(old, PersonRow):
        return row
    better: dict[str, Any] = {}
    for name, columns in NAMES.items():
        ours, theirs = getattr(old, name), getattr(row, name)
        if loses_letters(ours, theirs):
            better[name] = ours
            column = next((c for c in columns if c in placed.values), "achternaam")
            text = _('Would lose letters: "%(name)s" stays.', name=ours)
            checked.notices.append(
                Notice(BY_ROW[type(row)].file, placed.line, column, theirs, text)
            )
    return replace(row, **better) if better else row


def _lost_zeros(parsed: Parsed, present: Present) -> list[ImportFault]:
    """Find student numbers that lost leading zeros in a spreadsheet."""
    students = parsed.rows.get(StudentRow, {})
    missing = {
        str(key).lstrip("0"): key
        for key in present.rows.get(StudentRow, {})
        if str(key).startswith("0") and key not in students
    }
    return [
        faults.bad_value(
            "leerlingen.csv",
            placed.line,
            "leerlingnummer",
            str(key),
            _(
                'Is this "%(number)s" without its zeros? A spreadsheet takes them off. Export '
                "again; do not open it there.",
                number=missing[str(key)],
            ),
            stops=True,
        )
        for key, placed in students.items()
        if str(key) in missing
    ]
