"""The state of each time of a teacher, as one family may see it. Pure.

This module does not know who other families are: it receives only ids from claims, and returns
only "others" or "unavailable".

Why a time is not free has one of four reasons, in this order: others have it; the teacher cannot;
the family sits in another talk; all who would come for the family are teachers and work then.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from flask_babel import gettext as _

from app.bookings.times import Time, Times, mask_of
from app.rounds.models import Modality
from app.rounds.places import WAYS, place_text
from app.school.queries import Child


class CellState(StrEnum):
    """What a cell means to the family that looks at it."""

    FREE = "free"
    MINE = "mine"  # this child's talk
    SIBLING = "sibling"  # another own child's talk, with this very teacher
    ELSEWHERE = "elsewhere"  # free, but the family is in another talk
    WORK = "work"  # free, but all who would come have talks as teachers then
    OTHERS = "others"
    UNAVAILABLE = "unavailable"


def coming_text(names: Sequence[str]) -> str:
    """Return who comes for a family without the others, in words; "" for nobody."""
    return _("only %(names)s", names=", ".join(names)) if names else ""


@dataclass(frozen=True)
class Talk:
    """A reserved talk of the actor's own family."""

    booking_id: int
    round_id: int
    round_name: str
    evening_id: int
    child: Child
    teacher_key: str
    teacher: str  # as parents read it; a duo is "mevr. De Vries en dhr. Kaya"
    subjects: str
    room: str  # "" unless the talk is at school
    starts_at: datetime
    ends_at: datetime
    remark: str
    modality: Modality
    modalities: tuple[Modality, ...]  # what families may choose from in the round
    link: str  # of an online talk: the teacher's own, or that of its meeting once it is made
    cancelled: bool
    may_move: bool
    may_cancel: bool
    may_ask: bool  # to give its time back, and let the school plan it
    may_switch: bool
    may_remark: bool
    coming: tuple[str, ...] = ()  # who comes for the family, if not all do

    @property
    def who(self) -> str:
        """Who comes for the family, in words; "" if all do."""
        return coming_text(self.coming)

    @property
    def place(self) -> str:
        """Where the talk is, in words; "" if at school without a room."""
        return place_text(self.modality, self.room)

    @property
    def choosable(self) -> tuple[Modality, ...]:
        """How it can be held: as its round offers, and as it is now, which can stay."""
        return tuple(dict.fromkeys((*self.modalities, self.modality)))

    @property
    def way(self) -> str:
        """How the family comes to a talk that is not at school and has no link, or none yet."""
        if self.link or self.cancelled or self.modality is Modality.SITE:
            return ""
        return str(WAYS[self.modality])


class Live(NamedTuple):
    """The booking in a column: its id and start (UTC)."""

    booking_id: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)  # a process remembers a dozen for each family
class Column:
    """A teacher or a duo, with the subjects of the talk."""

    key: str
    offer_id: int
    teacher: str
    subjects: str
    talk_subjects: str  # of a talk, which is also about subjects that are withdrawn
    slots: int  # length of the talk, in slots
    offered: bool  # False: shown only because the family has a talk in it
    teacher_ids: tuple[int, ...]
    person_ids: tuple[int, ...]
    rooms: Mapping[int, str]  # room name by evening id
    exclusive_rooms: Mapping[int, int]  # exclusive rooms only: room id by evening id
    # How the talk is, or would be. Unless it is at school it has no rooms.
    modality: Modality = Modality.SITE
    link: str = ""  # the teacher's own, for a talk that is there
    live: Live | None = None  # the child's live talk with the same attendees


@dataclass(frozen=True)
class Engaged:
    """When those who come for a family are in talks, in ticks.

    ``work`` is by person, and holds all of them if any is a teacher with a talk; else it is empty.
    """

    talks: Mapping[int, int] = field(default_factory=dict)  # that they attend: booking id by tick
    work: Mapping[int, Set[int]] = field(default_factory=dict)  # that they give as teachers


@dataclass(frozen=True)
class Busy:
    """Who is busy when, as bit masks: bit n of a mask is the tick ``first`` + n."""

    now: datetime  # times that have begun cannot be chosen
    first: int = 0
    taught: Mapping[int, int] = field(default_factory=dict)  # teachers in talks, by teacher id
    absent: Mapping[int, int] = field(default_factory=dict)  # by teacher id
    rooms: Mapping[int, int] = field(default_factory=dict)  # exclusive rooms, by room id
    people: Mapping[int, int] = field(default_factory=dict)  # teachers anywhere, by person id
    family: Mapping[int, int] = field(default_factory=dict)  # booking id by tick
    work: Mapping[int, Set[int]] = field(default_factory=dict)  # see ``Engaged``
    serial: int = 0  # another one whenever teachers or rooms were read anew

    @cached_property
    def family_mask(self) -> int:
        """The ticks at which anybody of the family attends a talk."""
        return mask_of(self.family, self.first)

    @cached_property
    def work_masks(self) -> tuple[tuple[int, int], ...]:
        """``work`` as masks, by person."""
        return tuple((person, mask_of(ticks, self.first)) for person, ticks in self.work.items())


class Cell(NamedTuple):  # a named tuple: a table has hundreds, and tuples are fast to create
    """A time of a teacher; ``value`` is what the form sends: "<slot id>-<offer id>"."""

    slot_id: int
    key: str
    value: str
    state: CellState
    starts_at: datetime
    ends_at: datetime
    talk: Talk | None = None  # for mine, sibling and elsewhere
    near: Talk | None = None  # free, but closer to this talk than the walking time
    fits_at: datetime | None = None  # with near: this teacher's nearest free time that fits
    coming: frozenset[int] = frozenset()  # free, but only these people can come


class Own(NamedTuple):
    """A time at which the family has a talk: mine, sibling or elsewhere."""

    state: CellState
    talk: Talk


class Near(NamedTuple):
    """A free time closer to an own talk than the walking time."""

    talk: Talk
    fits_at: datetime | None  # this teacher's nearest free time that fits


class Part(NamedTuple):
    """A free time at which some of those who would come work as teachers."""

    coming: frozenset[int]  # the others, as person ids
    near: Near | None


Mark = CellState | Own | Near | Part


def cells_of(column: Column, times: Times, marks: Iterable[Mark]) -> tuple[Cell, ...]:
    """Return the cells of one column and evening, by time."""
    return tuple(_cell(column, time, mark) for time, mark in zip(times.each, marks, strict=True))


def _cell(column: Column, time: Time, mark: Mark) -> Cell:
    state, talk, near, fits_at = CellState.FREE, None, None, None
    coming: frozenset[int] = frozenset()
    if isinstance(mark, Part):
        coming, mark = mark.coming, mark.near or CellState.FREE
    match mark:
        case Near():
            near, fits_at = mark
        case Own():
            state, talk = mark
        case _:
            state = mark
    value = f"{time.slot_id}-{column.offer_id}"
    return Cell(
        time.slot_id,
        column.key,
        value,
        state,
        time.starts_at,
        time.talk_ends_at,
        talk,
        near,
        fits_at,
        coming,
    )


def overlapping(start: datetime, end: datetime, talks: Sequence[Talk]) -> tuple[Talk, ...]:
    """Return the talks that overlap the time from start to end."""
    return tuple(talk for talk in talks if talk.starts_at < end and start < talk.ends_at)
