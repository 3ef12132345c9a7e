"""Which room each talk to come holds, now and in a round that is planned anew.

A room that holds one talk at a time is held by the talk that was promised there first.
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
from app.rounds.models import EveningRoom
from app.rounds.queries import EveningInfo, RoomInfo, load_evenings
from app.rounds.spec import RoomSpec, RoundSpec
from app.school.models import Room

Seats = Mapping[int, RoomInfo | None]
"""The room of each talk, by booking."""


class Held(NamedTuple):
    """A claim: five minutes of somebody or something, and the talk that keeps it busy."""

    kind: str
    resource_id: int
    tick: int
    booking_id: int | None  # None: a teacher is away


def present_seats(talks: Iterable[BookedTalk]) -> Seats:
    """Return where talks are in the rounds as they are."""
    return {talk.booking_id: talk.room for talk in talks}


def planned_seats(
    talks: Iterable[BookedTalk],
    round_id: int,
    evenings: Iterable[EveningInfo],
    rooms: Iterable[RoomSpec],
) -> Seats:
    """Return where talks are once a round has these evenings and rooms.

    Talks of other rounds, and on evenings that are taken out, stay in their rooms, which may
    hold one talk at a time from then on.
    """
    by_day = {evening.day: evening.rooms for evening in evenings}
    alone = {room.name: room.exclusive for room in rooms}
    seats: dict[int, RoomInfo | None] = {}
    for talk in talks:
        room = talk.room
        if talk.round_id == round_id and talk.day in by_day:
            room = by_day[talk.day].get(talk.first_teacher_id)
        elif room is not None:
            room = replace(room, exclusive=alone.get(room.name, room.exclusive))
        seats[talk.booking_id] = room
    return seats


def crowded(talks: Iterable[BookedTalk], seats: Seats, held: Iterable[Held]) -> frozenset[int]:
    """Return the talks whose room, which holds one at a time, another one has. Pure.

    Of these talks the one that was promised first has it; a talk that ``held`` tells of and
    that is none of these has it before all of them.
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
    """Return the evenings of all other rounds of these talks; rooms in ``alone`` hold one talk."""
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
    """Return the rooms of the school by name."""
    rows = db.session.execute(select(Room.name, Room.id)).all()
    return {name: room_id for name, room_id in rows}  # noqa: C416  (mypy knows rows this way)


def newly_exclusive(spec: RoundSpec) -> frozenset[int]:
    """Return the rooms that will hold one talk at a time and do not now, in every round."""
    return frozenset(room_id for room_id, alone in _rooms_that_change(spec) if alone)


def rooms_at_stake(round_id: int, spec: RoundSpec) -> frozenset[int]:
    """Return the rooms that talks of other rounds, too, may come to hold, or hold no longer.

    They will hold one talk at a time, or no longer; or a talk of this round holds them, and may
    leave them to another one that sits there.
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
    """Return who sits in one of these rooms on any evening."""
    return frozenset(
        db.session.scalars(
            select(EveningRoom.teacher_id).where(EveningRoom.room_id.in_(rooms)).distinct()
        )
    )


def sit_anew(
    round_id: int, rooms: Collection[int], *, leaving: Collection[int], now: datetime
) -> None:
    """Let the talks to come, of a round and in these rooms, hold their rooms as they are now.

    Where two talks are promised at one time in a room that now holds one, both stand, and the
    first one holds it. Those that are ``leaving`` for another time hold none.
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
