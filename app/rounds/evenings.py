"""Write the evenings of a round: their times, breaks and rooms.

An evening is identified by its date. A removed evening loses its times and breaks; its row stays,
because talks may have been booked on it.
"""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update

from app.extensions import db
from app.rounds.grid import EveningSpec, make_grid
from app.rounds.models import Break, Evening, EveningRoom, Round, Slot, new_times_key
from app.rounds.spec import RoomSpec
from app.school.models import Room
from app.settings.queries import load_school


def write(
    round_id: int,
    evenings: Sequence[EveningSpec],
    rooms: Sequence[RoomSpec],
    *,
    keep_seats: bool = False,
) -> None:
    """Write the evenings of a round as planned; rows with the same date or time keep their ids.

    ``keep_seats``: existing evenings keep their seats, because somebody may have changed them for
    one evening. The caller must have validated the evenings (spec.py).
    """
    zone = load_school().zone
    seats = _write_rooms(rooms)
    present = {
        evening.day: evening
        for evening in db.session.scalars(select(Evening).where(Evening.round_id == round_id))
    }
    for spec in evenings:
        stays = spec.day in present
        evening = present.pop(spec.day, None) or Evening(round_id=round_id, day=spec.day)
        _write_times(evening, spec, zone)
        if not (stays and keep_seats):
            _write_seats(evening.id, seats)
    gone = [evening.id for evening in present.values()]
    for table in (Slot, Break):
        db.session.execute(delete(table).where(table.evening_id.in_(gone)))


def _write_times(evening: Evening, spec: EveningSpec, zone: ZoneInfo) -> None:
    times = make_grid(spec, zone)
    evening.first_start, evening.end = spec.first_start, spec.end
    evening.talk_minutes, evening.gap_minutes = spec.talk_minutes, spec.gap_minutes
    db.session.add(evening)
    db.session.flush()
    db.session.execute(delete(Break).where(Break.evening_id == evening.id))
    db.session.add_all(
        Break(evening_id=evening.id, start=start, end=end) for start, end in spec.breaks
    )
    present = {
        slot.starts_at: slot
        for slot in db.session.scalars(select(Slot).where(Slot.evening_id == evening.id))
    }
    new = []
    for start, end in times:
        slot = present.pop(start, None)
        if slot is None:
            new.append({"evening_id": evening.id, "starts_at": start, "ends_at": end})
        else:
            slot.ends_at = end
    for slot in present.values():
        db.session.delete(slot)
    if new:
        db.session.execute(insert(Slot), new)


def _write_seats(evening_id: int, seats: Mapping[int, int]) -> None:
    db.session.execute(delete(EveningRoom).where(EveningRoom.evening_id == evening_id))
    if seats:
        db.session.execute(
            insert(EveningRoom),
            [
                {"evening_id": evening_id, "teacher_id": teacher_id, "room_id": room_id}
                for teacher_id, room_id in seats.items()
            ],
        )


def _write_rooms(specs: Sequence[RoomSpec]) -> dict[int, int]:
    """Return the room id of each teacher; create rooms that the school does not know yet."""
    wanted = {spec.name.strip(): spec for spec in specs}
    rooms = {
        room.name: room
        for room in db.session.scalars(select(Room).where(Room.name.in_(list(wanted))))
    }
    for name, spec in wanted.items():
        room = rooms.setdefault(name, Room(name=name, exclusive=spec.exclusive))
        if room.exclusive != spec.exclusive:
            room.exclusive = spec.exclusive
            _tell_other_rounds(room.id)
    db.session.add_all(rooms.values())
    db.session.flush()
    return {
        teacher: rooms[name].id for name, spec in wanted.items() for teacher in spec.teacher_ids
    }


def _tell_other_rounds(room_id: int) -> None:
    """Renew the times key of every round that uses a room, because they share its exclusivity."""
    of_room = (
        select(Evening.round_id)
        .join(EveningRoom, EveningRoom.evening_id == Evening.id)
        .where(EveningRoom.room_id == room_id)
        .distinct()
    )
    for round_id in db.session.scalars(of_room).all():
        db.session.execute(
            update(Round).where(Round.id == round_id).values(times_key=new_times_key())
        )
