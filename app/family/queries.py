"""Queries for the family's pages; one function loads everything a page needs, in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from sqlalchemy import select

from app.bookings import policy, submissions
from app.bookings.availability import teachers_of
from app.bookings.cells import Busy, Cell, CellState, Talk
from app.bookings.known import Known, load_known, remembered
from app.bookings.rules import Choice
from app.bookings.service import Result
from app.bookings.talks import own_talk, talks_of_ids
from app.core.access import Actor
from app.core.errors import NotFoundError, found
from app.core.i18n import local_day
from app.core.memory import Stamp
from app.family.reasons import OF_OTHERS, cells_at, why
from app.family.table import Card, EveningTable, cards_of, rows_of
from app.rounds.info import RoundInfo
from app.rounds.models import Offer
from app.rounds.phases import Phase, poll_seconds
from app.rounds.queries import evenings_of
from app.school.queries import Child, children_of

ALTERNATIVES = 3
"""How many other times to offer for a time that the family lost."""


@dataclass(frozen=True)
class TablePage:
    """The reservation table of one child."""

    round: RoundInfo
    phase: Phase
    child: Child
    children: tuple[Child, ...]  # the family's children who take part in the round
    evenings: tuple[EveningTable, ...]
    talks: tuple[Talk, ...]  # of all the family's children during these evenings
    booked: int
    remaining: int  # talks that can still be booked; what is asked for takes none away
    poll_seconds: int
    moving: Talk | None
    now: datetime
    known: Known = field(repr=False)
    busy: Busy = field(repr=False)

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """The child's teachers, with all times; the same ones until somebody is busy elsewhere."""
        known = self.known
        before: tuple[object, tuple[Card, ...]] = known.made.get("cards", (None, ()))
        if before[0] != self.moment:
            cards = cards_of(
                self.child,
                known.columns,
                known.evenings,
                self.busy,
                known.talks,
                self.round.walking,
                before[1],
            )
            before = known.made["cards"] = self.moment, cards
        return before[1]

    @cached_property
    def moment(self) -> tuple[int, int]:
        """What the times depend on besides what is known: another one if any can have changed."""
        return self.busy.serial, self.known.begun(self.now)

    @property
    def made(self) -> dict[Any, Any]:
        """See ``Known.made``."""
        return self.known.made

    def can_choose(self, card: Card) -> bool:
        """Whether the child may have a talk more with this teacher: maximum and requests allow."""
        asked = self.known.asked
        besides = len(asked) if card.key not in asked else 0
        return self.remaining > besides

    @property
    def is_open(self) -> bool:
        """Whether families can choose times now."""
        return self.phase is Phase.OPEN


@dataclass(frozen=True)
class Lost:
    """A chosen time that the family did not get, and the teacher's free times nearest to it."""

    teacher: str
    cell: Cell  # as it is now, which says why
    alternatives: tuple[Cell, ...]

    @property
    def why(self) -> str:
        """Why the family did not get it."""
        return why(self.cell)

    @property
    def days(self) -> list[tuple[date, list[Cell]]]:
        """The alternatives by evening."""
        by_day = groupby(self.alternatives, key=lambda cell: local_day(cell.starts_at))
        return [(day, list(cells)) for day, cells in by_day]


@dataclass(frozen=True)
class Gone:
    """A chosen time whose teacher can no longer be booked."""

    teacher: str  # "" if the school never offered this child such a teacher
    starts_at: datetime


@dataclass(frozen=True)
class Outcome:
    """The full result of the family's last action."""

    booked: tuple[Talk, ...] = ()
    lost: tuple[Lost, ...] = ()
    gone: tuple[Gone, ...] = ()
    moved: Talk | None = None
    cancelled: Talk | None = None

    @property
    def only_others(self) -> bool:
        """Whether all that was lost went to others."""
        return all(lost.cell.state in OF_OTHERS for lost in self.lost)


