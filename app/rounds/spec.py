"""A round as the school plans it, before it is made."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.rounds.grid import EveningSpec
from app.rounds.models import OpenTo, Participants, RoundState
from app.rounds.reference_week import is_week


class BadRound(DomainError):
    """A round that cannot be made. ``field`` is the path to what to change: "evenings.1.end"."""

    def __init__(self, field: str, message: str) -> None:
        """Keep the path (of several evenings the first is number 1) and the sentence."""
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class RoomSpec:
    """A room and who sits there on every evening; an exclusive one holds one talk at a time."""

    name: str
    teacher_ids: tuple[int, ...]
    exclusive: bool = False


@dataclass(frozen=True)
class RoundSpec:
    """A round as the school plans it. Without ``cancel_until`` cancelling ends with booking."""

    name: str
    home_class_ids: tuple[int, ...]
    evenings: tuple[EveningSpec, ...]
    opens_at: datetime
    closes_at: datetime
    reference_week: str
    cancel_until: datetime | None = None
    explanation: str = ""
    participants: Participants = Participants.GUARDIANS
    open_to: OpenTo = OpenTo.GUARDIANS
    state: RoundState = RoundState.DRAFT
    timetable_visible: bool = True
    max_per_child: int = 3
    walking_minutes: int = 0
    teachers_may_block: bool = False
    teachers_block_until: datetime | None = None
    modality: str = "site"
    rooms: tuple[RoomSpec, ...] = ()
    # When a step comes by itself; without a moment somebody takes it by hand.
    check_at: datetime | None = None
    publish_at: datetime | None = None
    archive_at: datetime | None = None


def sorted_rooms(rooms: Iterable[RoomSpec]) -> tuple[RoomSpec, ...]:
    """Return rooms in the order of their names, so that the same ones compare as the same."""
    return tuple(
        replace(room, name=room.name.strip(), teacher_ids=tuple(sorted(room.teacher_ids)))
        for room in sorted(rooms, key=lambda room: room.name.strip())
        if room.teacher_ids
    )


def check(spec: RoundSpec) -> None:
    """Raise BadRound for the first thing that cannot be, apart from the times of the evenings."""
    if not spec.name.strip():
        raise BadRound("name", _("Give the round a name."))
    if not spec.home_class_ids:
        raise BadRound("classes", _("Name at least one class."))
    if not spec.evenings:
        raise BadRound("evenings", _("Name at least one evening."))
    if spec.closes_at <= spec.opens_at:
        raise BadRound("closes_at", _("Reserving closes before it opens."))
    if spec.max_per_child < 1:
        raise BadRound("max_per_child", _("Allow at least one talk per child."))
    if spec.walking_minutes < 0:
        raise BadRound("walking_minutes", _("Walking takes no less than 0 minutes."))
    if not is_week(spec.reference_week):
        raise BadRound(
            "reference_week",
            _('"%(week)s" is not a week. Write it as 2027-W05.', week=spec.reference_week),
        )
    _check_steps(spec)
    days = Counter(evening.day for evening in spec.evenings)
    for number, evening in enumerate(spec.evenings, 1):
        if days[evening.day] > 1:
            raise BadRound(f"evenings.{number}.day", _("This date is there twice."))
    names = Counter(room.name.strip() for room in spec.rooms)
    seats = Counter(teacher for room in spec.rooms for teacher in room.teacher_ids)
    for number, room in enumerate(spec.rooms, 1):
        if not room.name.strip():
            raise BadRound(f"rooms.{number}.name", _("Give the room a name."))
        if names[room.name.strip()] > 1:
            raise BadRound(f"rooms.{number}.name", _("This room is there twice."))
        if any(seats[teacher_id] > 1 for teacher_id in room.teacher_ids):
            raise BadRound(f"rooms.{number}.teachers", _("A teacher sits in two rooms."))


def _check_steps(spec: RoundSpec) -> None:
    if spec.publish_at and spec.check_at and spec.publish_at <= spec.check_at:
        raise BadRound("publish_at", _("Parents see the round before teachers check it."))
    if spec.publish_at and spec.publish_at >= spec.closes_at:
        raise BadRound("publish_at", _("Parents see the round only after reserving closes."))
    if spec.archive_at and spec.archive_at <= spec.closes_at:
        raise BadRound("archive_at", _("The round is put away before reserving closes."))
