"""Which talks a round planned anew has something against, and where they could go."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.i18n import zone
from app.rescheduling import rooms
from app.rescheduling.booked import Promise, load_promises
from app.rescheduling.free_times import Place, busy_without, find_places, load_held
from app.rounds.grid import make_grid, moment
from app.rounds.loading import load_spec
from app.rounds.offers import withdrawn_by
from app.rounds.queries import BreakInfo, EveningInfo, RoomInfo, SlotInfo
from app.rounds.spec import RoundSpec, sorted_rooms


class Why(StrEnum):
    """What the new round has against a talk."""

    EVENING = "evening"  # there is none on that date
    BREAK = "break"
    TIME = "time"  # no talk begins then, or the evening is over
    CLASS = "class"  # the student's class does not take part
    TEACHER = "teacher"  # by the reference week the student has another one
    ROOM = "room"  # it holds one talk at a time, and another one is promised there


@dataclass(frozen=True)
class Hurt:
    """A talk that the new round has something against.

    ``place`` is the nearest time that is free, where another time helps.
    """

    promise: Promise
    reasons: tuple[Why, ...]
    place: Place | None

    @property
    def is_movable(self) -> bool:
        """Whether another time helps: it does not bring a class or a teacher back."""
        return any(why not in {Why.CLASS, Why.TEACHER} for why in self.reasons)


def load_hurt(round_id: int, spec: RoundSpec, *, now: datetime) -> tuple[Hurt, ...]:
    """Return the talks to come that suit the round as it is, and not as planned, by time.

    Where rooms hold one talk at a time from now on, talks of other rounds there are among them.
    Raises NotFoundError, and BadGrid for an evening that cannot be.
    """
    present, alone = load_spec(round_id), rooms.newly_exclusive(spec)
    promises = load_promises(round_id, rooms=alone, now=now)
    if not promises:
        return ()
    known = rooms.room_ids()
    old, new = sketch(present, zone(), known), sketch(spec, zone(), known)
    evenings = {round_id: new} | rooms.evenings_of_others(promises, round_id, alone)
    withdrawn = frozenset[tuple[int, str]]()
    # With the same week, offers are as the last import left them.
    if spec.reference_week != present.reference_week:
        withdrawn = withdrawn_by(round_id, spec.home_class_ids, spec.reference_week)
    seats, crowded = rooms.present_seats(promises), frozenset[int]()
    if present.rooms != sorted_rooms(spec.rooms):
        before, held = seats, load_held(promises, evenings)
        seats = rooms.planned_seats(promises, round_id, new, spec.rooms)
        crowded = rooms.crowded(promises, seats, held) - rooms.crowded(promises, before, held)
    hurt = []
    for promise in promises:
        reasons: list[Why] = []
        if promise.round_id == round_id:
            reasons += _against(promise, present, spec, old, new, withdrawn)
        if promise.booking_id in crowded:
            reasons.append(Why.ROOM)
        if reasons:
            hurt.append(Hurt(promise, tuple(reasons), None))
    leaving = [it.promise for it in hurt if it.is_movable]
    if not leaving:
        return tuple(hurt)
    busy = busy_without(leaving, promises, seats, load_held(promises, evenings))
    places = find_places(leaving, evenings, busy, now=now)
    return tuple(replace(it, place=places.get(it.promise.booking_id)) for it in hurt)


def marker_of(hurt: Iterable[Hurt]) -> str:
    """Return what changes with each talk that is hurt and each place that is proposed."""
    text = repr(
        [(it.promise.booking_id, it.promise.starts_at, it.reasons, it.place) for it in hurt]
    )
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


def _against(
    promise: Promise,
    present: RoundSpec,
    spec: RoundSpec,
    old: Sequence[EveningInfo],
    new: Sequence[EveningInfo],
    withdrawn: AbstractSet[tuple[int, str]],
) -> Iterator[Why]:
    """Find what only the new round has against a talk: what stood against it before was kept."""
    about_time = _about_time(promise, new)
    if about_time and not _about_time(promise, old):
        yield about_time
    if promise.class_id not in spec.home_class_ids:
        if promise.class_id in present.home_class_ids:
            yield Why.CLASS
    elif (promise.student_id, promise.teacher_key) in withdrawn:
        yield Why.TEACHER


def _about_time(promise: Promise, evenings: Iterable[EveningInfo]) -> Why | None:
    """Return what evenings have against the time of a talk, or None."""
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
    return None
