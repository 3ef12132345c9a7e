"""When teachers and rooms are busy, as read from the claims."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import and_, bindparam, or_, select

from app.bookings.cells import Busy, Engaged
from app.bookings.models import Claim, ClaimKind
from app.core import compiled
from app.core.ticks import ticks
from app.rounds.info import EveningInfo

_CLAIMS = select(Claim.kind, Claim.resource_id, Claim.tick, Claim.booking_id).where(
    or_(
        and_(
            Claim.kind == ClaimKind.TEACH,
            Claim.resource_id.in_(bindparam("teachers", expanding=True)),
        ),
        and_(
            Claim.kind == ClaimKind.PERSON,
            Claim.resource_id.in_(bindparam("people", expanding=True)),
        ),
        and_(
            Claim.kind == ClaimKind.ROOM, Claim.resource_id.in_(bindparam("rooms", expanding=True))
        ),
    ),
    Claim.tick.between(bindparam("first"), bindparam("last")),
)

_serials = count(1)  # never the same twice in a process, whatever picture is made anew


class Seen:
    """When teachers and rooms are busy during some evenings, as read from the claims.

    Ticks alone: it knows no bookings, and no names.
    """

    def __init__(self, evenings: Sequence[EveningInfo]) -> None:
        """Know nothing yet about these evenings, of which there is one at least."""
        self._first, self._last = first_and_last(evenings)
        self._serial = next(_serials)
        self._taught: dict[int, int] = {}
        self._absent: dict[int, int] = {}
        self._rooms: dict[int, int] = {}
        self._people: dict[int, int] = {}

    def read(self, teachers: Sequence[int], people: Sequence[int], rooms: Sequence[int]) -> None:
        """Read these anew; ``people`` are the teachers' persons."""
        taught, absent = dict.fromkeys(teachers, 0), dict.fromkeys(teachers, 0)
        taken = dict.fromkeys(rooms, 0)
        seated = dict.fromkeys(people, 0)
        for kind, id_, tick, booking_id in compiled.read(
            _CLAIMS,
            teachers=teachers,
            people=people,
            rooms=rooms,
            first=self._first,
            last=self._last,
        ):
            bit = 1 << (tick - self._first)
            if kind == ClaimKind.PERSON:
                seated[id_] |= bit
            elif kind == ClaimKind.ROOM:
                taken[id_] |= bit
            else:
                (absent if booking_id is None else taught)[id_] |= bit
        for known, fresh in (
            (self._taught, taught),
            (self._absent, absent),
            (self._rooms, taken),
            (self._people, seated),
        ):
            known.update(fresh)
        self._serial = next(_serials)

    def busy(self, engaged: Engaged, now: datetime) -> Busy:
        """Return what a family's table needs."""
        return Busy(
            now,
            self._first,
            self._taught,
            self._absent,
            self._rooms,
            self._people,
            engaged.talks,
            engaged.work,
            self._serial,
        )


def first_and_last(evenings: Sequence[EveningInfo]) -> tuple[int, int]:
    """Return the first and the last tick of these evenings, of which there is one at least."""
    return (
        min(ticks(e.slots[0].starts_at, e.slots[0].ends_at).start for e in evenings),
        max(ticks(e.slots[-1].starts_at, e.slots[-1].ends_at).stop - 1 for e in evenings),
    )
