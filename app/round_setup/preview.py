"""An evening's times as small cells, shown before anything is saved. Pure functions."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.rounds.grid import EveningSpec, make_grid, moment

ANY_DAY = date(2027, 1, 12)
"""Stands in for a date not chosen yet; the clock does not change that night."""


@dataclass(frozen=True)
class PreviewCell:
    """A time at which a talk can begin, or a break; in UTC."""

    starts_at: datetime
    ends_at: datetime
    is_break: bool = False


@dataclass(frozen=True)
class Drawing:
    """An evening's times and breaks, in order."""

    cells: tuple[PreviewCell, ...]

    @property
    def count(self) -> int:
        """How many talks a teacher can have."""
        return len(self._times())

    @property
    def last(self) -> datetime:
        """When the last talk begins."""
        return self._times()[-1].starts_at

    def _times(self) -> list[PreviewCell]:
        return [cell for cell in self.cells if not cell.is_break]


def draw(evening: EveningSpec, zone: ZoneInfo) -> Drawing:
    """Return an evening's times with the breaks between them. Raises BadGrid."""
    times = [PreviewCell(start, end) for start, end in make_grid(evening, zone)]
    breaks = [
        PreviewCell(moment(evening.day, start, zone), moment(evening.day, end, zone), is_break=True)
        for start, end in evening.breaks
    ]
    return Drawing(tuple(sorted([*times, *breaks], key=lambda cell: cell.starts_at)))
