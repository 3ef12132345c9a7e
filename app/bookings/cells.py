"""The state of each time of a teacher, as one family may see it. Pure.

This module does not know who other families are: it receives only ids from claims, and returns
only "others" or "unavailable".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

from app.bookings.times import Time, Times, mask_of
from app.rounds.models import teacher_ids_of
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


@dataclass(frozen=True, slots=True)  # a process remembers a dozen for each family
class Column:
    """A teacher or a duo, with the subjects of the talk."""

    key: str
    offer_id: int
    teacher: str
    subjects: str
    talk_subjects: str  # of a talk, which is also about subjects that are withdrawn
    slots: int  # length of the talk, in slots
    offered: bool  # False: shown only because the family has a talk in it
    teacher_ids: tuple[int, ...]
    person_ids: tuple[int, ...]
    rooms: Mapping[int, str]  # room name by evening id
    exclusive_rooms: Mapping[int, int]  # exclusive rooms only: room id by evening id
    live: Live | None = None  # the child's live talk with the same attendees


@dataclass(frozen=True)
class Busy:
    """Who is busy when, as bit masks: bit n of a mask is the tick ``first`` + n."""

    now: datetime  # times that have begun cannot be chosen
    first: int = 0
    taught: Mapping[int, int] = field(default_factory=dict)  # teachers in talks, by teacher id
    absent: Mapping[int, int] = field(default_factory=dict)  # by teacher id
    rooms: Mapping[int, int] = field(default_factory=dict)  # exclusive rooms, by room id
    people: Mapping[int, int] = field(default_factory=dict)  # teachers anywhere, by person id
    family: Mapping[int, int] = field(default_factory=dict)  # booking id by tick
    serial: int = 0  # another one whenever teachers or rooms were read anew

    @cached_property
    def family_mask(self) -> int:
        """The ticks at which anybody of the family attends a talk."""
        return mask_of(self.family, self.first)


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


class Own(NamedTuple):
    """A time at which the family has a talk: mine, sibling or elsewhere."""

    state: CellState
    talk: Talk


class Near(NamedTuple):
    """A free time closer to an own talk than the walking time."""

    talk: Talk
    fits_at: datetime | None  # this teacher's nearest free time that fits


State = CellState | Own
Mark = State | Near


class Taken(NamedTuple):
    """What decides about the times of a column on one evening, as masks of its ``Times``."""

    taught: int
    away: int  # a teacher is absent or attends as a parent, or the room is taken
    family: int  # the family attends a talk
    begun: int  # so many times have begun


def taken_of(column: Column, evening_id: int, times: Times, busy: Busy) -> Taken:
    """Return when a column is busy on an evening."""
    shift, within = times.first - busy.first, times.within
    taught = away = 0
    for teacher in column.teacher_ids:
        taught |= busy.taught.get(teacher, 0)
        away |= busy.absent.get(teacher, 0)
    for person in column.person_ids:  # a teacher may attend talks as a parent
        away |= busy.people.get(person, 0)
    room = column.exclusive_rooms.get(evening_id)
    if room:
        away |= busy.rooms.get(room, 0)
    return Taken(
        taught >> shift & within,
        away >> shift & within,
        busy.family_mask >> shift & within,
        times.begun(busy.now),
    )


def states_of(
    child: Child,
    column: Column,
    times: Times,
    taken: Taken,
    family: Mapping[int, int],
    talks: Sequence[Talk],
) -> Sequence[State]:
    """Return what each time of a column means to the family; this decides what is free.

    ``family`` is as in ``Busy``.
    """
    engaged = taken.family
    states = _states_for_all(times, taken.taught, taken.away, taken.begun, offered=column.offered)
    own_talks = [talk for talk in talks if _shares_teacher(talk, column)] if talks else ()
    if not engaged and not own_talks:
        return states
    its: list[State] = list(states)
    for index in _that_take(times, engaged):
        if its[index] is CellState.FREE:
            taken_ticks = engaged & times.each[index].wanted
            its[index] = _elsewhere(times.first, taken_ticks, family, talks)
    for talk in reversed(own_talks):  # of several at a time the first counts
        own = Own(_state_of(talk, child, column), talk)
        for index, time in enumerate(times.each):
            if time.starts_at < talk.ends_at and talk.starts_at < time.ends_at:
                its[index] = own
    return its


@lru_cache(maxsize=4096)
def _states_for_all(
    times: Times, taught: int, away: int, begun: int, *, offered: bool
) -> tuple[CellState, ...]:
    """Return what each time means to a family that has no talk; families share it."""
    states = []
    for index, time in enumerate(times.each):
        if taught & time.touched:
            states.append(CellState.OTHERS)
        elif time.fitting is None or index < begun or not offered:
            states.append(CellState.UNAVAILABLE)
        elif taught & time.wanted:
            states.append(CellState.OTHERS)  # a long talk would overlap somebody else's
        elif away & time.wanted:
            states.append(CellState.UNAVAILABLE)
        else:
            states.append(CellState.FREE)
    return tuple(states)


@lru_cache(maxsize=1024)
def _that_take(times: Times, ticks: int) -> tuple[int, ...]:
    """Return the times, by index, at which a talk would take any of these ticks (a mask)."""
    return tuple(index for index, time in enumerate(times.each) if ticks & time.wanted)


def _elsewhere(first: int, engaged: int, family: Mapping[int, int], talks: Sequence[Talk]) -> State:
    at = first + (engaged & -engaged).bit_length() - 1  # the lowest bit: the first tick
    talk = next((talk for talk in talks if talk.booking_id == family[at]), None)
    # Else the guardian attends for a child that this actor may not see: reveal no more.
    return Own(CellState.ELSEWHERE, talk) if talk else CellState.UNAVAILABLE


def _shares_teacher(talk: Talk, column: Column) -> bool:
    return talk.teacher_key == column.key or not set(column.teacher_ids).isdisjoint(
        teacher_ids_of(talk.teacher_key)
    )


def _state_of(talk: Talk, child: Child, column: Column) -> CellState:
    if talk.teacher_key != column.key:
        return CellState.ELSEWHERE  # with this teacher, but together with a colleague
    return CellState.MINE if talk.child == child else CellState.SIBLING


def near_of(times: Times, talks: Sequence[Talk], walking: timedelta) -> Mapping[int, Talk]:
    """Return the own talk that is too close to walk from or to, by the index of the time."""
    near: dict[int, Talk] = {}
    for talk in talks if walking else ():
        after, before = talk.starts_at - walking, talk.ends_at + walking
        if times.each[0].starts_at < before and after < times.each[-1].ends_at:
            for index, time in enumerate(times.each):
                if time.starts_at < before and after < time.talk_ends_at:
                    near.setdefault(index, talk)
    return near


def with_walking(states: Sequence[State], times: Times, near: Mapping[int, Talk]) -> Sequence[Mark]:
    """Mark free times that leave less than the walking time before or after an own talk."""
    tight = [index for index in near if states[index] is CellState.FREE]
    if not tight:
        return states
    marks: list[Mark] = list(states)
    for index in tight:
        marks[index] = Near(near[index], _nearest_that_fits(index, states, times, near))
    return marks


def _nearest_that_fits(
    to: int, states: Sequence[State], times: Times, near: Mapping[int, Talk]
) -> datetime | None:
    def first(indexes: Iterable[int]) -> list[datetime]:
        for index in indexes:
            if states[index] is CellState.FREE and index not in near:
                return [times.each[index].starts_at]
        return []

    moments = first(range(to - 1, -1, -1)) + first(range(to + 1, len(states)))
    start = times.each[to].starts_at
    return min(moments, key=lambda moment: abs(moment - start), default=None)


def cells_of(column: Column, times: Times, marks: Sequence[Mark]) -> tuple[Cell, ...]:
    """Return the cells of one column and evening, by time."""
    return tuple(_cell(column, time, mark) for time, mark in zip(times.each, marks, strict=True))


def _cell(column: Column, time: Time, mark: Mark) -> Cell:
    state, talk, near, fits_at = CellState.FREE, None, None, None
    match mark:
        case Near():
            near, fits_at = mark
        case Own():
            state, talk = mark
        case _:
            state = mark
    value = f"{time.slot_id}-{column.offer_id}"
    return Cell(
        time.slot_id,
        column.key,
        value,
        state,
        time.starts_at,
        time.talk_ends_at,
        talk,
        near,
        fits_at,
    )


def overlapping(start: datetime, end: datetime, talks: Sequence[Talk]) -> tuple[Talk, ...]:
    """Return the talks that overlap the time from start to end."""
    return tuple(talk for talk in talks if talk.starts_at < end and start < talk.ends_at)
