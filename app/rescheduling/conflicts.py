"""Find the talks in conflict with a changed round."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.i18n import zone
from app.rescheduling import rooms
from app.rescheduling.answers import Resolution
from app.rescheduling.booked import BookedTalk, load_talks
from app.rescheduling.free_times import FreeTime, PossibleTimes, load_held
from app.rounds.grid import make_grid, moment
from app.rounds.info import BreakInfo, EveningInfo, RoomInfo, SlotInfo
from app.rounds.loading import load_spec
from app.rounds.models import Modality
from app.rounds.offers import withdrawn_by
from app.rounds.spec import RoundSpec, sorted_rooms, touches_talks


class Reason(StrEnum):
    """Why a talk is in conflict with the changed round."""

    EVENING = "evening"  # the round has no evening on that date
    BREAK = "break"
    TIME = "time"  # no slot begins then, or the evening ends earlier
    CLASS = "class"  # the student's class does not take part
    TEACHER = "teacher"  # in the reference week the student has another one
    MODALITY = "modality"  # the round does not offer how it is held
    ROOM = "room"  # the room holds one talk at a time, and another one has it


_ABOUT_TIME = {Reason.EVENING, Reason.BREAK, Reason.TIME, Reason.ROOM}


@dataclass(frozen=True)
class Conflict:
    """A talk in conflict with the changed round.

    ``modality`` is how the talk can be held instead, if the round offers something else. Decided
    later (``decide``): ``free_time`` is the nearest free time, if another time helps and one is
    free; ``resolution`` is None while the office has to answer.
    """

    talk: BookedTalk
    reasons: tuple[Reason, ...]
    modality: Modality | None
    free_time: FreeTime | None = None
    resolution: Resolution | None = None

    @property
    def is_movable(self) -> bool:
        """Whether another time helps: not if class, teacher or modality are the only reasons.

        Nor if the talk leaves the room by being held elsewhere.
        """
        leaves_room = self.modality not in {None, Modality.SITE}
        about_time = _ABOUT_TIME - ({Reason.ROOM} if leaves_room else set())
        return not about_time.isdisjoint(self.reasons)


@dataclass(frozen=True)
class FoundConflicts:
    """The conflicts of a change by time, and what is known of the times to which talks may move."""

    conflicts: tuple[Conflict, ...] = ()
    talks: tuple[BookedTalk, ...] = ()  # all that the change may concern
    times: PossibleTimes = field(default_factory=PossibleTimes)  # planned
    seats: rooms.Seats = field(default_factory=dict)  # planned
    held: tuple[rooms.Held, ...] = ()


def find_conflicts(round_id: int, spec: RoundSpec, *, now: datetime) -> FoundConflicts:
    """Find the upcoming talks that fit the present round but not the planned one.

    Where a room becomes exclusive, these include talks of other rounds in it. Raises NotFoundError,
    and BadGrid for an impossible evening.
    """
    present = load_spec(round_id)
    if not touches_talks(present, spec):
        return FoundConflicts()
    alone = rooms.newly_exclusive(spec)
    talks = load_talks(round_id, rooms=alone, now=now)
    if not talks:
        return FoundConflicts()
    known = rooms.room_ids()
    old, new = sketch(present, zone(), known), sketch(spec, zone(), known)
    evenings = {round_id: new} | rooms.evenings_of_others(talks, round_id, alone)
    withdrawn = frozenset[tuple[int, str]]()
    # If the week stays the same, offers stay as the last import left them.
    if spec.reference_week != present.reference_week:
        withdrawn = withdrawn_by(round_id, spec.home_class_ids, spec.reference_week)
    held = load_held(talks, evenings)
    seats, crowded = rooms.present_seats(talks), frozenset[int]()
    if present.rooms != sorted_rooms(spec.rooms):
        before = seats
        seats = rooms.planned_seats(talks, round_id, new, spec.rooms)
        crowded = rooms.crowded(talks, seats, held) - rooms.crowded(talks, before, held)
    conflicts = []
    for talk in talks:
        reasons: list[Reason] = []
        if talk.round_id == round_id:
            reasons += _against(talk, present, spec, old, new, withdrawn)
        if talk.booking_id in crowded:
            reasons.append(Reason.ROOM)
        if reasons:
            other = spec.modality if Reason.MODALITY in reasons else None
            conflicts.append(Conflict(talk, tuple(reasons), other))
    return FoundConflicts(tuple(conflicts), talks, PossibleTimes(evenings), seats, held)


def sketch(spec: RoundSpec, zone: ZoneInfo, known: Mapping[str, int]) -> tuple[EveningInfo, ...]:
    """Return the evenings of a round that may not be saved yet, with id 0. Raises BadGrid.

    ``known`` holds room ids by name; rooms that do not exist yet get negative ids.
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
    talk: BookedTalk,
    present: RoundSpec,
    spec: RoundSpec,
    old: Sequence[EveningInfo],
    new: Sequence[EveningInfo],
    withdrawn: AbstractSet[tuple[int, str]],
) -> Iterator[Reason]:
    """Yield the new round's reasons against a talk; reasons that already existed were accepted."""
    about_time = _about_time(talk, new)
    if about_time and not _about_time(talk, old):
        yield about_time
    if talk.class_id not in spec.home_class_ids:
        if talk.class_id in present.home_class_ids:
            yield Reason.CLASS
    elif (talk.student_id, talk.teacher_key) in withdrawn:
        yield Reason.TEACHER
    if talk.modality in present.modalities and talk.modality not in spec.modalities:
        yield Reason.MODALITY


def _about_time(talk: BookedTalk, evenings: Iterable[EveningInfo]) -> Reason | None:
    """Return why the time of a talk does not fit these evenings, or None."""
    evening = next((it for it in evenings if it.day == talk.day), None)
    if evening is None:
        return Reason.EVENING
    if any(
        pause.starts_at < talk.ends_at and talk.starts_at < pause.ends_at
        for pause in evening.breaks
    ):
        return Reason.BREAK
    starts = {slot.starts_at for slot in evening.slots}
    if talk.starts_at not in starts or talk.ends_at > evening.ends_at:
        return Reason.TIME
    return None
