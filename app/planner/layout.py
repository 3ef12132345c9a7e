"""A problem as whole numbers, laid out once for the search. Pure.

All days lie one after another on one line of cells. Between two days there is room for the longest
talk and the longest walk, so that no shift reaches into the next day. A place on the line is a whole
number; a set of places is an integer with a bit for each. Requests, teachers, families and days are
numbered from 0.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.planner.problem import Cell, Fixed, Problem, Unplanned

NOWHERE = -1
"""The place of a talk that has none."""
UNREACHABLE = -2
"""The place of a talk that was announced outside of the day as it is now."""


class Other(NamedTuple):
    """Another talk of the same family, seen from one that moves.

    The one that moves clashes if it begins less than ``after`` cells behind the start of the other,
    or less than ``before`` in front of it: both count the walk.
    """

    talk: int
    before: int
    after: int
    clash: int  # a bit for each start that clashes, from the first on


class Layout:
    """What does not change while a plan is made.

    Talks are numbered: requests first, in the problem's order, then bookings. ``starts`` and
    ``legal`` hold the places of a request that clash with nothing that stays.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.weights = problem.weights
        seats, wanted = problem.seats, problem.wanted
        party_number = {it.id: number for number, it in enumerate(problem.parties)}
        seat_number = {it.id: number for number, it in enumerate(seats)}
        # A walk of a whole evening is as good as a longer one, and keeps the line short.
        longest_day = max(it.slots for it in problem.days)
        walks = {
            (one, other): min(problem.walk(seats[one], seats[other]), longest_day)
            for one, other in _meetings(problem, seat_number)
        }
        walk = max(walks.values(), default=0)
        self.days = len(problem.days)
        talks: list[Unplanned | Fixed] = [*wanted, *problem.fixed]
        longest = max((it.length for it in talks), default=1)
        self.margin = walk + longest
        self.width = longest_day + self.margin
        self.cells = self.margin + self.days * self.width
        self.first_cell = {
            it.id: self.margin + number * self.width for number, it in enumerate(problem.days)
        }
        self.day_of = [max(0, it - self.margin) // self.width for it in range(self.cells)]
        self._slot_of = [max(0, it - self.margin) % self.width for it in range(self.cells)]
        # The bits of a talk within its day and on the line, by its length and where it begins.
        lengths = range(longest + 1)
        self.bits = [[((1 << length) - 1) << slot for slot in self._slot_of] for length in lengths]
        self.line_bits = [
            [((1 << length) - 1) << place for place in range(self.cells)] for length in lengths
        ]

        self.requests = len(wanted)
        self.teachers = len(seats)
        self.parties = len(party_number)
        self.party_of = [party_number[it.party] for it in talks]
        self.teachers_of = [tuple(seat_number[name] for name in it.teachers) for it in talks]
        self.length_of = [it.length for it in talks]
        self.home_of = [self._home(it.announced, it.length) for it in wanted]
        self.fixed_at = [self.place(it.cell) for it in problem.fixed]
        # What a request costs without a place, and away from the place that was announced.
        self.price_of = [
            it.priority * self.weights.unplaced_per_priority
            + (self.weights.announced_dropped if it.announced else 0)
            for it in wanted
        ]
        self.moved_of = [self.weights.announced_moved if it.announced else 0 for it in wanted]

        within = [((1 << it.slots) - 1) for it in problem.days]
        self.open_of = self._masks(within, (it.away for it in seats))
        self.others_of = self._others(walks)
        # What bookings take: of teachers on the line and by day, of families by day.
        self.taken = [0] * self.teachers
        self.teacher_booked = [0] * (self.teachers * self.days)
        self.party_booked = [0] * (self.parties * self.days)
        for talk, place in enumerate(self.fixed_at, start=self.requests):
            day, bits = self.day_of[place], self.bits[self.length_of[talk]][place]
            self.party_booked[self.party_of[talk] * self.days + day] |= bits
            for teacher in self.teachers_of[talk]:
                self.teacher_booked[teacher * self.days + day] |= bits
                self.taken[teacher] |= bits << (place - self._slot_of[place])
        family_open = self._masks(within, (it.away for it in problem.parties))
        self.allowed = [self._allowed(request, family_open) for request in range(self.requests)]
        self.legal = [self._legal(request) for request in range(self.requests)]
        shared = list(range(self.cells))  # one object for each number, whatever the cells
        self.starts = [tuple(shared[it] for it in places(legal)) for legal in self.legal]

    def cell(self, place: int) -> Cell:
        """Return the day and the slot of a place on the line."""
        return self.problem.days[self.day_of[place]].id, self._slot_of[place]

    def line(self, by_day: Sequence[int]) -> int:
        """Return the masks of all days as one mask of the line."""
        line = 0
        for day, mask in enumerate(by_day):
            line |= mask << (self.margin + day * self.width)
        return line

    def fits(self, request: int, free: int) -> int:
        """Return the places at which a whole talk lies within these cells."""
        starts = free
        for shift in range(1, self.length_of[request]):
            starts &= free >> shift
        return starts

    def clashes(self, request: int, other: Other, place: int) -> int:
        """Return the places of a request that are too near to another talk of its family."""
        return other.clash << (place - other.before + 1)

    def place(self, cell: Cell) -> int:
        """Return the place of a cell on the line."""
        return self.first_cell[cell[0]] + cell[1]

    def _home(self, announced: Cell | None, length: int) -> int:
        if announced is None:
            return NOWHERE
        slots = {it.id: it.slots for it in self.problem.days}[announced[0]]
        return self.place(announced) if announced[1] + length <= slots else UNREACHABLE

    def _masks(self, within: Sequence[int], away: Iterable[Iterable[Cell]]) -> list[int]:
        """Return the slots of each day in which somebody is there: by person, then by day."""
        number = {it.id: day for day, it in enumerate(self.problem.days)}
        masks = []
        for cells in away:
            days = list(within)
            for day, slot in cells:
                days[number[day]] &= ~(1 << slot)
            masks += days
        return masks

    def _others(self, walks: dict[tuple[int, int], int]) -> list[tuple[Other, ...]]:
        """Return the other talks of its family for each request, bookings too."""
        of_party: list[list[int]] = [[] for _party in range(self.parties)]
        for talk, party in enumerate(self.party_of):
            of_party[party].append(talk)
        room = [it[0] for it in self.teachers_of]
        found = []
        for request in range(self.requests):
            others = []
            for talk in of_party[self.party_of[request]]:
                if talk != request:
                    walk = walks[room[request], room[talk]]
                    before = self.length_of[request] + walk
                    after = self.length_of[talk] + walk
                    others.append(Other(talk, before, after, (1 << (before + after - 1)) - 1))
            found.append(tuple(others))
        return found

    def _allowed(self, request: int, family_open: Sequence[int]) -> int:
        """Return the places at which both are there, whatever is booked."""
        days, party = self.days, self.party_of[request]
        free = self.line(family_open[party * days : (party + 1) * days])
        for teacher in self.teachers_of[request]:
            free &= self.line(self.open_of[teacher * days : (teacher + 1) * days])
        return self.fits(request, free)

    def _legal(self, request: int) -> int:
        free = self.allowed[request]
        for teacher in self.teachers_of[request]:
            free &= self.fits(request, ~self.taken[teacher])
        for other in self.others_of[request]:
            if other.talk >= self.requests:
                place = self.fixed_at[other.talk - self.requests]
                free &= ~self.clashes(request, other, place)
        return free


def places(mask: int) -> list[int]:
    """Return the bits of a mask, the lowest first."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _meetings(problem: Problem, seat_number: dict[str, int]) -> set[tuple[int, int]]:
    """Return the pairs of first teachers that a family has talks with."""
    rooms: dict[str, set[int]] = {}
    talks: list[Unplanned | Fixed] = [*problem.wanted, *problem.fixed]
    for it in talks:
        rooms.setdefault(it.party, set()).add(seat_number[it.teachers[0]])
    return {(one, other) for met in rooms.values() for one in met for other in met}
