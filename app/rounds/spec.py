"""A round as the school plans it, before it is created."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.rounds.grid import BadGrid, EveningSpec, make_grid, moment
from app.rounds.models import Modality, Mode, OpenTo, Participants, RoundState
from app.rounds.phases import is_ahead
from app.rounds.reference_week import is_week


class BadRound(DomainError):
    """A round that cannot be created; ``field`` is the path to the fault: "evenings.1.end"."""

    def __init__(self, field: str, message: str) -> None:
        """Keep the path (evenings count from 1) and the message."""
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class RoomSpec:
    """A room and its teachers on every evening; an exclusive one holds one talk at a time."""

    name: str
    teacher_ids: tuple[int, ...]
    exclusive: bool = False


@dataclass(frozen=True)
class RoundSpec:
    """A round as the school plans it; ``cancel_until`` None means ``closes_at``."""

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
    modalities: tuple[Modality, ...] = (Modality.SITE,)  # a talk is booked as the first one
    mode: Mode = Mode.TIMES
    teacher_remarks: bool = True
    office_remarks: bool = False
    long_talks: bool = False
    apart_requests: bool = True
    rooms: tuple[RoomSpec, ...] = ()
    # When a step is taken automatically; None means by hand.
    check_at: datetime | None = None
    publish_at: datetime | None = None
    archive_at: datetime | None = None

    @property
    def modality(self) -> Modality:
        """What a talk is booked as."""
        return self.modalities[0]

    @property
    def also(self) -> tuple[Modality, ...]:
        """What families may choose instead."""
        return self.modalities[1:]


def sorted_rooms(rooms: Iterable[RoomSpec]) -> tuple[RoomSpec, ...]:
    """Return the rooms by name and normalized, so that equal plans compare equal."""
    return tuple(
        replace(room, name=room.name.strip(), teacher_ids=tuple(sorted(room.teacher_ids)))
        for room in sorted(rooms, key=lambda room: room.name.strip())
        if room.teacher_ids
    )


def who_and_when(spec: RoundSpec) -> tuple[object, ...]:
    """Return what of a plan decides about talks, normalized; the rest is in the round's row alone.

    Between plans that are equal in this, no talk has to move and no offer comes or goes.
    """
    return (
        sorted(set(spec.home_class_ids)),
        spec.reference_week,
        spec.participants,
        sorted(spec.evenings, key=lambda evening: evening.day),
        sorted_rooms(spec.rooms),
    )


def touches_talks(present: RoundSpec, spec: RoundSpec) -> bool:
    """Whether a change of plans can be against talks that fit the present one."""
    lost = set(present.modalities) - set(spec.modalities)
    return bool(lost) or who_and_when(present) != who_and_when(spec)


def check(spec: RoundSpec, zone: ZoneInfo) -> None:
    """Raise BadRound for the first fault."""
    for fault in faults(spec, zone):
        raise fault


def faults(spec: RoundSpec, zone: ZoneInfo) -> Iterator[BadRound]:
    """Yield all faults; ``zone`` is the time zone of the evenings."""
    if not spec.name.strip():
        yield BadRound("name", _("Give the round a name."))
    if not spec.home_class_ids:
        yield BadRound("classes", _("Name at least one class."))
    if not spec.evenings:
        yield BadRound("evenings", _("Name at least one evening."))
    if spec.max_per_child < 1:
        yield BadRound("max_per_child", _("Allow at least one talk per child."))
    if spec.walking_minutes < 0:
        yield BadRound("walking_minutes", _("Walking takes no less than 0 minutes."))
    if not spec.modalities:
        yield BadRound("modalities", _("Name at least one."))
    if len(set(spec.modalities)) < len(spec.modalities):
        yield BadRound("modalities", _("One of these is there twice."))
    if not is_week(spec.reference_week):
        yield BadRound(
            "reference_week",
            _('"%(week)s" is not a week. Write it as 2027-W05.', week=spec.reference_week),
        )
    of_evenings = list(_faults_of_evenings(spec, zone))
    yield from of_evenings
    if spec.evenings and not of_evenings:
        last = max(spec.evenings, key=lambda evening: evening.day)
        over = moment(last.day, last.end, zone)
        midnight = moment(last.day, "23:59", zone)
        yield from _faults_of_moments(spec, over, midnight)
    yield from _faults_of_rooms(spec)


def _faults_of_evenings(spec: RoundSpec, zone: ZoneInfo) -> Iterator[BadRound]:
    days = Counter(evening.day for evening in spec.evenings)
    for number, evening in enumerate(spec.evenings, 1):
        if days[evening.day] > 1:
            yield BadRound(f"evenings.{number}.day", _("This date is there twice."))
        try:
            make_grid(evening, zone)
        except BadGrid as error:
            yield BadRound(f"evenings.{number}.{error.field}", error.message)


def _faults_of_moments(spec: RoundSpec, over: datetime, midnight: datetime) -> Iterator[BadRound]:
    """Yield the moments that are surely slips.

    ``over`` is the end of the last evening, ``midnight`` the end of its day, because many write
    23.59 to mean "to the end".
    """
    if spec.closes_at <= spec.opens_at:
        yield BadRound("closes_at", _("Choosing closes before it opens."))
    if spec.closes_at > midnight:
        yield BadRound("closes_at", _("Choosing closes after the last evening."))
    if spec.cancel_until not in {None, spec.closes_at}:  # otherwise the message above is enough
        if spec.cancel_until < spec.opens_at:
            yield BadRound("cancel_until", _("Cancelling ends before choosing opens."))
        if spec.cancel_until > midnight:
            yield BadRound("cancel_until", _("Cancelling ends after the last evening."))
    if spec.teachers_block_until and spec.teachers_block_until > midnight:
        yield BadRound(
            "teachers_block_until", _("Teachers may block until after the last evening.")
        )
    if spec.archive_at and spec.archive_at <= max(spec.closes_at, over):
        yield BadRound("archive_at", _("The round is put away before its last evening has ended."))
    # Ignore the date of a step that was already taken by hand.
    check_at = spec.check_at if is_ahead(spec.state, RoundState.CHECK) else None
    publish_at = spec.publish_at if is_ahead(spec.state, RoundState.PUBLISHED) else None
    if check_at and check_at > spec.opens_at:
        yield BadRound("check_at", _("Teachers check the round only after choosing opens."))
    if publish_at and publish_at > spec.opens_at:
        yield BadRound("publish_at", _("Families see the round only after choosing opens."))
    if publish_at and check_at and publish_at <= check_at:
        yield BadRound("publish_at", _("Families see the round before teachers check it."))


def _faults_of_rooms(spec: RoundSpec) -> Iterator[BadRound]:
    names = Counter(room.name.strip() for room in spec.rooms)
    seats = Counter(teacher for room in spec.rooms for teacher in room.teacher_ids)
    for number, room in enumerate(spec.rooms, 1):
        if not room.name.strip():
            yield BadRound(f"rooms.{number}.name", _("Give the room a name."))
        elif names[room.name.strip()] > 1:
            yield BadRound(f"rooms.{number}.name", _("This room is there twice."))
        if any(seats[teacher_id] > 1 for teacher_id in room.teacher_ids):
            yield BadRound(f"rooms.{number}.teachers", _("A teacher sits in two rooms."))
