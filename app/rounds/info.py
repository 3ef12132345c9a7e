"""Rounds, evenings and times as plain values, for pages and rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.rounds import phases
from app.rounds.models import Modality, Mode, OpenTo, Participants, RoundState


@dataclass(frozen=True)
class RoundInfo:
    """A round without its times, for lists, headings and rules."""

    id: int
    name: str
    explanation: str
    participants: Participants
    open_to: OpenTo
    state: RoundState
    timetable_visible: bool
    opens_at: datetime
    closes_at: datetime
    cancel_until: datetime
    max_per_child: int
    walking_minutes: int
    teachers_may_block: bool
    teachers_block_until: datetime | None
    reference_week: str
    modalities: tuple[Modality, ...]  # the first one is what a talk is booked as
    mode: Mode
    teacher_remarks: bool
    office_remarks: bool
    long_talks: bool
    apart_requests: bool
    times_key: str
    days: tuple[date, ...]  # of its evenings, earliest first

    @property
    def modality(self) -> Modality:
        """What a talk is booked as."""
        return self.modalities[0]

    @property
    def takes_bookings(self) -> bool:
        """Whether families choose times."""
        return self.mode is not Mode.REQUESTS

    @property
    def takes_requests(self) -> bool:
        """Whether families ask for talks without choosing a time."""
        return self.mode is not Mode.TIMES

    @property
    def at_school(self) -> bool:
        """Whether families may come to the school."""
        return Modality.SITE in self.modalities

    @property
    def walking(self) -> timedelta:
        """The time to keep free between two talks; none to walk if nobody comes to the school."""
        return timedelta(minutes=self.walking_minutes if self.at_school else 0)

    def phase(self, now: datetime) -> phases.Phase:
        """Return the round's phase at ``now``."""
        return phases.phase_of(self, now)


@dataclass(frozen=True)
class SlotInfo:
    """A time at which a talk can begin, in UTC."""

    id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class BreakInfo:
    """A break in an evening, in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class RoomInfo:
    """A room; an exclusive one holds one talk at a time."""

    id: int
    name: str
    exclusive: bool


@dataclass(frozen=True)
class EveningInfo:
    """One date of a round with its times, in UTC; ``day`` is the school's local date."""

    id: int
    day: date
    starts_at: datetime
    ends_at: datetime
    talk_minutes: int
    gap_minutes: int
    slots: tuple[SlotInfo, ...]
    breaks: tuple[BreakInfo, ...]
    rooms: Mapping[int, RoomInfo]  # by teacher id

    def __hash__(self) -> int:
        """Hash by the id alone: an evening is the key of what is made from it on every page."""
        return hash(self.id)
