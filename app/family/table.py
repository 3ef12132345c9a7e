"""What a family sees of a round: rows and cards, from the same cells."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import repeat

from app.bookings.availability import busy_during, columns_of, evenings_with_times
from app.bookings.cells import (
    Busy,
    Cell,
    CellState,
    Column,
    Own,
    Talk,
    cells_of,
    overlapping,
)
from app.bookings.marks import Marks, Taken, marks_of, near_of, taken_of
from app.bookings.times import Times, times_of
from app.core.access import current_actor
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.places import place_text
from app.school.queries import Child


@dataclass(frozen=True)
class TableRow:
    """One time of the evening across all teachers."""

    starts_at: datetime
    ends_at: datetime
    index: int | None  # of the time, counted from 0; None for a break
    talks: tuple[Talk, ...] = ()  # the family's talks at this time, of all children and rounds

    @property
    def is_break(self) -> bool:
        """Whether all teachers have a break."""
        return self.index is None


class _OnEvening:
    """What belongs to one evening."""

    __slots__ = ()
    evening: EveningInfo

    @property
    def evening_id(self) -> int:
        """The id of the evening."""
        return self.evening.id

    @property
    def day(self) -> date:
        """The school's local date."""
        return self.evening.day


@dataclass(frozen=True)
class EveningTable(_OnEvening):
    """One evening of the table."""

    evening: EveningInfo
    talks: tuple[Talk, ...]  # the family's talks of this evening by time, for the strip

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """All times and breaks, in order."""
        rows = [
            TableRow(start, end, index, overlapping(start, end, self.talks))
            for index, (start, end) in enumerate(
                (slot.starts_at, slot.ends_at) for slot in self.evening.slots
            )
        ]
        rows += [TableRow(it.starts_at, it.ends_at, None) for it in self.evening.breaks]
        return tuple(sorted(rows, key=lambda row: row.starts_at))

    @property
    def starts_at(self) -> datetime:
        """The start of the first row."""
        return _from_to(self.evening)[0]

    @property
    def ends_at(self) -> datetime:
        """The end of the last row."""
        return _from_to(self.evening)[1]


@lru_cache(maxsize=256)
def _from_to(evening: EveningInfo) -> tuple[datetime, datetime]:
    starts = [slot.starts_at for slot in evening.slots] + [it.starts_at for it in evening.breaks]
    ends = [slot.ends_at for slot in evening.slots] + [it.ends_at for it in evening.breaks]
    return min(starts), max(ends)


