"""An evening's teachers by times: each cell's state, and how full rows and columns are. Pure."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.ticks import ticks
from app.rounds.info import EveningInfo


class MatrixState(StrEnum):
    """What a teacher does at a time."""

    FREE = "free"
    TALK = "talk"
    BLOCKED = "blocked"
    ELSEWHERE = "elsewhere"  # as a parent, or in a talk of another round
    GONE = "gone"  # nobody can book this teacher any more
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class MatrixTalk:
    """A talk as the office sees it in the matrix."""

    booking_id: int
    student_id: int
    student: str
    class_name: str
    teacher_ids: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime
    left: bool = False  # the student is no longer at the school
    place: str = ""  # how they meet, unless at school

    @property
    def label(self) -> str:
        """The student's name, with the class if there is one."""
        return f"{self.student}, {self.class_name}" if self.class_name else self.student


@dataclass(frozen=True)
class TeacherName:
    """A teacher of the evening."""

    id: int
    person_id: int
    name: str  # as lists sort it: "Vries, Vera de"
    formal: str  # as used in a sentence: "mevr. De Vries"
    code: str
    left: bool = False  # no longer at the school
    offered: bool = True  # somebody can book this teacher


@dataclass(frozen=True)
class Facts:
    """Who is busy when: talks of the evening, and per teacher the ticks of other absences."""

    talks: Sequence[MatrixTalk] = ()
    absent: Mapping[int, Set[int]] = field(default_factory=dict)
    elsewhere: Mapping[int, Set[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A teacher at a time; a break has no slot, so its id is 0."""

    slot_id: int
    starts_at: datetime
    ends_at: datetime
    state: MatrixState
    talk: MatrixTalk | None = None
    wanted: bool = False  # a talk of the family being searched for


@dataclass(frozen=True)
class Run:
    """Consecutive times with the same state; a talk is a run of its own."""

    state: MatrixState
    starts_at: datetime
    ends_at: datetime
    count: int
    talk: MatrixTalk | None


@dataclass(frozen=True)
class Fill:
    """How many of the times that are not blocked hold a talk."""

    talks: int
    free: int

    @property
    def open(self) -> int:
        """How many times are available for talks, taken or free."""
        return self.talks + self.free

    @property
    def percent(self) -> int:
        """How full it is in percent; 0 if there are no times."""
        return round(100 * self.talks / self.open) if self.open else 0

    @property
    def is_full(self) -> bool:
        """Whether there are talks and no free times."""
        return bool(self.talks) and not self.free


@dataclass(frozen=True)
class MatrixRow:
    """A teacher's row."""

    teacher: TeacherName
    room: str
    cells: tuple[MatrixCell, ...]
    fill: Fill
    next_free: datetime | None  # the first free time that is still to come
    runs: tuple[Run, ...]

    @property
    def is_full(self) -> bool:
        """Whether families can book this teacher, but no time is left."""
        return self.teacher.offered and self.fill.is_full


@dataclass(frozen=True)
class MatrixColumn:
    """A time, or a break, which has no slot: its id is 0."""

    slot_id: int
    starts_at: datetime
    ends_at: datetime
    fill: Fill


@dataclass(frozen=True)
class Matrix:
    """The matrix of one evening."""

    columns: tuple[MatrixColumn, ...]
    lines: tuple[MatrixRow, ...]

    @property
    def fill(self) -> Fill:
        """The fill of the whole matrix."""
        return Fill(sum(c.fill.talks for c in self.columns), sum(c.fill.free for c in self.columns))

    @property
    def full(self) -> int:
        """How many teachers have no free time left."""
        return sum(line.is_full for line in self.lines)

    @property
    def booking_ids(self) -> frozenset[int]:
        """The ids of the talks shown; a talk with two teachers appears in two rows."""
        return frozenset(
            cell.talk.booking_id for line in self.lines for cell in line.cells if cell.talk
        )

    @property
    def moments(self) -> frozenset[datetime]:
        """Every start and end once, so that each is formatted only once."""
        return frozenset(moment for c in self.columns for moment in (c.starts_at, c.ends_at))

    def only(self, lines: Sequence[MatrixRow]) -> "Matrix":
        """Return the matrix with the same times but only these rows."""
        return Matrix(_columns(self.columns, lines), tuple(lines))


def build(
    teachers: Sequence[TeacherName],
    evening: EveningInfo,
    facts: Facts,
    *,
    now: datetime,
    wanted: Set[int] = frozenset(),
    at_school: bool = True,
) -> Matrix:
    """Return the rows of these teachers, in this order; talks of ``wanted`` students are marked.

    ``at_school``: new talks can be in the teachers' rooms, which are named then.
    """
    by_teacher: dict[int, list[MatrixTalk]] = {teacher.id: [] for teacher in teachers}
    for talk in facts.talks:
        for teacher_id in by_teacher.keys() & talk.teacher_ids:
            by_teacher[teacher_id].append(talk)
    times = _times(evening)
    lines = []
    for teacher in teachers:
        cells = _cells(
            times,
            by_teacher[teacher.id],
            facts.absent.get(teacher.id, frozenset()),
            facts.elsewhere.get(teacher.id, frozenset()),
            wanted,
            free=MatrixState.FREE if teacher.offered else MatrixState.GONE,
        )
        sits = at_school or any(not talk.place for talk in by_teacher[teacher.id])
        room = evening.rooms.get(teacher.id) if sits else None
        free = [cell.starts_at for cell in cells if cell.state is MatrixState.FREE]
        lines.append(
            MatrixRow(
                teacher,
                room.name if room else "",
                cells,
                Fill(sum(cell.state is MatrixState.TALK for cell in cells), len(free)),
                next((start for start in free if start > now), None),
                _runs(cells),
            )
        )
    return Matrix(_columns(times, lines), tuple(lines))


@dataclass(frozen=True, slots=True)
class _Time:
    slot_id: int
    starts_at: datetime
    ends_at: datetime
    ticks: range


def _times(evening: EveningInfo) -> tuple[_Time, ...]:
    slots = [(slot.id, slot.starts_at, slot.ends_at) for slot in evening.slots]
    breaks = [(0, pause.starts_at, pause.ends_at) for pause in evening.breaks]
    return tuple(
        _Time(*time, ticks(time[1], time[2]))
        for time in sorted(slots + breaks, key=lambda time: time[1])
    )


def _cells(
    times: Sequence[_Time],
    talks: Sequence[MatrixTalk],
    absent: Set[int],
    elsewhere: Set[int],
    wanted: Set[int],
    *,
    free: MatrixState,
) -> tuple[MatrixCell, ...]:
    cells = []
    for time in times:
        state, talk = free, None
        if not time.slot_id:
            state = MatrixState.BREAK
        elif talk := _talk_at(time, talks):
            state = MatrixState.TALK
        elif not absent.isdisjoint(time.ticks):
            state = MatrixState.BLOCKED
        elif not elsewhere.isdisjoint(time.ticks):
            state = MatrixState.ELSEWHERE
        cells.append(
            MatrixCell(
                time.slot_id,
                time.starts_at,
                time.ends_at,
                state,
                talk,
                talk is not None and talk.student_id in wanted,
            )
        )
    return tuple(cells)


def _talk_at(time: _Time, talks: Sequence[MatrixTalk]) -> MatrixTalk | None:
    for talk in talks:
        if talk.starts_at < time.ends_at and time.starts_at < talk.ends_at:
            return talk
    return None


def _runs(cells: Sequence[MatrixCell]) -> tuple[Run, ...]:
    runs: list[list[MatrixCell]] = []
    for cell in cells:
        before = runs[-1][-1] if runs else None
        if before and (before.state, before.talk) == (cell.state, cell.talk):
            runs[-1].append(cell)
        else:
            runs.append([cell])
    return tuple(
        Run(run[0].state, run[0].starts_at, run[-1].ends_at, len(run), run[0].talk) for run in runs
    )


def _columns(
    times: Sequence[_Time | MatrixColumn], lines: Sequence[MatrixRow]
) -> tuple[MatrixColumn, ...]:
    return tuple(
        MatrixColumn(
            time.slot_id,
            time.starts_at,
            time.ends_at,
            Fill(
                sum(line.cells[index].state is MatrixState.TALK for line in lines),
                sum(line.cells[index].state is MatrixState.FREE for line in lines),
            ),
        )
        for index, time in enumerate(times)
    )
