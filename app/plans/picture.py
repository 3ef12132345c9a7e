"""A plan as a picture of each evening: a line for each teacher, a box for each time."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select

from app.bookings.availability import evenings_with_times
from app.bookings.models import Booking, BookingRequest, Claim, ClaimKind
from app.core.ticks import ticks
from app.extensions import db
from app.planner.models import PlannedTalk
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import teacher_ids_of
from app.school.models import Person, Teacher
from app.school.reading import NAME


class BoxState(StrEnum):
    """What a plan makes of a time of a teacher."""

    FREE = "free"
    STAYS = "stays"  # a talk that was there before
    NEW = "new"
    MOVED = "moved"  # a talk comes here from another time
    LEFT = "left"  # a talk goes from here to another time
    AWAY = "away"


@dataclass(frozen=True)
class TeacherLine:
    """A teacher's times on an evening."""

    name: str
    boxes: tuple[BoxState, ...]


@dataclass(frozen=True)
class EveningPicture:
    """An evening with a plan."""

    day: date
    times: tuple[datetime, ...]
    lines: tuple[TeacherLine, ...]


class _Planned(NamedTuple):
    teacher_key: str
    starts_at: datetime
    length: timedelta
    before: datetime | None


def draw(round_: RoundInfo, run_id: int) -> tuple[EveningPicture, ...]:
    """Return a picture of each evening of a round with what a run plans."""
    states: dict[int, dict[int, BoxState]] = defaultdict(dict)  # by teacher and tick

    def fill(key: str, starts_at: datetime, ends_at: datetime, state: BoxState) -> None:
        for teacher_id in teacher_ids_of(key):
            for tick in ticks(starts_at, ends_at):
                states[teacher_id][tick] = state

    planned = [
        _Planned(row.teacher_key, row.starts_at, row.ends_at - row.starts_at, row.before)
        for row in db.session.execute(
            select(
                BookingRequest.teacher_key,
                PlannedTalk.starts_at,
                PlannedTalk.ends_at,
                PlannedTalk.before,
            )
            .join(PlannedTalk, PlannedTalk.request_id == BookingRequest.id)
            .where(PlannedTalk.run_id == run_id, PlannedTalk.starts_at.is_not(None))
        )
    ]
    for key, starts_at, ends_at in db.session.execute(
        select(Booking.teacher_key, Booking.starts_at, Booking.ends_at).where(
            Booking.round_id == round_.id, Booking.cancelled_at.is_(None)
        )
    ):
        fill(key, starts_at, ends_at, BoxState.STAYS)
    for it in planned:
        if it.before:
            fill(it.teacher_key, it.before, it.before + it.length, BoxState.LEFT)
    for it in planned:
        state = BoxState.MOVED if it.before else BoxState.NEW
        fill(it.teacher_key, it.starts_at, it.starts_at + it.length, state)
    evenings = evenings_with_times(round_)
    away = _away(states, evenings)
    names = _names(states)
    return tuple(
        EveningPicture(
            evening.day,
            tuple(slot.starts_at for slot in evening.slots),
            tuple(
                TeacherLine(name, _boxes(evening, states[teacher_id], away[teacher_id]))
                for teacher_id, name in names.items()
            ),
        )
        for evening in evenings
    )


def _boxes(
    evening: EveningInfo, states: Mapping[int, BoxState], away: Collection[int]
) -> tuple[BoxState, ...]:
    boxes = []
    for slot in evening.slots:
        its = ticks(slot.starts_at, slot.ends_at)
        state = next((states[tick] for tick in its if tick in states), None)
        is_away = not set(its).isdisjoint(away)
        boxes.append(state or (BoxState.AWAY if is_away else BoxState.FREE))
    return tuple(boxes)


def _away(
    teacher_ids: Collection[int], evenings: Collection[EveningInfo]
) -> Mapping[int, set[int]]:
    away: defaultdict[int, set[int]] = defaultdict(set)
    for evening in evenings:
        during = ticks(evening.starts_at, evening.ends_at)
        for teacher_id, tick in db.session.execute(
            select(Claim.resource_id, Claim.tick).where(
                Claim.kind == ClaimKind.TEACH,
                Claim.resource_id.in_(teacher_ids),
                Claim.tick.between(during.start, during.stop),
                Claim.unavailability_id.is_not(None),
            )
        ):
            away[teacher_id].add(tick)
    return away


def _names(teacher_ids: Collection[int]) -> Mapping[int, str]:
    rows = db.session.execute(
        select(Teacher.id, NAME)
        .join(Person, Person.id == Teacher.person_id)
        .where(Teacher.id.in_(teacher_ids))
        .order_by(Person.sort_key, Teacher.id)
    )
    return {id_: name.full for id_, name in rows}
