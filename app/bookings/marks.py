"""What each time of a teacher means to one family. Pure; this decides what is free.

Most times mean the same to all families, who share them; only what differs is a family's own.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from app.bookings.cells import Busy, CellState, Column, Mark, Near, Own, Part, Talk
from app.bookings.times import Times
from app.rounds.models import teacher_ids_of
from app.school.queries import Child

DIGITS = (CellState.FREE, CellState.OTHERS, CellState.UNAVAILABLE)
"""A time in short: its place in here; "3" is one at which the family sits elsewhere or works."""


class Shared(NamedTuple):
    """What the times of a column mean to a family that has no talk."""

    states: tuple[CellState, ...]  # of ``DIGITS``
    digits: str  # the same in short
    free: tuple[int, ...]  # the indexes of those that are free


@dataclass(frozen=True, slots=True)
class Marks:
    """What the times of a column mean to one family, in order."""

    shared: Shared
    own: Mapping[int, Mark]  # by the index of the time: where it means something else

    def __len__(self) -> int:
        """Return how many times there are."""
        return len(self.shared.states)

    def __iter__(self) -> Iterator[Mark]:
        """Yield what each time means."""
        own = self.own
        return (own.get(index, state) for index, state in enumerate(self.shared.states))

    @property
    def digits(self) -> str:
        """A digit for each time, see ``DIGITS``; the same object for the same digits."""
        its = list(self.shared.digits)
        for index, mark in self.own.items():
            match mark:
                case Near() | Part():
                    its[index] = "0"
                case Own() | CellState.WORK:
                    its[index] = "3"
                case _:
                    its[index] = str(DIGITS.index(mark))
        return intern("".join(its))


class Taken(NamedTuple):
    """What decides about the times of a column on one evening, as masks of its ``Times``."""

    taught: int
    away: int  # a teacher is absent or attends as a parent, or the room is taken
    family: int  # the family attends a talk
    begun: int  # so many times have begun
    work: tuple[tuple[int, int], ...]  # those who would come give talks as teachers, by person


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
        tuple((person, mask >> shift & within) for person, mask in busy.work_masks)
        if busy.work
        else (),
    )


def marks_of(
    child: Child,
    column: Column,
    times: Times,
    taken: Taken,
    family: Mapping[int, int],
    talks: Sequence[Talk],
    near: Mapping[int, Talk],
) -> Marks:
    """Return what each time of a column means to the family.

    ``family`` is as in ``Busy``, ``near`` as ``near_of`` returns it.
    """
    shared = _shared(times, taken.taught, taken.away, taken.begun, offered=column.offered)
    own: dict[int, Mark] = {}
    for index in _that_take(times, taken.family) if taken.family else ():
        if shared.states[index] is CellState.FREE:
            taken_ticks = taken.family & times.each[index].wanted
            own[index] = _elsewhere(times.first, taken_ticks, family, talks)
    for talk in reversed(talks):  # of several at a time the first counts
        if _shares_teacher(talk, column):
            mark = Own(_state_of(talk, child, column), talk)
            own |= dict.fromkeys(_during(times, talk.starts_at, talk.ends_at), mark)
    return with_own(shared, own, times, near, taken.work)


@lru_cache(maxsize=4096)
def _shared(times: Times, taught: int, away: int, begun: int, *, offered: bool) -> Shared:
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
    return shared_of(states)


def shared_of(states: Sequence[CellState]) -> Shared:
    """Return these states, each one of ``DIGITS``."""
    free = tuple(index for index, state in enumerate(states) if state is CellState.FREE)
    return Shared(tuple(states), "".join(str(DIGITS.index(state)) for state in states), free)


@lru_cache(maxsize=1024)
def _that_take(times: Times, ticks: int) -> tuple[int, ...]:
    """Return the times, by index, at which a talk would take any of these ticks (a mask)."""
    return tuple(index for index, time in enumerate(times.each) if ticks & time.wanted)


@lru_cache(maxsize=1024)
def _during(times: Times, starts_at: datetime, ends_at: datetime) -> tuple[int, ...]:
    """Return the times, by index, whose slot lies between these moments in part."""
    return tuple(
        index
        for index, time in enumerate(times.each)
        if time.starts_at < ends_at and starts_at < time.ends_at
    )


def _elsewhere(first: int, engaged: int, family: Mapping[int, int], talks: Sequence[Talk]) -> Mark:
    at = first + (engaged & -engaged).bit_length() - 1  # the lowest bit: the first tick
    talk = next((talk for talk in talks if talk.booking_id == family[at]), None)
    # Else the guardian attends for a child that this actor may not see: reveal no more.
    return Own(CellState.ELSEWHERE, talk) if talk else CellState.UNAVAILABLE


def _shares_teacher(talk: Talk, column: Column) -> bool:
    key = talk.teacher_key
    return key == column.key or not _teachers(key).isdisjoint(column.teacher_ids)


@lru_cache(maxsize=1024)
def _teachers(teacher_key: str) -> frozenset[int]:
    return frozenset(teacher_ids_of(teacher_key))


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


def with_own(
    shared: Shared,
    own: dict[int, Mark],
    times: Times,
    near: Mapping[int, Talk],
    work: Sequence[tuple[int, int]],
) -> Marks:
    """Mark free times that do not suit all who would come: there is no time to walk, or they work.

    ``near`` is as ``near_of`` returns it, ``work`` as in ``Taken``.
    """
    coming = _coming(shared, own, times, work) if work else {}
    own |= {index: CellState.WORK for index, people in coming.items() if not people}
    _mark_walking(shared, own, times, near)
    for index, people in coming.items():
        if people:
            before = own.get(index)
            own[index] = Part(people, before if isinstance(before, Near) else None)
    return Marks(shared, own)


def _coming(
    shared: Shared, own: Mapping[int, Mark], times: Times, work: Sequence[tuple[int, int]]
) -> dict[int, frozenset[int]]:
    """Return who can come, where not all can, by the index of the free time."""
    found = {}
    for index in shared.free:
        wanted = times.each[index].wanted
        if index not in own and any(mask & wanted for _person, mask in work):
            found[index] = frozenset(person for person, mask in work if not mask & wanted)
    return found


def _mark_walking(
    shared: Shared, own: dict[int, Mark], times: Times, near: Mapping[int, Talk]
) -> None:
    free = [index for index in shared.free if index not in own] if near else []
    fitting = [index for index in free if index not in near]
    if len(fitting) < len(free):
        tight = [index for index in free if index in near]
        own |= {index: Near(near[index], _nearest(index, fitting, times)) for index in tight}


def _nearest(to: int, indexes: Sequence[int], times: Times) -> datetime | None:
    """Return the start of the time that is nearest to another one, of those at these indexes."""
    place = bisect_left(indexes, to)
    beside = (times.each[index].starts_at for index in indexes[max(place - 1, 0) : place + 1])
    start = times.each[to].starts_at
    return min(beside, key=lambda moment: abs(moment - start), default=None)
