"""A printable evening by room, by teacher, by family and as a whole. One query, otherwise pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select

from app.bookings.models import Claim, ClaimKind
from app.core.ticks import ticks
from app.exports.talks import SheetTalk, SheetTeacher, talks_of_evening
from app.extensions import db
from app.rounds.info import EveningInfo, RoundInfo


@dataclass(frozen=True)
class RoomSheet:
    """The sheet on a door; ``key`` names it in URLs, ``name`` is "" for talks without a room."""

    key: str
    name: str
    talks: tuple[SheetTalk, ...]
    elsewhere: int  # talks not at school of those who sit here


class SheetState(StrEnum):
    """What a time at a teacher's table is."""

    TALK = "talk"
    FREE = "free"
    AWAY = "away"
    BREAK = "break"


@dataclass(frozen=True)
class SheetRow:
    """A time at a teacher's table."""

    starts_at: datetime
    ends_at: datetime
    state: SheetState
    talk: SheetTalk | None = None


@dataclass(frozen=True)
class TeacherSheet:
    """The sheet on a teacher's table: the whole evening, with the times still free."""

    key: str
    teacher: SheetTeacher
    rows: tuple[SheetRow, ...]

    @property
    def talks(self) -> tuple[SheetTalk, ...]:
        """The talks, by time."""
        return tuple(row.talk for row in self.rows if row.talk)


@dataclass(frozen=True)
class FamilySheet:
    """The sheet a family takes along; guardians who come apart get one each."""

    key: str
    guardians: tuple[str, ...]
    students: tuple[str, ...]
    talks: tuple[SheetTalk, ...]


@dataclass(frozen=True)
class EveningSheets:
    """Everything about an evening, ready to print."""

    round: RoundInfo
    evening: EveningInfo
    talks: tuple[SheetTalk, ...]  # by time
    rooms: tuple[RoomSheet, ...]
    teachers: tuple[TeacherSheet, ...]
    families: tuple[FamilySheet, ...]
    without_door: int  # talks not at school that no sheet of a room tells of

    @property
    def by_teacher(self) -> tuple[tuple[SheetTeacher, SheetTalk], ...]:
        """Every talk once per teacher, by teacher and time."""
        return tuple((sheet.teacher, talk) for sheet in self.teachers for talk in sheet.talks)


def load_sheets(round_: RoundInfo, evening: EveningInfo) -> EveningSheets:
    """Return everything about an evening, without talks that families cannot see yet."""
    talks = talks_of_evening(evening.id)
    # Talks that are not at school name no room, so they come before those that do.
    in_order = sorted(talks, key=lambda talk: talk.at_school)
    teachers = {teacher.id: teacher for talk in in_order for teacher in talk.teachers}
    taught: dict[int, list[SheetTalk]] = defaultdict(list)
    for talk in talks:
        for teacher in talk.teachers:
            taught[teacher.id].append(talk)
    away = _away(teachers.values(), evening)
    rooms = _rooms(talks, evening)
    return EveningSheets(
        round=round_,
        evening=evening,
        talks=talks,
        rooms=rooms,
        teachers=tuple(
            _table(teacher, taught[teacher.id], evening, away)
            for teacher in sorted(teachers.values(), key=lambda it: (it.sort_key, it.id))
        ),
        families=_families(talks),
        without_door=sum(not talk.at_school for talk in talks)
        - sum(room.elsewhere for room in rooms),
    )


def _grouped(
    talks: Iterable[SheetTalk], key: Callable[[SheetTalk], str]
) -> dict[str, tuple[SheetTalk, ...]]:
    groups: dict[str, list[SheetTalk]] = defaultdict(list)
    for talk in talks:
        groups[key(talk)].append(talk)
    return {name: tuple(group) for name, group in groups.items()}


def _rooms(talks: Iterable[SheetTalk], evening: EveningInfo) -> tuple[RoomSheet, ...]:
    """Return the rooms by name, with what is at school; talks without a room come last."""
    rooms = _grouped((talk for talk in talks if talk.at_school), lambda talk: talk.room)
    elsewhere = Counter(_seat(talk, evening) for talk in talks if not talk.at_school)
    return tuple(
        RoomSheet(name or "-", name, rooms[name], elsewhere[name])
        for name in sorted(rooms, key=lambda name: (not name, name))
    )


def _seat(talk: SheetTalk, evening: EveningInfo) -> str:
    """Return the room that a talk would have at school, "" without one."""
    rooms = (evening.rooms.get(teacher.id) for teacher in talk.teachers)
    return next((room.name for room in rooms if room), "")


def _families(talks: Iterable[SheetTalk]) -> tuple[FamilySheet, ...]:
    """Return the families, by the name of their first child in the alphabet."""
    sheets = []
    for key, of_family in _grouped(talks, lambda talk: talk.family).items():
        students = {it.sort_key: it.student for it in of_family}
        names = tuple(students[sort_key] for sort_key in sorted(students))
        sheet = FamilySheet(key, of_family[0].guardians, names, of_family)
        sheets.append((min(students), key, sheet))
    return tuple(sheet for _sort_key, _key, sheet in sorted(sheets, key=lambda it: it[:2]))


def _table(
    teacher: SheetTeacher,
    talks: Iterable[SheetTalk],
    evening: EveningInfo,
    away: Mapping[int, set[int]],
) -> TeacherSheet:
    rows = [SheetRow(talk.starts_at, talk.ends_at, SheetState.TALK, talk) for talk in talks]
    rows += [SheetRow(pause.starts_at, pause.ends_at, SheetState.BREAK) for pause in evening.breaks]
    taken = list(rows)
    for slot in evening.slots:
        if any(it.starts_at < slot.ends_at and slot.starts_at < it.ends_at for it in taken):
            continue
        absent = not away[teacher.id].isdisjoint(ticks(slot.starts_at, slot.ends_at))
        rows.append(
            SheetRow(slot.starts_at, slot.ends_at, SheetState.AWAY if absent else SheetState.FREE)
        )
    rows.sort(key=lambda row: row.starts_at)
    return TeacherSheet(str(teacher.id), teacher, tuple(rows))


def _away(teachers: Iterable[SheetTeacher], evening: EveningInfo) -> Mapping[int, set[int]]:
    """Return each teacher's claimed ticks; those outside printed talks are blocked or as a parent."""
    away: dict[int, set[int]] = defaultdict(set)
    if not evening.slots:
        return away
    by_person = {teacher.person_id: teacher.id for teacher in teachers}
    during = ticks(evening.slots[0].starts_at, evening.slots[-1].ends_at)
    for kind, resource_id, tick in db.session.execute(
        select(Claim.kind, Claim.resource_id, Claim.tick).where(
            or_(
                (Claim.kind == ClaimKind.TEACH) & Claim.resource_id.in_(by_person.values()),
                (Claim.kind == ClaimKind.PERSON) & Claim.resource_id.in_(by_person),
            ),
            Claim.tick.between(during[0], during[-1]),
        )
    ):
        away[resource_id if kind == ClaimKind.TEACH else by_person[resource_id]].add(tick)
    return away
