"""What a family sees of a round: from facts to the states of cells. Pure.

Nothing in here knows who the others are: the facts that come in carry ids of
claims only, and what goes out is "others" or "unavailable".
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.core.ticks import ticks
from app.school.queries import Child


class State(StrEnum):
    """What a cell is to the family that looks."""

    FREE = "free"
    MINE = "mine"  # this child's talk
    SIBLING = "sibling"  # another own child's talk, with this very teacher
    ELSEWHERE = "elsewhere"  # free, but the family sits in another talk
    OTHERS = "others"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Talk:
    """A reserved talk of the own family."""

    booking_id: int
    round_id: int
    round_name: str
    evening_id: int
    child: Child
    teacher_key: str
    teacher: str  # as parents read it; a duo is "mevr. De Vries en dhr. Kaya"
    subjects: str
    room: str
    starts_at: datetime
    ends_at: datetime
    remark: str
    online: bool
    may_move: bool
    may_cancel: bool


@dataclass(frozen=True)
class Times:
    """An evening as the grid made it: slots as (id, start, end), breaks as (start, end), in UTC."""

    evening_id: int
    day: date
    slots: tuple[tuple[int, datetime, datetime], ...]
    breaks: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True)
class Column:
    """One teacher, or a duo, and what is talked about."""

    key: str
    offer_id: int
    teacher: str
    subjects: str
    slots: int  # length of the talk
    teacher_ids: tuple[int, ...]
    person_ids: tuple[int, ...]
    rooms: Mapping[int, str]  # by evening
    exclusive_rooms: Mapping[int, int]  # room id by evening, where a room holds one talk at a time


@dataclass(frozen=True)
class Busy:
    """Taken ticks: of teaching by talks and by absence, of rooms, and of people by booking."""

    taught: Mapping[int, Set[int]] = field(default_factory=dict)  # teacher id -> ticks
    absent: Mapping[int, Set[int]] = field(default_factory=dict)
    rooms: Mapping[int, Set[int]] = field(default_factory=dict)
    people: Mapping[int, Mapping[int, int]] = field(default_factory=dict)  # person -> tick -> booking


@dataclass(frozen=True)
class Cell:
    """A time of a teacher. ``value`` is what the form sends: slot and offer."""

    slot_id: int
    key: str
    value: str
    state: State
    starts_at: datetime
    ends_at: datetime
    talk: Talk | None = None  # for mine, sibling and elsewhere
    near: Talk | None = None  # free, but less than the walking time from this talk
    fits_at: datetime | None = None  # with near: the nearest free time of this teacher that fits


@dataclass(frozen=True)
class Row:
    """A time of the evening across all teachers; a break has no cells."""

    starts_at: datetime
    ends_at: datetime
    cells: tuple[Cell, ...] = ()
    talks: tuple[Talk, ...] = ()  # the family's talks at this time, of all children and rounds

    @property
    def is_break(self) -> bool:
        """Whether all teachers pause."""
        return not self.cells


@dataclass(frozen=True)
class EveningBoard:
    """One evening of the table."""

    evening_id: int
    day: date
    rows: tuple[Row, ...]
    talks: tuple[Talk, ...]  # the family's talks of this evening, by time: the strip

    @property
    def starts_at(self) -> datetime:
        """The first time of the evening."""
        return self.rows[0].starts_at

    @property
    def ends_at(self) -> datetime:
        """The end of the last time."""
        return self.rows[-1].ends_at


@dataclass(frozen=True)
class TeacherEvening:
    """One teacher's times of one evening: what a card shows."""

    evening_id: int
    day: date
    room: str
    cells: tuple[Cell, ...]

    @property
    def open_cells(self) -> tuple[Cell, ...]:
        """The cells that say something to this family: free ones and own talks."""
        closed = {State.OTHERS, State.UNAVAILABLE}
        return tuple(cell for cell in self.cells if cell.state not in closed)

    @property
    def closed_cells(self) -> tuple[Cell, ...]:
        """The cells of others and of absence, folded away on a phone."""
        closed = {State.OTHERS, State.UNAVAILABLE}
        return tuple(cell for cell in self.cells if cell.state in closed)


@dataclass(frozen=True)
class Card:
    """One teacher of the child: a column of the table, a card on a phone."""

    key: str
    offer_id: int
    teacher: str
    subjects: str
    talk: Talk | None  # this child's talk with this teacher
    evenings: tuple[TeacherEvening, ...]

    @property
    def free(self) -> int:
        """How many times can still be chosen."""
        return sum(c.state is State.FREE for evening in self.evenings for c in evening.cells)

    @property
    def is_full(self) -> bool:
        """Whether nothing is free for anybody; a time at which the family sits elsewhere is."""
        open_states = {State.FREE, State.ELSEWHERE}
        return not any(c.state in open_states for evening in self.evenings for c in evening.cells)


def build(
    child: Child,
    columns: Sequence[Column],
    evenings: Sequence[Times],
    busy: Busy,
    talks: Sequence[Talk],
    family: Set[int],
    walking: timedelta,
) -> tuple[tuple[EveningBoard, ...], tuple[Card, ...]]:
    """Return the evenings with their rows, and the same cells as a card per teacher.

    ``talks`` are the own ones this actor may see, of all rounds; ``family`` the
    person ids whose time a talk takes; ``walking`` the time wanted between two talks.
    """
    boards = []
    columns_cells: dict[str, list[TeacherEvening]] = {column.key: [] for column in columns}
    for times in evenings:
        by_column = []
        for column in columns:
            cells = _cells(child, column, times, busy, talks, family, walking)
            by_column.append(cells)
            columns_cells[column.key].append(
                TeacherEvening(
                    times.evening_id, times.day, column.rooms.get(times.evening_id, ""), cells
                )
            )
        own = tuple(sorted(_during(times, talks), key=lambda talk: talk.starts_at))
        rows = [
            Row(start, end, tuple(cells[i] for cells in by_column), _overlapping(start, end, own))
            for i, (_, start, end) in enumerate(times.slots)
        ]
        rows += [Row(start, end) for start, end in times.breaks]
        rows.sort(key=lambda row: row.starts_at)
        boards.append(EveningBoard(times.evening_id, times.day, tuple(rows), own))
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
    return tuple(boards), cards


