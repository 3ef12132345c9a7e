"""Load a round as it was planned, for the form and for copies."""

from collections import defaultdict
from dataclasses import fields

from sqlalchemy import ColumnElement, exists, select

from app.core.errors import found
from app.extensions import db
from app.rounds.grid import EveningSpec
from app.rounds.models import ENUMS, Break, Evening, EveningRoom, Round, RoundClass, Slot
from app.rounds.spec import RoomSpec, RoundSpec, sorted_rooms
from app.school.models import Room

COLUMNS = [field.name for field in fields(RoundSpec) if field.name in Round.__table__.columns]
"""What stands in the row of a round itself, and in its plan under the same name."""


def load_spec(round_id: int) -> RoundSpec:
    """Return a round as the school planned it. Raises NotFoundError."""
    # Anew: a change reads it again under its locks.
    row = found(db.session.get(Round, round_id, populate_existing=True))
    classes = db.session.scalars(
        select(RoundClass.home_class_id)
        .where(RoundClass.round_id == round_id)
        .order_by(RoundClass.home_class_id)
    )
    values = {name: getattr(row, name) for name in COLUMNS}
    values |= {name: kind(values[name]) for name, kind in ENUMS.items()}
    return RoundSpec(
        **values,
        home_class_ids=tuple(classes),
        evenings=_evenings(round_id),
        rooms=load_rooms(round_id),
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
