"""What a family sees of a round: rows and cards, from the same cells."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.bookings.availability import busy_during, columns_of, evenings_with_times
from app.bookings.cells import Busy, Cell, CellState, Column, Talk, cells_of, overlapping, times_of
from app.rounds.queries import EveningInfo, RoundInfo
from app.school.queries import Child


@dataclass(frozen=True)
class TableRow:
    """One time of the evening across all teachers; a break has no cells."""

    starts_at: datetime
    ends_at: datetime
    cells: tuple[Cell, ...] = ()
    talks: tuple[Talk, ...] = ()  # the family's talks at this time, of all children and rounds

    @property
    def is_break(self) -> bool:
        """Whether all teachers have a break."""
        return not self.cells


@dataclass(frozen=True)
class EveningTable:
    """One evening of the table."""

    evening_id: int
    day: date
    rows: tuple[TableRow, ...]
    talks: tuple[Talk, ...]  # the family's talks of this evening by time, for the strip

    @property
    def starts_at(self) -> datetime:
        """The start of the first row."""
        return self.rows[0].starts_at

    @property
    def ends_at(self) -> datetime:
        """The end of the last row."""
        return self.rows[-1].ends_at


@dataclass(frozen=True)
class TeacherEvening:
    """One teacher's times on one evening, as a card shows them."""

    evening_id: int
    day: date
    room: str
    cells: tuple[Cell, ...]

    @property
    def open_cells(self) -> tuple[Cell, ...]:
        """The cells that matter to this family: free ones and its own talks."""
        closed = {CellState.OTHERS, CellState.UNAVAILABLE}
        return tuple(cell for cell in self.cells if cell.state not in closed)

    @property
    def closed_cells(self) -> tuple[Cell, ...]:
        """Cells taken by others or unavailable; phones fold them away."""
        closed = {CellState.OTHERS, CellState.UNAVAILABLE}
        return tuple(cell for cell in self.cells if cell.state in closed)


@dataclass(frozen=True)
class Card:
    """One teacher of the child: a column of the table, or a card on a phone."""

    key: str
    offer_id: int
    teacher: str
    subjects: str
    talk: Talk | None  # this child's talk with this teacher
    evenings: tuple[TeacherEvening, ...]

    @property
    def minutes(self) -> int:
        """The length of a talk in minutes, read from a free cell; 0 if no cell is free."""
        free = (c for evening in self.evenings for c in evening.cells if c.state is CellState.FREE)
        cell = next(free, None)
        return (cell.ends_at - cell.starts_at).seconds // 60 if cell else 0

    @property
    def is_full(self) -> bool:
        """Whether nothing is free for anybody; a time when only this family is elsewhere counts."""
        open_states = {CellState.FREE, CellState.ELSEWHERE}
        return not any(c.state in open_states for evening in self.evenings for c in evening.cells)


def read_table(
    round_: RoundInfo,
    child: Child,
    family: Set[int],
    talks: Sequence[Talk],
    *,
    now: datetime,
    columns: Sequence[Column] | None = None,
) -> tuple[tuple[EveningTable, ...], tuple[Card, ...]]:
    """Read who is busy when, and return what ``build`` makes of it.

    ``columns``: the teachers; by default all that the child can meet.
    """
    evenings = evenings_with_times(round_)
    columns = columns_of(round_, child, evenings) if columns is None else columns
    busy = busy_during(evenings, columns, family, now=now)
    walking = timedelta(minutes=round_.walking_minutes)
    return build(child, columns, evenings, busy, talks, family, walking)


def build(
    child: Child,
    columns: Sequence[Column],
    evenings: Sequence[EveningInfo],
    busy: Busy,
    talks: Sequence[Talk],
    family: Set[int],
    walking: timedelta,
) -> tuple[tuple[EveningTable, ...], tuple[Card, ...]]:
    """Return the evenings with their rows, and the same cells as a card per teacher. Pure.

    ``talks`` are the family's talks in all rounds that this actor may see, ``family`` the ids of
    the people whose time a talk takes, ``walking`` the time to keep free between two talks.
    """
    tables = []
    columns_cells: dict[str, list[TeacherEvening]] = {column.key: [] for column in columns}
    for evening in evenings:
        by_column = []
        times = {slots: times_of(evening, slots) for slots in {c.slots for c in columns}}
        for column in columns:
            of_length = times[column.slots]
            cells = cells_of(child, column, evening.id, of_length, busy, talks, family, walking)
            by_column.append(cells)
            room = column.rooms.get(evening.id, "")
            columns_cells[column.key].append(TeacherEvening(evening.id, evening.day, room, cells))
        own = overlapping(evening.slots[0].starts_at, evening.slots[-1].ends_at, talks)
        own = tuple(sorted(own, key=lambda talk: talk.starts_at))
        rows = [
            TableRow(
                slot.starts_at,
                slot.ends_at,
                tuple(cells[i] for cells in by_column),
                overlapping(slot.starts_at, slot.ends_at, own),
            )
            for i, slot in enumerate(evening.slots)
        ]
        rows += [TableRow(pause.starts_at, pause.ends_at) for pause in evening.breaks]
        rows.sort(key=lambda row: row.starts_at)
        tables.append(EveningTable(evening.id, evening.day, tuple(rows), own))
    cards = tuple(
        Card(
            column.key,
            column.offer_id,
            column.teacher,
            column.subjects,
            next((t for t in talks if _is_about(t, child, column.key, evenings)), None),
            tuple(columns_cells[column.key]),
        )
        for column in columns
    )
    return tuple(tables), cards


def _is_about(talk: Talk, child: Child, key: str, evenings: Sequence[EveningInfo]) -> bool:
    evening_ids = {evening.id for evening in evenings}
    return talk.child == child and talk.teacher_key == key and talk.evening_id in evening_ids