def span(times: Times, index: int, slots: int) -> tuple[datetime, datetime] | None:
    """Return start and end of a talk of ``slots`` slots from this one on.

    None when the evening ends before, or a break lies between.
    """
    run = times.slots[index : index + slots]
    if len(run) < slots:
        return None
    start, end = run[0][1], run[-1][2]
    if any(start < stop and begin < end for begin, stop in times.breaks):
        return None
    return start, end


def _cells(
    child: Child,
    column: Column,
    times: Times,
    busy: Busy,
    talks: Sequence[Talk],
    family: Set[int],
    walking: timedelta,
) -> tuple[Cell, ...]:
    talks_by_id = {talk.booking_id: talk for talk in talks}
    cells = []
    for index, (slot_id, starts_at, ends_at) in enumerate(times.slots):
        state, talk = State.UNAVAILABLE, None
        fitting = span(times, index, column.slots)
        own = _own_talk(column, talks, starts_at, ends_at)
        if own is not None:
            state, talk = _state_of(own, child, column), own
        elif _taught(column, busy, ticks(starts_at, ends_at)):
            state = State.OTHERS
        elif fitting is not None:
            state, talk = _free_or_not(column, times, busy, talks_by_id, family, fitting)
            ends_at = fitting[1]
        cells.append(
            Cell(slot_id, column.key, f"{slot_id}-{column.offer_id}", state, starts_at, ends_at, talk)
        )
    return _with_walking(tuple(cells), talks, walking)


def _taught(column: Column, busy: Busy, wanted: range) -> bool:
    return any(not busy.taught.get(t, set()).isdisjoint(wanted) for t in column.teacher_ids)


def _free_or_not(
    column: Column,
    times: Times,
    busy: Busy,
    talks: Mapping[int, Talk],
    family: Set[int],
    fitting: tuple[datetime, datetime],
) -> tuple[State, Talk | None]:
    wanted = ticks(*fitting)
    if _taught(column, busy, wanted):
        return State.OTHERS, None  # a long talk that would run into somebody else's
    absent = any(not busy.absent.get(t, set()).isdisjoint(wanted) for t in column.teacher_ids)
    sits = any(tick in busy.people.get(p, {}) for p in column.person_ids for tick in wanted)
    room = column.exclusive_rooms.get(times.evening_id)
    if absent or sits or (room and not busy.rooms.get(room, set()).isdisjoint(wanted)):
        return State.UNAVAILABLE, None
    for person in family:
        for tick in wanted:
            booking = busy.people.get(person, {}).get(tick)
            if booking is not None:
                # Where a guardian sits for a child this actor may not see, no more is said.
                talk = talks.get(booking)
                return (State.ELSEWHERE, talk) if talk else (State.UNAVAILABLE, None)
    return State.FREE, None


def _own_talk(
    column: Column, talks: Sequence[Talk], starts_at: datetime, ends_at: datetime
) -> Talk | None:
    teachers = set(column.key.split("-"))
    for talk in _overlapping(starts_at, ends_at, talks):
        if not teachers.isdisjoint(talk.teacher_key.split("-")):
            return talk
    return None


def _state_of(talk: Talk, child: Child, column: Column) -> State:
    if talk.teacher_key != column.key:
        return State.ELSEWHERE  # with this teacher, but together with a colleague
    return State.MINE if talk.child == child else State.SIBLING


def _with_walking(
    cells: tuple[Cell, ...], talks: Sequence[Talk], walking: timedelta
) -> tuple[Cell, ...]:
    """Mark free cells that leave less than the walking time to an own talk."""
    if not walking or not talks:
        return cells
    near = [_near(cell, talks, walking) for cell in cells]
    fitting = [
        cell.starts_at
        for cell, talk in zip(cells, near, strict=True)
        if cell.state is State.FREE and talk is None
    ]
    marked = []
    for cell, talk in zip(cells, near, strict=True):
        if cell.state is State.FREE and talk is not None:
            best = min(fitting, key=lambda start: abs(start - cell.starts_at), default=None)
            marked.append(
                Cell(
                    cell.slot_id,
                    cell.key,
                    cell.value,
                    cell.state,
                    cell.starts_at,
                    cell.ends_at,
                    near=talk,
                    fits_at=best,
                )
            )
        else:
            marked.append(cell)
    return tuple(marked)


def _near(cell: Cell, talks: Sequence[Talk], walking: timedelta) -> Talk | None:
    for talk in talks:
        if talk.starts_at - walking < cell.ends_at and cell.starts_at < talk.ends_at + walking:
            return talk
    return None


def _during(times: Times, talks: Sequence[Talk]) -> list[Talk]:
    start, end = times.slots[0][1], times.slots[-1][2]
    return list(_overlapping(start, end, talks))


def _overlapping(
    start: datetime, end: datetime, talks: Sequence[Talk]
) -> tuple[Talk, ...]:
    return tuple(talk for talk in talks if talk.starts_at < end and start < talk.ends_at)


def _is_about(talk: Talk, child: Child, key: str, evenings: Sequence[Times]) -> bool:
    evening_ids = {times.evening_id for times in evenings}
    return talk.child == child and talk.teacher_key == key and talk.evening_id in evening_ids
