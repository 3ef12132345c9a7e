"""What a family's table shows but for the times of others, remembered as long as it stands.

It is read by the scoped queries, for one actor, and stands while the stamp does: every change by
the office raises the version, and every talk of the family moves its revisions.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from app.bookings import requests
from app.bookings.availability import columns_of, engaged_during, evenings_with_times
from app.bookings.cells import Busy, Column, Engaged, Live, Talk
from app.bookings.picture import picture_of
from app.bookings.rules import PossibleTalk
from app.bookings.scope import Scope, load_scope
from app.bookings.talks import new_talk, own_talks
from app.core.access import Actor
from app.core.i18n import local_day
from app.core.memory import Memory, Stamp
from app.core.ticks import ticks
from app.rounds.info import EveningInfo
from app.rounds.known import moments_after, round_at
from app.rounds.phases import SWITCH_BEFORE
from app.school.queries import stamp_inside
from app.settings.current import current_school
from app.settings.queries import SchoolInfo


@dataclass(frozen=True)
class Known:
    """A child's table as this actor may see it, without who else is busy when."""

    school: SchoolInfo
    scope: Scope
    evenings: tuple[EveningInfo, ...]
    columns: tuple[Column, ...]
    talks: tuple[Talk, ...]  # of all the actor's children, in all rounds
    engaged: Engaged  # when those who come are in talks
    until: datetime | None  # when something here changes by itself, if ever
    asked: frozenset[str]  # teacher keys of talks that the family asks for about this child
    made: dict[Any, Any] = field(default_factory=dict)
    """What callers make of all but the round's details and keep as long as that stands."""

    def begun(self, now: datetime) -> int:
        """Return how many times have begun, on all evenings."""
        starts = attrgetter("starts_at")
        return sum(bisect_right(evening.slots, now, key=starts) for evening in self.evenings)

    def busy(self, now: datetime, *, afresh: bool) -> Busy:
        """Return who is busy when, from the process's picture; ``afresh`` as in ``Picture.now``."""
        if not self.evenings:
            return Busy(now)
        seen = picture_of(self.scope.round, self.evenings).now(afresh=afresh)
        return seen.busy(self.engaged, now)


_KNOWN: Memory[tuple[int, int, int], tuple[Stamp, date, Known]] = Memory(4096)


def remembered(
    actor: Actor, round_id: int, student_id: int, *, now: datetime, stamp: Stamp | None
) -> Known | None:
    """Return what is known of a table under this stamp, or None."""
    key = (actor.person_id, round_id, student_id)
    before = _KNOWN.get(key)
    if before is None or stamp is None:
        return None
    read_at, day, known = before
    if day != local_day(now) or known.school != current_school():
        return None
    if known.until is not None and now >= known.until:
        return None
    if read_at == stamp:
        return known
    if read_at._replace(details=stamp.details) != stamp:
        return None
    round_ = round_at(round_id, stamp)
    if round_ != known.scope.round:
        known = replace(known, scope=replace(known.scope, round=round_))
    _KNOWN.put(key, (stamp, day, known))
    return known


def remembered_inside(
    actor: Actor,
    round_id: int,
    student_id: int,
    moved: Set[int],
    *,
    now: datetime,
    stamp: Stamp | None,
) -> tuple[Known, Stamp] | None:
    """Return what is known of a table if it still stands inside a transaction with its locks.

    ``stamp`` is of the request's beginning, ``moved`` are the people whose revisions the locks have
    increased; with their new stamp. None if anything else has moved since, or nothing is
    remembered: then read anew.
    """
    known = remembered(actor, round_id, student_id, now=now, stamp=stamp)
    if known is None or stamp is None:
        return None
    own = len(moved & frozenset(stamp.circle))
    expected = stamp._replace(revisions=stamp.revisions + own)
    return (known, expected) if stamp_inside(stamp.circle) == expected else None


def booked_since(
    actor: Actor,
    known: Known,
    made: Mapping[int, PossibleTalk],
    *,
    now: datetime,
    stamp: Stamp,
) -> None:
    """Remember a table after a booking of its family, while nothing else has changed.

    ``made`` are the talks by booking id, none if all times were lost; ``stamp`` is the one that the
    transaction has left.
    """
    key = (actor.person_id, known.scope.round.id, known.scope.child.student_id)
    if not made:
        _KNOWN.put(key, (stamp, local_day(now), known))
        return
    scope = known.scope
    household_id = scope.party.household_id if scope.party else None
    new = [
        new_talk(id_, scope.round, scope.child, household_id, talk, now=now)
        for id_, talk in made.items()
    ]
    talks = tuple(sorted((*known.talks, *new), key=attrgetter("starts_at", "booking_id")))
    lives = {talk.teacher_key: Live(talk.booking_id, talk.starts_at) for talk in new}
    taken = {tick: t.booking_id for t in new for tick in ticks(t.starts_at, t.ends_at)}
    changed = replace(
        known,
        columns=tuple(
            replace(column, live=lives[column.key]) if column.key in lives else column
            for column in known.columns
        ),
        talks=talks,
        engaged=replace(known.engaged, talks={**known.engaged.talks, **taken}),
        until=_until(talks, now, stamp),
        asked=known.asked - lives.keys(),
        made={},
    )
    _KNOWN.put(key, (stamp, local_day(now), changed))


def load_known(
    actor: Actor, round_id: int, student_id: int, *, now: datetime, stamp: Stamp | None
) -> Known:
    """Read a table anew, and remember it under the stamp, which was read before.

    Without a stamp nothing is remembered. Raises NotFoundError for another family's child.
    """
    key, day = (actor.person_id, round_id, student_id), local_day(now)
    read_at, its_day, before = _KNOWN.get(key) or (None, None, None)
    if before and (its_day, before.school) != (day, current_school()):
        before = None
    # The same if only talks have moved since.
    near = before if read_at and stamp and read_at[:2] == stamp[:2] else None
    scope = near.scope if near else load_scope(actor, round_id, student_id, now=now)
    evenings = tuple(evenings_with_times(scope.round))
    talks = own_talks(scope.children, now=now)
    engaged = engaged_during(evenings, scope.party.people) if scope.party else Engaged()
    columns = columns_of(scope.round, scope.child, evenings)
    until = _until(talks, now, stamp)
    household_id = scope.party.household_id if scope.party else None
    waiting = requests.of_family(scope.round, scope.child, household_id) if scope.party else {}
    asked = frozenset(column.key for column in columns) & waiting.keys()
    known = Known(current_school(), scope, evenings, columns, talks, engaged, until, asked)
    # Perhaps all is as it was: most changes by the office concern others.
    if before and replace(known, made=before.made) == replace(before, until=until):
        known = replace(known, made=before.made)
    if stamp is not None:
        _KNOWN.put(key, (stamp, day, known))
    return known


def _until(talks: Collection[Talk], now: datetime, stamp: Stamp | None) -> datetime | None:
    """Return when a round opens or closes next, or one of these talks begins or is near."""
    starts = [talk.starts_at for talk in talks if talk.starts_at > now]
    near = [talk.starts_at - SWITCH_BEFORE for talk in talks if talk.may_switch]
    return min([*starts, *near, *moments_after(now, stamp)], default=None)
