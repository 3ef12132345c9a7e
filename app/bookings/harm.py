"""Which talks a round planned anew would leave without their time, and where they could go."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.bookings.cells import span
from app.bookings.models import Claim
from app.bookings.promises import Promise, Resource, load_promises
from app.core.i18n import zone
from app.core.ticks import ticks
from app.extensions import db
from app.rounds.grid import make_grid, moment
from app.rounds.queries import BreakInfo, EveningInfo, RoomInfo, SlotInfo
from app.rounds.spec import RoundSpec
from app.rounds.written import load_spec
from app.school.models import Room


class Why(StrEnum):
    """What the new round has against a talk."""

    EVENING = "evening"  # there is none on that date
    CLASS = "class"  # the student's class does not take part
    BREAK = "break"
    TIME = "time"  # no talk begins then, or the evening is over


@dataclass(frozen=True)
class Place:
    """A time to which a talk could go; ``room`` only where it holds one talk at a time."""

    day: date
    starts_at: datetime
    ends_at: datetime
    room: int | None


@dataclass(frozen=True)
class Hurt:
    """A talk that the new round has no place for; ``place`` is the nearest that is free."""

    promise: Promise
    why: Why
    place: Place | None


def load_hurt(round_id: int, spec: RoundSpec, *, now: datetime) -> tuple[Hurt, ...]:
    """Return the talks to come that suit the round as it is, and not as planned, by time.

    Raises NotFoundError, and BadGrid for an evening that cannot be.
    """
    present, known = load_spec(round_id), _rooms()
    old, new = sketch(present, zone(), known), sketch(spec, zone(), known)
    reasons = {}
    for promise in load_promises(round_id, now=now):
        before, after = reason(promise, present, old), reason(promise, spec, new)
        if after and (before is None or (before is Why.CLASS and after is not Why.CLASS)):
            reasons[promise] = after
    if not reasons:
        return ()
    timeless = [promise for promise, why in reasons.items() if why is not Why.CLASS]
    places = find_places(timeless, new, _busy(timeless, new), now=now)
    return tuple(
        Hurt(promise, why, places.get(promise.booking_id)) for promise, why in reasons.items()
    )


def marker_of(hurt: Iterable[Hurt]) -> str:
    """Return what changes with each talk that is hurt and each place that is proposed."""
    text = repr([(it.promise.booking_id, it.promise.starts_at, it.why, it.place) for it in hurt])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sketch(spec: RoundSpec, zone: ZoneInfo, known: Mapping[str, int]) -> tuple[EveningInfo, ...]:
    """Return the evenings of a round that need not be there yet; without ids. Raises BadGrid.

    ``known``: rooms by name; one that the school does not have yet gets a number of its own.
    """
    numbers = {room.name: known.get(room.name, -i) for i, room in enumerate(spec.rooms, 1)}
    seats = {
        teacher_id: RoomInfo(numbers[room.name], room.name, room.exclusive)
        for room in spec.rooms
        for teacher_id in room.teacher_ids
    }
    return tuple(
        EveningInfo(
            id=0,
            day=evening.day,
            starts_at=moment(evening.day, evening.first_start, zone),
            ends_at=moment(evening.day, evening.end, zone),
            talk_minutes=evening.talk_minutes,
            gap_minutes=evening.gap_minutes,
            slots=tuple(SlotInfo(0, start, end) for start, end in make_grid(evening, zone)),
            breaks=tuple(
                BreakInfo(moment(evening.day, start, zone), moment(evening.day, end, zone))
                for start, end in evening.breaks
            ),
            rooms=seats,
        )
        for evening in sorted(spec.evenings, key=lambda evening: evening.day)
    )


def reason(promise: Promise, spec: RoundSpec, evenings: Iterable[EveningInfo]) -> Why | None:
    """Return what a round has against a talk, or None."""
    evening = next((it for it in evenings if it.day == promise.day), None)
    if evening is None:
        return Why.EVENING
    if any(
        pause.starts_at < promise.ends_at and promise.starts_at < pause.ends_at
        for pause in evening.breaks
    ):
        return Why.BREAK
    starts = {slot.starts_at for slot in evening.slots}
    if promise.starts_at not in starts or promise.ends_at > evening.ends_at:
        return Why.TIME
    return None if promise.class_id in spec.home_class_ids else Why.CLASS


def find_places(
    promises: Iterable[Promise],
    evenings: Sequence[EveningInfo],
    busy: Mapping[Resource, Collection[int]],
    *,
    now: datetime,
) -> dict[int, Place]:
    """Return the nearest time for each talk at which all who come to it are free.

    ``busy``: the ticks that others keep; what one talk gets, the next one does not.
    """
    taken: dict[Resource, set[int]] = defaultdict(set)
    for resource, of_resource in busy.items():
        taken[resource].update(of_resource)
    places = {}
    for promise in promises:
        for place in _nearest(promise, evenings):
            wanted = ticks(place.starts_at, place.ends_at)
            resources = set(promise.resources)
            if place.room is not None:
                resources.add(("room", place.room))
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
        held = room.id if room and room.exclusive else None
        for index in range(len(evening.slots)):
            found = span(evening, index, promise.slots)
            if found:
                places.append(Place(evening.day, *found, held))

    def distance(place: Place) -> tuple[int, float]:
        days = (place.day - promise.day).days
        seconds = (place.starts_at - promise.starts_at).total_seconds() - days * 86_400
        return abs(days), abs(seconds)

    return sorted(places, key=distance)


def _rooms() -> dict[str, int]:
    rows = db.session.execute(select(Room.name, Room.id)).all()
    return {name: room_id for name, room_id in rows}  # noqa: C416  (mypy knows rows this way)


def _busy(
    promises: Sequence[Promise], evenings: Sequence[EveningInfo]
) -> Mapping[Resource, set[int]]:
    """Return what is taken during the evenings, by others than these talks."""
    busy: dict[Resource, set[int]] = defaultdict(set)
    if not evenings:
        return busy
    leaving = {promise.booking_id for promise in promises}
    first = ticks(evenings[0].starts_at, evenings[0].ends_at)[0]
    last = ticks(evenings[-1].starts_at, evenings[-1].ends_at)[-1]
    for kind, resource, tick, booking_id in db.session.execute(
        select(Claim.kind, Claim.resource_id, Claim.tick, Claim.booking_id).where(
            Claim.tick.between(first, last)
        )
    ):
        if booking_id not in leaving:
            busy[kind, resource].add(tick)
    return busy
