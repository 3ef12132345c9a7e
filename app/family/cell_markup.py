"""Fill in the cells of the table, hundreds per page, from patterns the templates build once.

A template renders each kind of cell with placeholders such as ``{at}``; this module fills them
in. A macro call per cell would cost more than the rest of the page together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime

from markupsafe import Markup, escape

from app.bookings.cells import Cell, CellState, Talk

Patterns = Mapping[str, str]
"""Markup by kind of cell: "free", "near", "fits" (near, with a time that fits better), "others",
"unavailable", and for each own talk "own-12" and "elsewhere-12"."""


def with_talks(
    patterns: Patterns,
    talks: Iterable[Talk],
    own: Callable[[Talk], str],
    elsewhere: Callable[[Talk], str],
) -> Patterns:
    """Return the patterns plus those of own talks, which two macros render."""
    talks = list(talks)
    return {
        **patterns,
        **{f"own-{talk.booking_id}": own(talk) for talk in talks},
        **{f"elsewhere-{talk.booking_id}": elsewhere(talk) for talk in talks},
    }


def named(patterns: Patterns, who: str) -> Patterns:
    """Return the patterns of one column with ``{who}`` filled in."""
    name = str(escape(who))
    return {kind: str(text).replace("{who}", name) for kind, text in patterns.items()}


def written(
    cells: Sequence[Cell],
    patterns: Patterns | Sequence[Patterns],
    clock: Mapping[datetime, str],
    chosen: Set[str],
) -> Markup:
    """Return the cells as markup, with one set of patterns for all cells or one set per cell.

    ``clock`` maps start times to their text, ``chosen`` holds the values that are ticked.
    """
    each = [patterns] * len(cells) if isinstance(patterns, Mapping) else patterns
    return Markup("".join(_written(zip(cells, each, strict=True), clock, chosen)))  # noqa: S704


def _written(
    cells: Iterable[tuple[Cell, Patterns]], clock: Mapping[datetime, str], chosen: Set[str]
) -> Iterable[str]:
    for cell, patterns in cells:
        text = patterns[_kind(cell)].replace("{at}", clock[cell.starts_at])
        if cell.state is CellState.FREE:
            text = text.replace("{value}", cell.value)
            if cell.near:
                text = text.replace("{near}", str(cell.near.booking_id))
            if cell.fits_at:
                text = text.replace("{fits}", clock[cell.fits_at])
            if cell.value in chosen:
                text = text.replace("<input ", "<input checked ", 1)
        elif cell.talk:
            text = text.replace("{state}", cell.state)
        yield text


def _kind(cell: Cell) -> str:
    if cell.talk:
        kind = "elsewhere" if cell.state is CellState.ELSEWHERE else "own"
        return f"{kind}-{cell.talk.booking_id}"
    if cell.near:
        return "fits" if cell.fits_at else "near"
    return cell.state
