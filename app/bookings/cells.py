"""The state of each time of a teacher, as one family may see it. Pure.

This module does not know who other families are: it receives only ids from claims, and returns
only "others" or "unavailable".
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.core.ticks import ticks
from app.rounds.models import teacher_ids_of
from app.rounds.queries import EveningInfo
from app.school.queries import Child


class CellState(StrEnum):
    """What a cell means to the family that looks at it."""

    FREE = "free"
    MINE = "mine"  # this child's talk
    SIBLING = "sibling"  # another own child's talk, with this very teacher
    ELSEWHERE = "elsewhere"  # free, but the family is in another talk
    OTHERS = "others"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Talk:
    """A reserved talk of the actor's own family."""

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
    cancelled: bool
    may_move: bool
    may_cancel: bool
    may_remark: bool


class Live(NamedTuple):
    """The booking in a column: its id and start (UTC)."""

    booking_id: int
    starts_at: datetime


@dataclass(frozen=True)
class Column:
    """A teacher or a duo, with the subjects of the talk."""

    key: str
    offer_id: int
    teacher: str
    subjects: str
    slots: int  # length of the talk, in slots
    offered: bool  # False: shown only because the family has a talk in it
    teacher_ids: tuple[int, ...]
    person_ids: tuple[int, ...]
    rooms: Mapping[int, str]  # room name by evening id
    exclusive_rooms: Mapping[int, int]  # exclusive rooms only: room id by evening id
    live: Live | None = None  # the child's live talk with the same attendees


@dataclass(frozen=True)
class Busy:
    """Busy ticks: of teachers by talks and by absence, of rooms, and of people by booking."""

    now: datetime  # times that have begun cannot be chosen
    taught: Mapping[int, Set[int]] = field(default_factory=dict)  # teacher id -> ticks
    absent: Mapping[int, Set[int]] = field(default_factory=dict)
    rooms: Mapping[int, Set[int]] = field(default_factory=dict)
    # Person id -> tick -> booking id.
    people: Mapping[int, Mapping[int, int]] = field(default_factory=dict)


class Cell(NamedTuple):  # a named tuple: a table has hundreds, and tuples are fast to create
    """A time of a teacher; ``value`` is what the form sends: "<slot id>-<offer id>"."""

    slot_id: int
    key: str
    value: str
    state: CellState
    starts_at: datetime
    ends_at: datetime
    talk: Talk | None = None  # for mine, sibling and elsewhere
    near: Talk | None = None  # free, but closer to this talk than the walking time
    fits_at: datetime | None = None  # with near: this teacher's nearest free time that fits


def span(evening: EveningInfo, index: int, slots: int) -> tuple[datetime, datetime] | None:
    """Return start and end of a talk that takes ``slots`` slots from this index on.

    Returns None if the evening ends too early or a break lies between.
    """
    run = evening.slots[index : index + slots]
    if len(run) < slots:
        return None
    start, end = run[0].starts_at, run[-1].ends_at
    if any(start < pause.ends_at and pause.starts_at < end for pause in evening.breaks):
        return None
    return start, end


class Time(NamedTuple):
    """A slot of an evening, for talks of a given length; shared by all columns."""

    slot_id: int
    starts_at: datetime
    ends_at: datetime
    touched: range  # ticks of the slot
    fitting: tuple[datetime, datetime] | None  # start and end of a talk that begins here, or None
    wanted: range  # ticks of the talk


def times_of(evening: EveningInfo, slots: int) -> tuple[Time, ...]:
    """Return the times of an evening for talks of ``slots`` slots."""
    times = []
    for index, slot in enumerate(evening.slots):
        fitting = span(evening, index, slots)
        touched = ticks(slot.starts_at, slot.ends_at)
        wanted = ticks(*fitting) if fitting else touched
        times.append(Time(slot.id, slot.starts_at, slot.ends_at, touched, fitting, wanted))
    return tuple(times)


class _Taken(NamedTuple):
    """When a column is busy on an evening, in ticks."""

    taught: Set[int]
    away: Set[int]  # a teacher is absent or attends as a parent, or the room is taken
    family: Mapping[int, int]  # the family attends another talk: booking id by tick


