"""The state of each time of one teacher, as one family may see it. Pure.

Nothing in here knows who the others are: the facts that come in carry ids of
claims only, and what goes out is "others" or "unavailable".
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.core.ticks import ticks
from app.rounds.queries import EveningInfo
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


class Live(NamedTuple):
    """The talk that stands in a column: which, and when."""

    booking_id: int
    starts_at: datetime


@dataclass(frozen=True)
class Column:
    """One teacher, or a duo, and what is talked about."""

    key: str
    offer_id: int
    teacher: str
    subjects: str
    slots: int  # length of the talk
    offered: bool  # False: only here because the family has a talk in it
    teacher_ids: tuple[int, ...]
    person_ids: tuple[int, ...]
    rooms: Mapping[int, str]  # by evening
    exclusive_rooms: Mapping[int, int]  # room id by evening, where a room holds one talk at a time
    live: Live | None = None  # of the child and who comes with it


@dataclass(frozen=True)
class Busy:
    """Taken ticks: of teaching by talks and by absence, of rooms, and of people by booking."""

    now: datetime  # what has begun cannot be chosen
    taught: Mapping[int, Set[int]] = field(default_factory=dict)  # teacher id -> ticks
    absent: Mapping[int, Set[int]] = field(default_factory=dict)
    rooms: Mapping[int, Set[int]] = field(default_factory=dict)
    # Person -> tick -> booking.
    people: Mapping[int, Mapping[int, int]] = field(default_factory=dict)


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


def span(evening: EveningInfo, index: int, slots: int) -> tuple[datetime, datetime] | None:
    """Return start and end of a talk of ``slots`` slots from this one on.

    None when the evening ends before, or a break lies between.
    """
    run = evening.slots[index : index + slots]
    if len(run) < slots:
        return None
    start, end = run[0].starts_at, run[-1].ends_at
    if any(start < pause.ends_at and pause.starts_at < end for pause in evening.breaks):
        return None
    return start, end


def cells_of(
    child: Child,
    column: Column,
    evening: EveningInfo,
    busy: Busy,
    talks: Sequence[Talk],
    family: Set[int],
    walking: timedelta,
) -> tuple[Cell, ...]:
    """Return the cells of one column and evening, by time."""
    talks_by_id = {talk.booking_id: talk for talk in talks}
    cells = []
    for index, slot in enumerate(evening.slots):
        starts_at, ends_at = slot.starts_at, slot.ends_at
        state, talk = State.UNAVAILABLE, None
        fitting = span(evening, index, column.slots)
        own = _own_talk(column, talks, starts_at, ends_at)
        if own is not None:
            state, talk = _state_of(own, child, column), own
        elif _taught(column, busy, ticks(starts_at, ends_at)):
            state = State.OTHERS
        elif fitting is not None:
            state, talk = _free_or_not(column, evening, busy, talks_by_id, family, fitting)
            ends_at = fitting[1]
        cells.append(
            Cell(
                slot.id,
                column.key,
                f"{slot.id}-{column.offer_id}",
                state,
                starts_at,
                ends_at,
                talk,
            )
        )
    return _with_walking(tuple(cells), talks, walking)


def _taught(column: Column, busy: Busy, wanted: range) -> bool:
    return any(not busy.taught.get(t, set()).isdisjoint(wanted) for t in column.teacher_ids)


def _free_or_not(
    column: Column,
    evening: EveningInfo,
    busy: Busy,
    talks: Mapping[int, Talk],
    family: Set[int],
    fitting: tuple[datetime, datetime],
) -> tuple[State, Talk | None]:
    if not column.offered or fitting[0] <= busy.now:
        return State.UNAVAILABLE, None
    wanted = ticks(*fitting)
    if _taught(column, busy, wanted):
        return State.OTHERS, None  # a long talk that would run into somebody else's
    absent = any(not busy.absent.get(t, set()).isdisjoint(wanted) for t in column.teacher_ids)
    sits = any(tick in busy.people.get(p, {}) for p in column.person_ids for tick in wanted)
    room = column.exclusive_rooms.get(evening.id)
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
    for talk in overlapping(starts_at, ends_at, talks):
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
            marked.append(replace(cell, near=talk, fits_at=best))
        else:
            marked.append(cell)
    return tuple(marked)


def _near(cell: Cell, talks: Sequence[Talk], walking: timedelta) -> Talk | None:
    for talk in talks:
        if talk.starts_at - walking < cell.ends_at and cell.starts_at < talk.ends_at + walking:
            return talk
    return None


def overlapping(start: datetime, end: datetime, talks: Sequence[Talk]) -> tuple[Talk, ...]:
    """Return the talks that touch the time from start to end."""
    return tuple(talk for talk in talks if talk.starts_at < end and start < talk.ends_at)
