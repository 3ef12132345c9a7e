"""Read keys that differ in capitals only as one: "MEN" is the teacher "men". Pure functions.

What is stored decides how a key is written, else the row that stands first. Who is the same by no
more than that is perhaps not the same: where both have a row, the second is left out and told. If
more than the key differs, what refers to the second is not read as the first: a child would open to
a stranger.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from app.imports import faults
from app.imports.columns import ImportTable
from app.imports.faults import Notice
from app.imports.parse import Collected, Parsed, Placed
from app.imports.tables import TABLES
from app.school.rows import GuardianRow, Key, KeyedRow, LessonRow, Present, SchoolRow

OWN_KEY = "source_id"

Spellings = Mapping[str, str]
"""How keys are written that are meant to be written otherwise."""


def spelled_as(parsed: Parsed, present: Present) -> Parsed:
    """Return what was read with its keys as they are stored, or as the file writes them first."""
    result = replace(
        parsed,
        rows=dict(parsed.rows),
        doubtful=dict(parsed.doubtful),
        faults=list(parsed.faults),
        notices=list(parsed.notices),
    )
    known = {table.row: _known(table, parsed, present) for table in TABLES}
    strangers: dict[type[SchoolRow], set[Key]] = {}
    for table in TABLES:
        if table.row not in parsed.rows:
            continue
        rows = [placed.row for placed in parsed.rows[table.row].values()]
        columns = {}
        for column, name, target in _columns(table):
            written = {getattr(row, name) for row in rows} - strangers.get(target, set())
            if respelt := _respelt(written, known[target]):
                columns[column] = (name, respelt)
        if columns:
            strangers[table.row] = _respell(table, columns, result)
    return result


def _columns(table: ImportTable) -> list[tuple[str, str, type[SchoolRow]]]:
    """Return the columns with keys, their fields, and the tables whose keys they hold."""
    references = [(one.column, one.field, one.table) for one in table.references]
    if issubclass(table.row, KeyedRow | LessonRow):
        return [(table.key[0], OWN_KEY, table.row), *references]
    return references


def _known(table: ImportTable, parsed: Parsed, present: Present) -> Mapping[str, list[str]]:
    """Return how keys are written, by what they are without capitals; what is stored comes first.

    Of several that are stored none is right for a further one, which then stands for itself.
    """
    stored: list[Key] = [
        _own_key(row)
        for rows in (present.rows, present.ended)
        for row in rows.get(table.row, {}).values()
    ]
    if table.row is GuardianRow:
        stored += present.same
    known = _by_letters(stored)
    rows = parsed.rows.get(table.row, {})
    if issubclass(table.row, KeyedRow):
        for letters, written in _by_letters(rows).items():
            known.setdefault(letters, written[:1])
        return known
    # Numbers of lessons are only made of letters by programs, to which a capital may be another one.
    there = {_own_key(placed.row) for placed in rows.values()}
    return {letters: written for letters, written in known.items() if there.isdisjoint(written)}


def _own_key(row: SchoolRow) -> str:
    key: str = getattr(row, OWN_KEY, "")
    return key


def _by_letters(keys: Iterable[Key]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in dict.fromkeys(keys):
        if isinstance(key, str):
            found.setdefault(key.casefold(), []).append(key)
    return found


def _respelt(written: Collection[str], known: Mapping[str, list[str]]) -> Spellings:
    """Return the keys that are known with other capitals, and with those alone."""
    spellings = ((key, known.get(key.casefold(), [key])) for key in written)
    return {key: others[0] for key, others in spellings if key not in others and len(others) == 1}


def _respell(
    table: ImportTable, columns: Mapping[str, tuple[str, Spellings]], parsed: Parsed
) -> set[Key]:
    """Write the rows of a table otherwise; return the keys left out whose rows say something else."""
    strangers: set[Key] = set()
    before, doubtful = parsed.rows[table.row], parsed.doubtful[table.row]
    kept = Collected(table)
    read: dict[str, list[Notice]] = {}
    for key, placed in before.items():
        row, told = _with_spellings(table, placed, columns)
        first = before.get(row.key) or kept.rows.get(row.key)
        if isinstance(row, KeyedRow) and row.key != key and first:
            parsed.faults.append(
                faults.other_capitals(
                    table.file, placed.line, table.key[0], str(key), row.key, first.line
                )
            )
            if first.row != row:
                strangers.add(key)
            continue
        for notice in told:
            read.setdefault(notice.column, []).append(notice)
        kept.add(replace(placed, row=row), is_faulty=key in doubtful)
    parsed.rows[table.row], parsed.doubtful[table.row] = kept.rows, kept.doubtful
    parsed.faults.extend(kept.faults)
    parsed.notices.extend(_once(same) for same in read.values())
    parsed.notices.extend(kept.notices())
    return strangers


def _with_spellings(
    table: ImportTable, placed: Placed, columns: Mapping[str, tuple[str, Spellings]]
) -> tuple[SchoolRow, list[Notice]]:
    changes: dict[str, Any] = {}
    told = []
    for column, (name, spellings) in columns.items():
        old = getattr(placed.row, name)
        if new := spellings.get(old):
            changes[name] = new
            text = _('This is read as "%(key)s", which differs in capitals only.', key=new)
            told.append(Notice(table.file, placed.line, column, old, text))
    return (replace(placed.row, **changes) if changes else placed.row), told


def _once(same: Sequence[Notice]) -> Notice:
    """Return one notice for all rows in which a column was read otherwise."""
    first = same[0]
    if len(same) == 1:
        return first
    more = _("So are %(num)d more rows of this file.", num=len(same) - 1)
    return replace(first, text=f"{first.text} {more}", also=tuple(one.line for one in same[1:]))
