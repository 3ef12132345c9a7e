"""Load a round as it was planned, for the form and for copies."""

from collections import defaultdict

from sqlalchemy import ColumnElement, exists, select

from app.core.errors import found
from app.extensions import db
from app.rounds.grid import EveningSpec
from app.rounds.models import (
    Break,
    Evening,
    EveningRoom,
    Modality,
    OpenTo,
    Participants,
    Round,
    RoundClass,
    RoundState,
    Slot,
)
from app.rounds.spec import RoomSpec, RoundSpec, sorted_rooms
from app.school.models import Room


def load_spec(round_id: int) -> RoundSpec:
    """Return a round as the school planned it. Raises NotFoundError."""
    row = found(db.session.get(Round, round_id))
    classes = db.session.scalars(
        select(RoundClass.home_class_id)
        .where(RoundClass.round_id == round_id)
        .order_by(RoundClass.home_class_id)
    )
    return RoundSpec(
        name=row.name,
        home_class_ids=tuple(classes),
        evenings=_evenings(round_id),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        reference_week=row.reference_week,
        cancel_until=row.cancel_until,
        explanation=row.explanation,
        participants=Participants(row.participants),
        open_to=OpenTo(row.open_to),
        state=RoundState(row.state),
        timetable_visible=row.timetable_visible,
        max_per_child=row.max_per_child,
        walking_minutes=row.walking_minutes,
        teachers_may_block=row.teachers_may_block,
        teachers_block_until=row.teachers_block_until,
        modality=Modality(row.modality),
        rooms=load_rooms(round_id),
        check_at=row.check_at,
        publish_at=row.publish_at,
        archive_at=row.archive_at,
    )


def load_rooms(round_id: int) -> tuple[RoomSpec, ...]:
    """Return the rooms of a round's first evening and their teachers, by room name."""
    first = (
        select(Evening.id)
        .where(Evening.round_id == round_id, _has_times())
        .order_by(Evening.day)
        .limit(1)
        .scalar_subquery()
    )
    teachers: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for name, exclusive, teacher_id in db.session.execute(
        select(Room.name, Room.exclusive, EveningRoom.teacher_id)
        .join(EveningRoom, EveningRoom.room_id == Room.id)
        .where(EveningRoom.evening_id == first)
    ):
        teachers[name, exclusive].append(teacher_id)
    return sorted_rooms(
        RoomSpec(name, tuple(ids), alone) for (name, alone), ids in teachers.items()
    )


def _evenings(round_id: int) -> tuple[EveningSpec, ...]:
    rows = db.session.execute(
        select(
            Evening.id,
            Evening.day,
            Evening.first_start,
            Evening.end,
            Evening.talk_minutes,
            Evening.gap_minutes,
        )
        .where(Evening.round_id == round_id, _has_times())
        .order_by(Evening.day)
    ).all()
    breaks: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for evening_id, start, end in db.session.execute(
        select(Break.evening_id, Break.start, Break.end)
        .where(Break.evening_id.in_([row.id for row in rows]))
        .order_by(Break.start, Break.id)
    ):
        breaks[evening_id].append((start, end))
    return tuple(EveningSpec(*row[1:], breaks=tuple(breaks[row.id])) for row in rows)


def _has_times() -> ColumnElement[bool]:
    return exists().where(Slot.evening_id == Evening.id)
