"""Which room each upcoming talk holds, in the present round and in the planned one.

In a room that holds one talk at a time, the talk that was booked first has it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select

from app.bookings import claims
from app.bookings.models import Booking, Claim, ClaimKind
from app.core.ticks import ticks
from app.extensions import db
from app.rescheduling.booked import BookedTalk
from app.rounds.info import EveningInfo, RoomInfo
from app.rounds.models import EveningRoom, Modality
from app.rounds.queries import load_evenings
from app.rounds.spec import RoomSpec, RoundSpec
from app.school.models import Room

Seats = Mapping[int, RoomInfo | None]
"""The room of each talk, by booking id."""


class Held(NamedTuple):
    """A claim: a tick of a person, teacher or room, and the booking that keeps it busy."""

    kind: str
    resource_id: int
    tick: int
    booking_id: int | None  # None: a teacher is absent


def present_seats(talks: Iterable[BookedTalk]) -> Seats:
    """Return the present room of each talk."""
    return {talk.booking_id: talk.room for talk in talks}


def planned_seats(
    talks: Iterable[BookedTalk],
    round_id: int,
    evenings: Iterable[EveningInfo],
    rooms: Iterable[RoomSpec],
) -> Seats:
    """Return the room of each talk once a round has these evenings and rooms.

    Talks of other rounds, and on evenings that are removed, stay in their rooms, which may become
    exclusive.
    """
    by_day = {evening.day: evening.rooms for evening in evenings}
    alone = {room.name: room.exclusive for room in rooms}
    seats: dict[int, RoomInfo | None] = {}
    for talk in talks:
        room = talk.room
        if talk.modality is not Modality.SITE:
            room = None
        elif talk.round_id == round_id and talk.day in by_day:
            room = by_day[talk.day].get(talk.first_teacher_id)
        elif room is not None:
            room = replace(room, exclusive=alone.get(room.name, room.exclusive))
        seats[talk.booking_id] = room
    return seats


def crowded(talks: Iterable[BookedTalk], seats: Seats, held: Iterable[Held]) -> frozenset[int]:
    """Return the booking ids of talks whose exclusive room another talk has. Pure.

    Among these talks the one that was booked first has the room; other bookings in ``held`` have it
    before all of them.
    """
    taken: dict[int, set[int]] = defaultdict(set)
    for kind, room_id, tick, booking_id in held:
        if kind == ClaimKind.ROOM and booking_id not in seats:
            taken[room_id].add(tick)
    found = set()
    for talk in sorted(talks, key=lambda talk: talk.booking_id):
        room = seats[talk.booking_id]
        if room is None or not room.exclusive:
            continue
        wanted = ticks(talk.starts_at, talk.ends_at)
        if taken[room.id].isdisjoint(wanted):
            taken[room.id].update(wanted)
        else:
            found.add(talk.booking_id)
    return frozenset(found)


def evenings_of_others(
    talks: Iterable[BookedTalk], round_id: int, alone: Collection[int]
) -> dict[int, tuple[EveningInfo, ...]]:
    """Return the evenings of these talks' other rounds, with the rooms in ``alone`` exclusive."""
    others = {talk.round_id for talk in talks} - {round_id}
    return {
        other: tuple(
            replace(
                evening,
                rooms={
                    teacher_id: replace(room, exclusive=room.exclusive or room.id in alone)
                    for teacher_id, room in evening.rooms.items()
                },
            )
            for evening in load_evenings(other)
        )
        for other in sorted(others)
    }


def room_ids() -> dict[str, int]:
    """Return the ids of the school's rooms, by name."""
    rows = db.session.execute(select(Room.name, Room.id)).all()
    return {name: room_id for name, room_id in rows}  # noqa: C416  (mypy knows rows this way)


def newly_exclusive(spec: RoundSpec) -> frozenset[int]:
    """Return the ids of rooms that become exclusive, which applies to every round."""
    return frozenset(room_id for room_id, alone in _rooms_that_change(spec) if alone)


def rooms_at_stake(round_id: int, spec: RoundSpec) -> frozenset[int]:
    """Return the ids of rooms whose holder may change, also for talks of other rounds.

    These rooms become exclusive, or cease to be; or a talk of this round holds them and may leave
    them to another talk.
    """
    held = db.session.scalars(
        select(Claim.resource_id)
        .join(Booking, Booking.id == Claim.booking_id)
        .where(Claim.kind == ClaimKind.ROOM, Booking.round_id == round_id)
        .distinct()
    ).all()
    return frozenset(held).union(room_id for room_id, _alone in _rooms_that_change(spec))


def _rooms_that_change(spec: RoundSpec) -> list[tuple[int, bool]]:
    wanted = {room.name: room.exclusive for room in spec.rooms}
    rows = db.session.execute(
        select(Room.id, Room.name, Room.exclusive).where(Room.name.in_(wanted))
    ).all()
    return [(room_id, wanted[name]) for room_id, name, now in rows if wanted[name] != now]


def teachers_in(rooms: Collection[int]) -> frozenset[int]:
    """Return the ids of teachers who have one of these rooms on any evening."""
    return frozenset(
        db.session.scalars(
            select(EveningRoom.teacher_id).where(EveningRoom.room_id.in_(rooms)).distinct()
        )
    )


def sit_anew(
    round_id: int, rooms: Collection[int], *, leaving: Collection[int], now: datetime
) -> None:
    """Claim rooms anew for the upcoming talks of a round and of these rooms.

    If two talks share a time in a room that is exclusive now, both stay and the first one holds
    it. Talks in ``leaving`` move to another time and claim no room here.
    """
    talks = db.session.execute(
        claims.sitting(
            Booking.starts_at > now,
            (Booking.round_id == round_id) | Room.id.in_(rooms),
            Booking.id.not_in(leaving),
        ).add_columns(Room.exclusive)
    ).all()
    held = Claim.booking_id.in_([booking_id for _room, booking_id, *_rest in talks])
    db.session.execute(delete(Claim).where(Claim.kind == ClaimKind.ROOM, held))
    claims.take_rooms(
        (room, booking, start, end) for room, booking, start, end, alone in talks if alone
    )
