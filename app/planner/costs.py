"""What an evening of a family or of a teacher costs, remembered by its busy slots. Pure.

The search asks for the same few masks again and again: a dictionary answers in a tenth of the time
that counting takes. Both are emptied when they grow too large, which keeps a big school in memory.
"""

from collections.abc import Sequence

MOST_EVENINGS = 1 << 18
"""How many evenings of families are remembered, and how many of all teachers together."""


class WaitingCost(dict[int, int]):
    """Cost of waiting on an evening of a family, by the mask of slots in which it has a talk.

    A family waits in the slots between its first and last talk in which it has none.
    """

    def __init__(self, weight: int) -> None:
        super().__init__({0: 0})
        self._weight = weight

    def __missing__(self, mask: int) -> int:
        if len(self) >= MOST_EVENINGS:
            self.clear()
            self[0] = 0
        slots = mask.bit_length() - (mask & -mask).bit_length() + 1
        cost = self[mask] = self._weight * (slots - mask.bit_count())
        return cost


class TeacherCost(dict[int, int]):
    """Cost of gaps and long runs on an evening of a teacher, by the mask of busy slots.

    A gap is a slot between the first and last talk in which the teacher is there and has none. A run
    costs each slot beyond the wished length.
    """

    def __init__(self, open_: int, gap: int, excess: int, longest: int, most: int) -> None:
        super().__init__({0: 0})
        self._open = open_
        self._gap = gap
        self._excess = excess
        self._longest = longest
        self._most = most

    def __missing__(self, mask: int) -> int:
        if len(self) >= self._most:
            self.clear()
            self[0] = 0
        between = (1 << mask.bit_length()) - (mask & -mask)
        gaps = (between & self._open & ~mask).bit_count()
        # A bit stays where at least longest + 1 busy slots begin: as many as the run is too long.
        # Each shift doubles the length that is known to be busy.
        runs, known = mask, 1
        while known <= self._longest and runs:
            step = min(known, self._longest + 1 - known)
            runs &= runs >> step
            known += step
        cost = self[mask] = self._gap * gaps + self._excess * runs.bit_count()
        return cost


def teacher_costs(open_of: Sequence[int], gap: int, excess: int, longest: int) -> list[TeacherCost]:
    """Return the costs of each teacher's evenings; evenings with the same open slots share one."""
    most = max(32, MOST_EVENINGS // max(1, len(set(open_of))))
    shared = {it: TeacherCost(it, gap, excess, longest, most) for it in set(open_of)}
    return [shared[it] for it in open_of]
