"""Load rounds for pages, as complete and sorted plain values."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select

from app.core import compiled
from app.core.errors import found
from app.core.memory import Memory
from app.extensions import db
from app.rounds.grid import moment
from app.rounds.info import BreakInfo, EveningInfo, RoomInfo, RoundInfo, SlotInfo
from app.rounds.models import (
    ENUMS,
    Break,
    Evening,
    EveningRoom,
    Offer,
    Round,
    RoundClass,
    RoundState,
    Slot,
)
from app.school.models import Room, Student
from app.settings.queries import load_school

_EVENINGS: Memory[str, tuple["EveningInfo", ...]] = Memory(64)

# What families may know of; drafts are the school's own.
PUBLIC_STATES = (RoundState.PUBLISHED, RoundState.ARCHIVED)


def takes_part() -> ColumnElement[bool]:
    """Return the condition that a student takes part in a round, for a query that joins both.

    By class, or by offers: a student who changes class keeps the old class's talks.
    """
    return or_(
        exists().where(
            RoundClass.round_id == Round.id, RoundClass.home_class_id == Student.home_class_id
        ),
        exists().where(Offer.round_id == Round.id, Offer.student_id == Student.id),
    )


_NAMES = [field.name for field in fields(RoundInfo) if field.name != "days"]

# Columns for another package's statement, named "round_name" and so on; read by ``round_of``.
ROUND = tuple(getattr(Round, name).label(f"round_{name}") for name in _NAMES)
_ROUNDS = select(*ROUND)
ONE = _ROUNDS.where(Round.id == bindparam("round_id"))
_HAS_TIMES = exists().where(Slot.evening_id == Evening.id)  # a removed evening has none
# A row for each evening, so that one statement loads the rounds of a family.
_OF_STUDENTS = (
    select(Student.id.label("student_id"), Evening.day, *ROUND)
    .select_from(Student)
    .join(Round, takes_part())
    .outerjoin(Evening, and_(Evening.round_id == Round.id, _HAS_TIMES))
    .where(Student.id.in_(bindparam("student_ids", expanding=True)), Round.state.in_(PUBLIC_STATES))
    .order_by(Evening.day)
)


def load_round(round_id: int) -> RoundInfo:
    """Return one round in any state. Raises NotFoundError."""
    row = found(db.session.execute(ONE, {"round_id": round_id}).one_or_none())
    return round_of(row)


def round_of(row: Any) -> RoundInfo:
    """Build a round from the columns of ``ROUND``."""
    evenings = _EVENINGS.get(row.round_times_key)
    if evenings is not None:
        return _info(row, tuple(evening.day for evening in evenings if evening.slots))
    return _with_days([row])[0]


def list_rounds() -> tuple[RoundInfo, ...]:
    """Return all rounds, for the office: latest evening first."""
    rows = db.session.execute(_ROUNDS).all()
    return tuple(sorted(_with_days(rows), key=lambda r: (r.days[-1:], r.id), reverse=True))


def rounds_of_student(student_id: int) -> tuple[RoundInfo, ...]:
    """Return the rounds a student takes part in, without drafts, by first evening."""
    return rounds_of_students([student_id])[student_id]


def rounds_of_students(student_ids: Collection[int]) -> Mapping[int, tuple[RoundInfo, ...]]:
    """Return for each student the rounds it takes part in, without drafts, by first evening."""
    rows = compiled.read(_OF_STUDENTS, student_ids=list(student_ids))
    of_round = {row.round_id: row for row in rows}
    days = {id_: dict.fromkeys(row.day for row in rows if row.round_id == id_) for id_ in of_round}
    found_ = sorted(
        (_info(row, tuple(day for day in days[id_] if day)) for id_, row in of_round.items()),
        key=lambda r: (r.days, r.id),
    )
    taking_part = {(row.student_id, row.round_id) for row in rows}
    return {
        student_id: tuple(r for r in found_ if (student_id, r.id) in taking_part)
        for student_id in student_ids
    }


def evenings_of(round_: RoundInfo) -> tuple[EveningInfo, ...]:
    """Return the evenings of a round as ``load_evenings`` does, from this process's cache.

    Times and rooms rarely change and every table needs them; in the rush this saves four
    statements per page. Each change renews the key, so the cache is never stale.
    """
    evenings = _EVENINGS.get(round_.times_key)
    if evenings is None:
        evenings = load_evenings(round_.id)
        _EVENINGS.put(round_.times_key, evenings)
    return evenings


def load_evenings(round_id: int) -> tuple[EveningInfo, ...]:
    """Return the evenings of a round with slots, breaks and rooms, by date.

    A removed evening has no slots, but is included for the talks booked on it.
    """
    zone = load_school().zone
    evenings = db.session.scalars(
        select(Evening).where(Evening.round_id == round_id).order_by(Evening.day)
    ).all()
    ids = [evening.id for evening in evenings]
    slots = _slots(ids)
    breaks = _breaks(evenings, zone)
    rooms = _rooms(ids)
    return tuple(
        EveningInfo(
            id=evening.id,
            day=evening.day,
            starts_at=moment(evening.day, evening.first_start, zone),
            ends_at=moment(evening.day, evening.end, zone),
            talk_minutes=evening.talk_minutes,
            gap_minutes=evening.gap_minutes,
            slots=tuple(slots[evening.id]),
            breaks=tuple(breaks[evening.id]),
            rooms=rooms[evening.id],
        )
        for evening in evenings
    )


def _with_days(rows: Sequence[Any]) -> list[RoundInfo]:
    days: dict[int, list[date]] = defaultdict(list)
    for round_id, day in db.session.execute(
        select(Evening.round_id, Evening.day)
        .where(
            Evening.round_id.in_([row.round_id for row in rows]),
            _HAS_TIMES,
        )
        .order_by(Evening.day)
    ):
        days[round_id].append(day)
    return [_info(row, tuple(days[row.round_id])) for row in rows]


def _info(row: Any, days: tuple[date, ...]) -> RoundInfo:
    values = {name: getattr(row, f"round_{name}") for name in _NAMES}
    values |= {name: kind(values[name]) for name, kind in ENUMS.items()}
    return RoundInfo(**values, days=days)


def _slots(evening_ids: Collection[int]) -> Mapping[int, list[SlotInfo]]:
    slots: dict[int, list[SlotInfo]] = defaultdict(list)
    for slot in db.session.execute(
        select(Slot.evening_id, Slot.id, Slot.starts_at, Slot.ends_at)
        .where(Slot.evening_id.in_(evening_ids))
        .order_by(Slot.starts_at)
    ):
        slots[slot.evening_id].append(SlotInfo(slot.id, slot.starts_at, slot.ends_at))
    return slots


def _breaks(evenings: Iterable[Evening], zone: ZoneInfo) -> Mapping[int, list[BreakInfo]]:
    days = {evening.id: evening.day for evening in evenings}
    breaks: dict[int, list[BreakInfo]] = defaultdict(list)
    for row in db.session.scalars(
        select(Break).where(Break.evening_id.in_(days)).order_by(Break.start, Break.id)
    ):
        day = days[row.evening_id]
        breaks[row.evening_id].append(
            BreakInfo(moment(day, row.start, zone), moment(day, row.end, zone))
        )
    return breaks


def _rooms(evening_ids: Collection[int]) -> Mapping[int, dict[int, RoomInfo]]:
    # Select columns, not objects: every family page loads these rows.
    known: dict[int, RoomInfo] = {}
    rooms: dict[int, dict[int, RoomInfo]] = defaultdict(dict)
    for evening_id, teacher_id, room_id, name, exclusive in db.session.execute(
        select(EveningRoom.evening_id, EveningRoom.teacher_id, Room.id, Room.name, Room.exclusive)
        .join(Room, Room.id == EveningRoom.room_id)
        .where(EveningRoom.evening_id.in_(evening_ids))
        .order_by(EveningRoom.teacher_id)
    ):
        room = known.get(room_id) or known.setdefault(room_id, RoomInfo(room_id, name, exclusive))
        rooms[evening_id][teacher_id] = room
    return rooms


def rounds_over(day: date) -> Select[int]:
    """Return a query for the rounds whose last evening was on this day or before."""
    rounds = select(Evening.round_id).group_by(Evening.round_id)
    return rounds.having(func.max(Evening.day) <= day)
