"""Queries for the family's pages; one function loads everything a page needs, in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from app.bookings import policy
from app.bookings.cells import Busy, Talk
from app.bookings.known import Known, load_known, remembered
from app.bookings.talks import own_talk, talks_of_ids
from app.core.access import Actor
from app.core.errors import NotFoundError, found
from app.core.i18n import local_day
from app.core.memory import Stamp
from app.family.table import Card, EveningTable, cards_of, rows_of
from app.rounds.info import RoundInfo
from app.rounds.phases import Phase, poll_seconds
from app.school.queries import Child, children_of


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
    def next_child(self) -> Child | None:
        """The family's first other child without a talk in the round, once this one has any."""
        if not self.booked:
            return None
        with_talks = {talk.child for talk in self.known.talks if talk.round_id == self.round.id}
        return next((child for child in self.children if child not in with_talks), None)

    @property
    def left(self) -> int:
        """How many talks can still be chosen, besides those that are asked for."""
        return max(self.remaining - len(self.known.asked), 0)

    @property
    def is_open(self) -> bool:
        """Whether families can choose times now."""
        return self.phase is Phase.OPEN


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


def _refuse_hidden(actor: Actor, round_: RoundInfo, now: datetime) -> None:
    hidden = {Phase.DRAFT, Phase.CHECK}
    if round_.phase(now) in hidden or not policy.may_see(actor, round_.open_to, now):
        raise NotFoundError


def _talk_to_move(talks: Sequence[Talk], booking_id: int | None) -> Talk | None:
    # Also None if the talk was cancelled or began after the URL was made.
    return next((t for t in talks if t.booking_id == booking_id and t.may_move), None)
