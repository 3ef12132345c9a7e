"""Find the nearest time at which all attendees are free, for talks that lose their time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.bookings.models import Claim, ClaimKind
from app.bookings.times import span
from app.core.ticks import ticks
from app.extensions import db
from app.rescheduling.booked import BookedTalk, Resource
from app.rescheduling.rooms import Held, Seats
from app.rounds.info import EveningInfo, RoomInfo
from app.rounds.models import Modality


@dataclass(frozen=True)
class FreeTime:
    """A free time for a talk (UTC); ``room`` is set only if it holds one talk at a time."""

    day: date
    starts_at: datetime
    ends_at: datetime
    room: RoomInfo | None


def load_held(
    talks: Iterable[BookedTalk], evenings: Mapping[int, Sequence[EveningInfo]]
) -> tuple[Held, ...]:
    """Return all claims during these talks and during the evenings to which they may move."""
    times = [(it.starts_at, it.ends_at) for it in talks]
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
    leaving: Iterable[BookedTalk],
    talks: Iterable[BookedTalk],
    seats: Seats,
    held: Iterable[Held],
) -> Mapping[Resource, Collection[int]]:
    """Return the busy ticks once some talks leave and the others are in the rooms of ``seats``."""
    gone = {talk.booking_id for talk in leaving}
    busy: dict[Resource, set[int]] = defaultdict(set)
    for kind, resource_id, tick, booking_id in held:
        if booking_id not in gone and not (kind == ClaimKind.ROOM and booking_id in seats):
            busy[kind, resource_id].add(tick)
    for talk in talks:
        room = seats.get(talk.booking_id)
        if talk.booking_id not in gone and room is not None and room.exclusive:
            busy[ClaimKind.ROOM, room.id].update(ticks(talk.starts_at, talk.ends_at))
    return busy


def find_free_times(
    talks: Iterable[BookedTalk],
    evenings: Mapping[int, Sequence[EveningInfo]],
    busy: Mapping[Resource, Collection[int]],
    *,
    now: datetime,
) -> dict[int, FreeTime]:
    """Return the nearest time at which all attendees are free, by booking id.

    ``evenings`` is by round id; ``busy`` holds the ticks that others keep. A time given to one talk
    is not given to the next.
    """
    taken: dict[Resource, set[int]] = defaultdict(set)
    for resource, of_resource in busy.items():
        taken[resource].update(of_resource)
    free_times = {}
    for talk in talks:
        for free in _nearest(talk, evenings[talk.round_id]):
            wanted = ticks(free.starts_at, free.ends_at)
            resources = set(talk.resources)
            if free.room is not None:
                resources.add((ClaimKind.ROOM, free.room.id))
            if free.starts_at > now and all(
                taken[resource].isdisjoint(wanted) for resource in resources
            ):
                free_times[talk.booking_id] = free
                for resource in resources:
                    taken[resource].update(wanted)
                break
    return free_times


def _nearest(talk: BookedTalk, evenings: Sequence[EveningInfo]) -> list[FreeTime]:
    """Return a talk's possible times by distance: first in days, then in the time of day."""
    free_times = []
    for evening in evenings:
        room = evening.rooms.get(talk.first_teacher_id)
        at_school = talk.modality is Modality.SITE
        held = room if at_school and room and room.exclusive else None
        for index in range(len(evening.slots)):
            found = span(evening, index, talk.slots)
            if found:
                free_times.append(FreeTime(evening.day, *found, held))

    def distance(free: FreeTime) -> tuple[int, float]:
        days = (free.day - talk.day).days
        seconds = (free.starts_at - talk.starts_at).total_seconds() - days * 86_400
        return abs(days), abs(seconds)

    return sorted(free_times, key=distance)
