"""Where talks could go that lose their place: the nearest time at which all who come are free."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.bookings.cells import span
from app.bookings.models import Claim
from app.core.ticks import ticks
from app.extensions import db
from app.rescheduling.booked import Promise, Resource
from app.rescheduling.rooms import Held, Seats
from app.rounds.queries import EveningInfo, RoomInfo


@dataclass(frozen=True)
class Place:
    """A time to which a talk could go; ``room`` only where it holds one talk at a time."""

    day: date
    starts_at: datetime
    ends_at: datetime
    room: RoomInfo | None


def load_held(
    promises: Iterable[Promise], evenings: Mapping[int, Sequence[EveningInfo]]
) -> tuple[Held, ...]:
    """Return what is busy while these talks are, and during the evenings to which they may go."""
    times = [(it.starts_at, it.ends_at) for it in promises]
    times += [(it.starts_at, it.ends_at) for of_round in evenings.values() for it in of_round]
    first = ticks(*min(times))[0]
    last = max(ticks(*time)[-1] for time in times)
    return tuple(
        Held(*row)
        for row in db.session.execute(
            select(Claim.kind, Claim.resource_id, Claim.tick, Claim.booking_id).where(
                Claim.tick.between(first, last)
            )
        )
    )


def busy_without(
    leaving: Iterable[Promise],
    promises: Iterable[Promise],
    seats: Seats,
    held: Iterable[Held],
) -> Mapping[Resource, Collection[int]]:
    """Return the ticks that are busy once some talks leave and the others sit where ``seats`` says."""
    gone = {promise.booking_id for promise in leaving}
    busy: dict[Resource, set[int]] = defaultdict(set)
    for kind, resource_id, tick, booking_id in held:
        if booking_id not in gone and not (kind == "room" and booking_id in seats):
            busy[kind, resource_id].add(tick)
    for promise in promises:
        room = seats.get(promise.booking_id)
        if promise.booking_id not in gone and room is not None and room.exclusive:
            busy["room", room.id].update(ticks(promise.starts_at, promise.ends_at))
    return busy


def find_places(
    promises: Iterable[Promise],
    evenings: Mapping[int, Sequence[EveningInfo]],
    busy: Mapping[Resource, Collection[int]],
    *,
    now: datetime,
) -> dict[int, Place]:
    """Return the nearest time for each talk at which all who come to it are free.

    ``evenings`` by round; ``busy``: the ticks that others keep. What one talk gets, the next one
    does not.
    """
    taken: dict[Resource, set[int]] = defaultdict(set)
    for resource, of_resource in busy.items():
        taken[resource].update(of_resource)
    places = {}
    for promise in promises:
        for place in _nearest(promise, evenings[promise.round_id]):
            wanted = ticks(place.starts_at, place.ends_at)
            resources = set(promise.resources)
            if place.room is not None:
                resources.add(("room", place.room.id))
            if place.starts_at > now and all(
                taken[resource].isdisjoint(wanted) for resource in resources
            ):
                places[promise.booking_id] = place
                for resource in resources:
                    taken[resource].update(wanted)
                break
    return places


def _nearest(promise: Promise, evenings: Sequence[EveningInfo]) -> list[Place]:
    """Return the times of a talk, those of its own evening first, then by the time of the day."""
    places = []
    for evening in evenings:
        room = evening.rooms.get(promise.first_teacher_id)
        held = room if room and room.exclusive else None
        for index in range(len(evening.slots)):
            found = span(evening, index, promise.slots)
            if found:
                places.append(Place(evening.day, *found, held))

    def distance(place: Place) -> tuple[int, float]:
        days = (place.day - promise.day).days
        seconds = (place.starts_at - promise.starts_at).total_seconds() - days * 86_400
        return abs(days), abs(seconds)

    return sorted(places, key=distance)