def load_table(
    actor: Actor,
    round_id: int,
    student_id: int,
    *,
    now: datetime,
    moving: int | None = None,
    stamp: Stamp | None = None,
    afresh: bool = False,
) -> TablePage:
    """Return the table of one child in a round, as this actor may see it.

    With the stamp of the request it takes what is remembered under it, or remembers it; ``afresh``
    as in ``Picture.now``. Raises
    NotFoundError if the child or round is not the actor's.
    """
    known = remembered(actor, round_id, student_id, now=now, stamp=stamp)
    if known is None:
        afresh = True  # what moved the stamp may have moved times: cancelled, they are free
        known = load_known(actor, round_id, student_id, now=now, stamp=stamp)
    scope = known.scope
    round_, child, talks = scope.round, scope.child, known.talks
    _refuse_hidden(actor, round_, now)
    if child not in scope.taking_part:
        raise NotFoundError
    if "rows" not in known.made:
        known.made["rows"] = rows_of(known.evenings, talks)
    evenings = known.made["rows"]
    booked = sum(talk.child == child and talk.round_id == round_id for talk in talks)
    return TablePage(
        round=round_,
        phase=round_.phase(now),
        child=child,
        children=scope.taking_part,
        evenings=evenings,
        talks=tuple(talk for evening in evenings for talk in evening.talks),
        booked=booked,
        remaining=max(round_.max_per_child - booked, 0),
        poll_seconds=poll_seconds(round_, now),
        moving=_talk_to_move(talks, moving),
        now=now,
        known=known,
        busy=known.busy(now, afresh=afresh),
    )


def load_talk(actor: Actor, booking_id: int, *, now: datetime, cancelled: bool = False) -> Talk:
    """Return one of the actor's talks; a cancelled one only if ``cancelled`` is set.

    Raises NotFoundError, or TalkCancelled.
    """
    children = children_of(actor, local_day(now))
    if cancelled:
        return found(next(iter(talks_of_ids([booking_id], children, now=now)), None))
    return own_talk(children, booking_id, now=now)


def outcome_of(page: TablePage, result: Result) -> Outcome:
    """Describe the result of a booking, with the free times nearest to lost ones from the page."""
    booked = tuple(talk for talk in page.talks if talk.booking_id in result.booked)
    if len(booked) < len(result.booked):  # some were cancelled since, but were booked then
        booked = talks_of_ids(result.booked, page.children, now=page.now)
    return Outcome(
        booked,
        tuple(lost for choice in result.lost for lost in _lost(page, choice)),
        gone_of(page.round, page.child.student_id, result.gone),
    )


def gone_of(round_: RoundInfo, student_id: int, choices: Sequence[Choice]) -> tuple[Gone, ...]:
    """Describe choices whose teacher is gone; leave out those whose time is gone as well."""
    if not choices:
        return ()
    # Own offers only: another child's offer must look like one that never existed.
    names = teachers_of(
        select(Offer.id).where(
            Offer.id.in_([choice.offer_id for choice in choices]),
            Offer.round_id == round_.id,
            Offer.student_id == student_id,
        )
    )
    times = {slot.id: slot.starts_at for evening in evenings_of(round_) for slot in evening.slots}
    return tuple(
        Gone(names.get(choice.offer_id, ""), times[choice.slot_id])
        for choice in choices
        if choice.slot_id in times
    )


def load_outcome(
    actor: Actor,
    page: TablePage,
    *,
    submission: str | None,
    moved: int | None,
    cancelled: int | None,
) -> Outcome | None:
    """Return what the previous request did, for a table page reached by redirect."""
    if submission and submission.isprintable():
        answer = submissions.answer_of(submission, actor)
        if answer and "booked" in answer:
            return outcome_of(page, Result.from_json(answer))
    if moved is not None:
        return Outcome(moved=load_talk(actor, moved, now=page.now, cancelled=True))
    if cancelled is not None:
        return Outcome(cancelled=load_talk(actor, cancelled, now=page.now, cancelled=True))
    return None


def nearest_free(card: Card, wanted: datetime, count: int = ALTERNATIVES) -> tuple[Cell, ...]:
    """Return the ``count`` free times of a teacher nearest to ``wanted``, in order of time."""
    free = [
        cell for evening in card.evenings for cell in evening.cells if cell.state is CellState.FREE
    ]
    nearest = sorted(free, key=lambda cell: (abs(cell.starts_at - wanted), cell.starts_at))
    return tuple(sorted(nearest[:count], key=lambda cell: cell.starts_at))


def _refuse_hidden(actor: Actor, round_: RoundInfo, now: datetime) -> None:
    hidden = {Phase.DRAFT, Phase.CHECK}
    if round_.phase(now) in hidden or not policy.may_see(actor, round_.open_to, now):
        raise NotFoundError


def _talk_to_move(talks: Sequence[Talk], booking_id: int | None) -> Talk | None:
    # Also None if the talk was cancelled or began after the URL was made.
    return next((t for t in talks if t.booking_id == booking_id and t.may_move), None)


def _lost(page: TablePage, choice: Choice) -> tuple[Lost, ...]:
    return tuple(
        Lost(card.teacher, cell, nearest_free(card, cell.starts_at))
        for card, cell in cells_at(page.cards, [choice])
    )
