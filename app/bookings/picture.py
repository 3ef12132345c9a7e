"""When the teachers of a round are busy, as each process remembers it.

In the first minutes everybody asks for nearly the same: the process looks four times a second
which teachers' revisions have moved, and reads the claims of these teachers alone. A picture can be
too old by that, or by a second where others wait for the look. Then it offers what is gone, and the
claims refuse it; nothing else depends on it.
"""

import math
import time
from collections.abc import Sequence
from threading import Lock

from sqlalchemy import select

from app.bookings.seen import Seen
from app.core import compiled
from app.core.memory import Memory
from app.rounds.info import EveningInfo, RoundInfo
from app.school.models import Person, Teacher

LOOK_EVERY = 0.25  # seconds
OLDEST = 1.0  # seconds; a process that nobody asked for a while looks before it answers

# Read before the claims, never after: claims may be newer than the revision, which then moves.
_REVISIONS = select(Teacher.id, Teacher.person_id, Person.revision).join(
    Person, Person.id == Teacher.person_id
)


class Picture:
    """Ticks at which all teachers are busy during the evenings of a round, and no names."""

    def __init__(self, evenings: Sequence[EveningInfo]) -> None:
        """Prepare a picture of these evenings, of which there is one at least."""
        self._seen = Seen(evenings)
        self._rooms: dict[int, set[int]] = {}
        for evening in evenings:
            for teacher, room in evening.rooms.items():
                if room.exclusive:
                    self._rooms.setdefault(teacher, set()).add(room.id)
        self._revisions: dict[int, int] = {}
        self._looked_at = -math.inf
        self._lock = Lock()

    def now(self, *, afresh: bool) -> Seen:
        """Return the picture as it was ``LOOK_EVERY`` ago at most; ``afresh``: as it is now.

        While one thread looks, the others take what is there, unless that is older than ``OLDEST``.
        """
        called_at = time.monotonic()
        age = called_at - self._looked_at
        if afresh or age >= LOOK_EVERY:
            must = afresh or age >= OLDEST
            if self._lock.acquire(blocking=must):
                try:
                    # Another thread may have looked while this one waited.
                    if self._looked_at <= (called_at if afresh else called_at - LOOK_EVERY):
                        self._look()
                finally:
                    self._lock.release()
        return self._seen

    def _look(self) -> None:
        began_at = time.monotonic()
        known = self._revisions
        moved = [row for row in compiled.look(_REVISIONS) if known.get(row[0]) != row[2]]
        if moved:
            teachers, people, revisions = zip(*moved, strict=True)
            rooms = set[int]().union(*(self._rooms.get(teacher, ()) for teacher in teachers))
            self._seen.read(teachers, people, sorted(rooms))
            known.update(zip(teachers, revisions, strict=True))
        self._looked_at = began_at


_PICTURES: Memory[str, Picture] = Memory(16)
_making = Lock()


def picture_of(round_: RoundInfo, evenings: Sequence[EveningInfo]) -> Picture:
    """Return the process's picture of a round; changed times or rooms make a new one."""
    picture = _PICTURES.get(round_.times_key)
    if picture is None:
        with _making:
            picture = _PICTURES.get(round_.times_key)
            if picture is None:
                picture = Picture(evenings)
                _PICTURES.put(round_.times_key, picture)
    return picture
