"""Find the nearest time at which all attendees are free, for talks that lose their time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
) -> defaultdict[Resource, set[int]]:
    """Return the busy ticks once some talks leave and the others are in the rooms of ``seats``."""
    gone = {talk.booking_id for talk in leaving}
    busy = defaultdict[Resource, set[int]](set)
    for kind, resource_id, tick, booking_id in held:
        if booking_id not in gone and not (kind == ClaimKind.ROOM and booking_id in seats):
            busy[kind, resource_id].add(tick)
    for talk in talks:
        room = seats.get(talk.booking_id)
        if talk.booking_id not in gone and room is not None and room.exclusive:
            busy[ClaimKind.ROOM, room.id].update(ticks(talk.starts_at, talk.ends_at))
    return busy


_Slot = tuple[EveningInfo, datetime, datetime]


@dataclass(frozen=True)
class PossibleTimes:
    """The times to which talks may move: all slots of these evenings, by round id."""

    evenings: Mapping[int, Sequence[EveningInfo]] = field(default_factory=dict)
    _sorted: dict[tuple[int, datetime, int], Sequence[_Slot]] = field(default_factory=dict)

    def nearest(self, talk: BookedTalk) -> Iterator[FreeTime]:
        """Yield a talk's possible times by distance: first in days, then in the time of day."""
        key = (talk.round_id, talk.starts_at, talk.slots)
        if key not in self._sorted:
            self._sorted[key] = _by_distance(talk, self.evenings[talk.round_id])
        for evening, starts_at, ends_at in self._sorted[key]:
            room = evening.rooms.get(talk.first_teacher_id)
            held = room if room and room.exclusive and talk.modality is Modality.SITE else None
            yield FreeTime(evening.day, starts_at, ends_at, held)


@dataclass(frozen=True)
class Timetable:
    """Who is busy when (in ticks), while talks get a new time one after the other."""

    times: PossibleTimes
    busy: Mapping[Resource, set[int]]
    now: datetime
    _takers: dict[tuple[Resource, int], int] = field(default_factory=dict)  # booking ids

    def find(
        self, talk: BookedTalk, *, at: datetime | None = None, stays: bool = False
    ) -> FreeTime | None:
        """Return the nearest time, or the one ``at`` a start, at which all attendees are free.

        A talk that ``stays`` keeps its own time busy, which does not count here.
        """
        own = ticks(talk.starts_at, talk.ends_at) if stays else ()
        people = [busy for it in talk.resources if (busy := self.busy.get(it))]
        for free in self.times.nearest(talk):
            if free.starts_at <= self.now or at not in {None, free.starts_at}:
                continue
            wanted = ticks(free.starts_at, free.ends_at)
            if any(tick in busy for busy in people for tick in wanted if tick not in own):
                continue
            if free.room and not self._holds_none(free.room, wanted):
                continue
            return free
        return None

    def take(self, talk: BookedTalk, time: FreeTime) -> None:
        """Keep a time busy for the talk."""
        for resource, tick in _spots(talk, time):
            self.busy[resource].add(tick)
            self._takers[resource, tick] = talk.booking_id

    def leave(self, talk: BookedTalk, time: FreeTime) -> None:
        """Free a time that the talk has taken."""
        for resource, tick in _spots(talk, time):
            if self._takers.get((resource, tick)) == talk.booking_id:
                self.busy[resource].discard(tick)
                del self._takers[resource, tick]

    def takers(self, talk: BookedTalk, time: FreeTime) -> set[int]:
        """Return the booking ids of talks that took what this talk needs at a time."""
        return {id_ for it in _spots(talk, time) if (id_ := self._takers.get(it))}

    def _holds_none(self, room: RoomInfo, wanted: range) -> bool:
        return self.busy.get((ClaimKind.ROOM, room.id), set()).isdisjoint(wanted)


def _spots(talk: BookedTalk, time: FreeTime) -> Iterator[tuple[Resource, int]]:
    room = {(ClaimKind.ROOM, time.room.id)} if time.room else set()
    for resource in talk.resources | room:
        for tick in ticks(time.starts_at, time.ends_at):
            yield resource, tick


def _by_distance(talk: BookedTalk, evenings: Sequence[EveningInfo]) -> Sequence[_Slot]:
    slots = [
        (evening, *found)
        for evening in evenings
        for index in range(len(evening.slots))
        if (found := span(evening, index, talk.slots))
    ]

    def distance(slot: _Slot) -> tuple[int, float]:
        evening, starts_at, _ends_at = slot
        days = (evening.day - talk.day).days
        seconds = (starts_at - talk.starts_at).total_seconds() - days * 86_400
        return abs(days), abs(seconds)

    return sorted(slots, key=distance)