@dataclass(frozen=True, slots=True)
class TeacherEvening(_OnEvening):
    """One teacher's times on one evening, as a card shows them."""

    evening: EveningInfo
    column: Column
    times: Times
    taken: Taken
    near: Mapping[int, Talk]  # see ``near_of``
    marks: Marks
    digits: str  # the same in short

    @property
    def place(self) -> str:
        """The room of the teacher, or in words where the talk is, or ""."""
        return place_text(self.column.modality, self.column.rooms.get(self.evening.id, ""))

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All times with what they mean to the family."""
        return cells_of(self.column, self.times, self.marks)

    @property
    def open_cells(self) -> tuple[Cell, ...]:
        """The cells that matter to this family: free ones and its own talks."""
        closed = {CellState.OTHERS, CellState.UNAVAILABLE}
        return tuple(cell for cell in self.cells if cell.state not in closed)

    @property
    def closed(self) -> int:
        """How many times are taken by others or unavailable; phones fold them away."""
        return self.digits.count("1") + self.digits.count("2")

    @property
    def is_full(self) -> bool:
        """Whether nothing is free for anybody; at what only this family misses, others could sit."""
        return "0" not in self.digits and not any(
            mark is CellState.WORK or (isinstance(mark, Own) and mark.state is CellState.ELSEWHERE)
            for mark in self.marks.own.values()
        )


@dataclass(frozen=True, slots=True)
class Card:
    """One teacher of the child: a column of the table, or a card on a phone."""

    key: str
    offer_id: int
    teacher: str
    subjects: str
    talk: Talk | None  # this child's talk with this teacher
    evenings: tuple[TeacherEvening, ...]

    @property
    def about(self) -> str:
        """The subjects, and where the talk is if there is one evening only."""
        place = self.evenings[0].place if len(self.evenings) == 1 else ""
        return " · ".join(filter(None, (self.subjects, place)))

    @property
    def minutes(self) -> int:
        """The length of a talk in minutes; 0 if none fits."""
        return next(filter(None, (evening.times.minutes for evening in self.evenings)), 0)

    @property
    def is_full(self) -> bool:
        """Whether nothing is free for anybody on any evening."""
        return all(on.is_full for on in self.evenings)


def comers(coming: Set[int]) -> str:
    """Return who can come at a time, for words: "others" than the reader, only "me", or "some".

    "" if all can.
    """
    if not coming:
        return ""
    me = current_actor().person_id
    return "others" if me not in coming else "me" if len(coming) == 1 else "some"


def read_table(
    round_: RoundInfo,
    child: Child,
    family: Set[int],
    talks: Sequence[Talk],
    *,
    now: datetime,
    columns: Sequence[Column] | None = None,
) -> tuple[tuple[EveningTable, ...], tuple[Card, ...]]:
    """Read who is busy when, and return the evenings and the cards.

    ``columns``: the teachers; by default all that the child can meet.
    """
    evenings = evenings_with_times(round_)
    columns = columns_of(round_, child, evenings) if columns is None else columns
    busy = busy_during(evenings, columns, family, now=now)
    cards = cards_of(child, columns, evenings, busy, talks, round_.walking)
    return rows_of(evenings, talks), cards


def rows_of(evenings: Sequence[EveningInfo], talks: Sequence[Talk]) -> tuple[EveningTable, ...]:
    """Return the rows of each evening, with the family's talks in all rounds. Pure."""
    return tuple(EveningTable(evening, _talks_of(evening, talks)) for evening in evenings)


def _talks_of(evening: EveningInfo, talks: Sequence[Talk]) -> tuple[Talk, ...]:
    own = overlapping(evening.slots[0].starts_at, evening.slots[-1].ends_at, talks)
    return tuple(sorted(own, key=lambda talk: talk.starts_at))


def cards_of(
    child: Child,
    columns: Sequence[Column],
    evenings: Sequence[EveningInfo],
    busy: Busy,
    talks: Sequence[Talk],
    walking: timedelta,
    before: Sequence[Card] = (),
) -> tuple[Card, ...]:
    """Return a card per teacher, with what its times mean to the family. Pure.

    ``talks`` are the family's talks in all rounds that this actor may see, ``walking`` the time to
    keep free between two talks. ``before`` are the cards of a call that differed in ``busy`` alone:
    the teachers who are busy at the same times as then need not be looked through again.
    """
    near: dict[Times, Mapping[int, Talk]] = {}

    def on(column: Column, evening: EveningInfo, old: TeacherEvening | None) -> TeacherEvening:
        times = times_of(evening, column.slots)
        taken = taken_of(column, evening.id, times, busy)
        if old and old.taken == taken:
            return old
        if times not in near:
            near[times] = near_of(times, talks, walking)
        marks = marks_of(child, column, times, taken, busy.family, talks, near[times])
        return TeacherEvening(evening, column, times, taken, near[times], marks, marks.digits)

    evening_ids = {evening.id for evening in evenings}
    own = {
        talk.teacher_key: talk
        for talk in reversed(talks)
        if talk.child == child and talk.evening_id in evening_ids
    }
    nothing = [None] * len(evenings)
    return tuple(
        Card(
            column.key,
            column.offer_id,
            column.teacher,
            column.subjects,
            own.get(column.key),
            tuple(map(on, repeat(column), evenings, old.evenings if old else nothing)),
        )
        for column, old in zip(columns, before or repeat(None), strict=False)
    )
