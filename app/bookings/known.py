"""What a family's table shows but for the times of others, remembered as long as it stands.

It is read by the scoped queries, for one actor, and stands while the stamp does: every change by
the office raises the version, and every talk of the family moves its revisions.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from app.bookings.availability import columns_of, engaged_during, evenings_with_times
from app.bookings.cells import Busy, Column, Talk
from app.bookings.picture import picture_of
from app.bookings.scope import Scope, load_scope
from app.bookings.talks import own_talks
from app.core.access import Actor
from app.core.i18n import local_day
from app.core.memory import Memory, Stamp
from app.rounds.queries import EveningInfo, moments_after
from app.school.queries import stamp_inside


@dataclass(frozen=True)
class Known:
    """A child's table as this actor may see it, without who else is busy when."""

    scope: Scope
    evenings: tuple[EveningInfo, ...]
    columns: tuple[Column, ...]
    talks: tuple[Talk, ...]  # of all the actor's children, in all rounds
    family: Mapping[int, int]  # booking id by tick at which the family attends a talk
    moments: list[datetime]  # at which published rounds open or close
    kept: dict[Any, Any]
    """What callers make of it and keep as long as the version stands, with their own keys."""
    made: dict[Any, Any] = field(default_factory=dict)
    """What callers make of it and keep as long as it stands itself."""

    @cached_property
    def until(self) -> datetime | None:
        """When something here changes by itself, if ever."""
        ahead = [talk.starts_at for talk in self.talks if not talk.cancelled]
        return min([*self.moments, *ahead], default=None)

    def busy(self, now: datetime, *, afresh: bool) -> Busy:
        """Return who is busy when, from the process's picture; ``afresh`` as in ``Picture.now``."""
        if not self.evenings:
            return Busy(now)
        seen = picture_of(self.scope.round, self.evenings).now(afresh=afresh)
        return seen.busy(self.family, now)


_KNOWN: Memory[tuple[int, int, int], tuple[Stamp, date, Known]] = Memory(4096)


def remembered(
    actor: Actor, round_id: int, student_id: int, *, now: datetime, stamp: Stamp | None
) -> Known | None:
    """Return what is known of a table under this stamp, or None."""
    before = _KNOWN.get((actor.person_id, round_id, student_id))
    if before is None or before[:2] != (stamp, local_day(now)):
        return None
    known = before[2]
    return known if known.until is None or now < known.until else None


def remembered_inside(
    actor: Actor,
    round_id: int,
    student_id: int,
    moved: Set[int],
    *,
    now: datetime,
    stamp: Stamp | None,
) -> Known | None:
    """Return what is known of a table if it still stands inside a transaction with its locks.

    ``stamp`` is of the request's beginning, ``moved`` are the people whose revisions the locks have
    increased. None if anything else has moved since, or nothing is remembered: then read anew.
    """
    known = remembered(actor, round_id, student_id, now=now, stamp=stamp)
    if known is None or stamp is None:
        return None
    own = len(moved & frozenset(stamp.circle))
    expected = stamp._replace(revisions=stamp.revisions + own)
    return known if stamp_inside(stamp.circle) == expected else None


def load_known(
    actor: Actor, round_id: int, student_id: int, *, now: datetime, stamp: Stamp | None
) -> Known:
    """Read a table anew, and remember it under the stamp, which was read before.

    Without a stamp nothing is remembered. Raises NotFoundError for another family's child.
    """
    key, day = (actor.person_id, round_id, student_id), local_day(now)
    before = _KNOWN.get(key)
    if before and stamp and before[0].version == stamp.version and before[1] == day:
        scope, kept = before[2].scope, before[2].kept
    else:
        scope, kept = load_scope(actor, round_id, student_id, now=now), {}
    evenings = tuple(evenings_with_times(scope.round))
    talks = own_talks(scope.children, now=now)
    family = engaged_during(evenings, scope.party.people) if scope.party else {}
    columns = columns_of(scope.round, scope.child, evenings)
    moments = moments_after(now, stamp and stamp.version)
    known = Known(scope, evenings, columns, talks, family, moments, kept)
    if stamp is not None:
        _KNOWN.put(key, (stamp, day, known))
    return known
