"""Tell faults of one cause once: the first ones, and the lines of the others. Pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from flask_babel import gettext as _

from app.imports.faults import ImportFault, Notice

Told = TypeVar("Told", ImportFault, Notice)

MOST_TOLD = 3
"""So many faults of one cause are told one by one; of the others their lines."""

MOST_RANGES = 40
"""So many lines, or ranges of lines, are told; a list of hundreds helps nobody."""


def gathered(places: Iterable[Told]) -> list[Told]:
    """Return the first faults (or notices) of each cause, and one for all the others of it."""
    causes: dict[object, list[Told]] = {}
    for place in places:
        code = place.code if isinstance(place, ImportFault) else ""
        cause = (place.file, place.column, code, place.kind or place.text)
        causes.setdefault(cause, []).append(place)
    return [told for same in causes.values() for told in _gathered(same)]


def _gathered(same: list[Told]) -> list[Told]:
    others = same[MOST_TOLD:]
    if len(others) < 2:
        return same
    lines = tuple(dict.fromkeys(place.line for place in others))
    text = _(
        "The same in %(num)d more rows: line %(lines)s.", num=len(others), lines=_ranges(lines)
    )
    told = same[:MOST_TOLD]
    told.append(replace(others[0], value="", text=text, also=lines[1:]))
    return told


def _ranges(lines: Sequence[int]) -> str:
    """Write line numbers shortly: "5-9, 12"."""
    ranges: list[list[int]] = []
    for line in lines:
        if ranges and line == ranges[-1][-1] + 1:
            ranges[-1][1:] = [line]
        else:
            ranges.append([line])
    told = ["-".join(map(str, ends)) for ends in ranges[:MOST_RANGES]]
    return ", ".join(told) + (" …" if len(ranges) > MOST_RANGES else "")