def cells_of(
    child: Child,
    column: Column,
    evening_id: int,
    times: Sequence[Time],
    busy: Busy,
    talks: Sequence[Talk],
    family: Set[int],
    walking: timedelta,
) -> tuple[Cell, ...]:
    """Return the cells of one column and evening, by time."""
    talks_by_id = {talk.booking_id: talk for talk in talks}
    own_talks = [talk for talk in talks if _shares_teacher(talk, column)]
    taken = _taken(column, evening_id, busy, family)
    cells = []
    for time in times:
        ends_at = time.ends_at
        state, talk = CellState.UNAVAILABLE, None
        own = overlapping(time.starts_at, ends_at, own_talks) if own_talks else ()
        if own:
            state, talk = _state_of(own[0], child, column), own[0]
        elif not taken.taught.isdisjoint(time.touched):
            state = CellState.OTHERS
        elif time.fitting is not None:
            ends_at = time.fitting[1]
            if column.offered and time.starts_at > busy.now:
                state, talk = _free_or_not(taken, talks_by_id, time.wanted)
        cells.append(
            Cell(
                time.slot_id,
                column.key,
                f"{time.slot_id}-{column.offer_id}",
                state,
                time.starts_at,
                ends_at,
                talk,
            )
        )
    return _with_walking(tuple(cells), talks, walking)


def _taken(column: Column, evening_id: int, busy: Busy, family: Set[int]) -> _Taken:
    nothing: Set[int] = frozenset()
    away = [busy.absent.get(teacher, nothing) for teacher in column.teacher_ids]
    away += [busy.people[person].keys() for person in column.person_ids if person in busy.people]
    room = column.exclusive_rooms.get(evening_id)
    if room:
        away.append(busy.rooms.get(room, nothing))
    return _Taken(
        frozenset().union(*(busy.taught.get(teacher, nothing) for teacher in column.teacher_ids)),
        frozenset().union(*away),
        {tick: of for person in family for tick, of in busy.people.get(person, {}).items()},
    )


def _free_or_not(
    taken: _Taken, talks: Mapping[int, Talk], wanted: range
) -> tuple[CellState, Talk | None]:
    if not taken.taught.isdisjoint(wanted):
        return CellState.OTHERS, None  # a long talk would overlap somebody else's
    if not taken.away.isdisjoint(wanted):
        return CellState.UNAVAILABLE, None
    for tick in wanted:
        if tick in taken.family:
            # The guardian attends for a child that this actor may not see: reveal no more.
            talk = talks.get(taken.family[tick])
            return (CellState.ELSEWHERE, talk) if talk else (CellState.UNAVAILABLE, None)
    return CellState.FREE, None


def _shares_teacher(talk: Talk, column: Column) -> bool:
    return not set(column.teacher_ids).isdisjoint(teacher_ids_of(talk.teacher_key))


def _state_of(talk: Talk, child: Child, column: Column) -> CellState:
    if talk.teacher_key != column.key:
        return CellState.ELSEWHERE  # with this teacher, but together with a colleague
    return CellState.MINE if talk.child == child else CellState.SIBLING


def _with_walking(
    cells: tuple[Cell, ...], talks: Sequence[Talk], walking: timedelta
) -> tuple[Cell, ...]:
    """Mark free cells that leave less than the walking time before or after an own talk."""
    if not walking or not talks:
        return cells
    near = [_near(cell, talks, walking) for cell in cells]
    fitting = [
        cell.starts_at
        for cell, talk in zip(cells, near, strict=True)
        if cell.state is CellState.FREE and talk is None
    ]
    marked = []
    for cell, talk in zip(cells, near, strict=True):
        if cell.state is CellState.FREE and talk is not None:
            best = min(fitting, key=lambda start: abs(start - cell.starts_at), default=None)
            marked.append(cell._replace(near=talk, fits_at=best))
        else:
            marked.append(cell)
    return tuple(marked)


def _near(cell: Cell, talks: Sequence[Talk], walking: timedelta) -> Talk | None:
    for talk in talks:
        if talk.starts_at - walking < cell.ends_at and cell.starts_at < talk.ends_at + walking:
            return talk
    return None


def overlapping(start: datetime, end: datetime, talks: Sequence[Talk]) -> tuple[Talk, ...]:
    """Return the talks that overlap the time from start to end."""
    return tuple(talk for talk in talks if talk.starts_at < end and start < talk.ends_at)
