"""Give a talk the place of another, and that one a new place: what it costs, and doing it. Pure."""

from collections.abc import Collection
from random import Random

from app.planner.layout import NOWHERE
from app.planner.state import State

MOST = 8
"""With so many free places a talk that loses its own looks at all of them, else at some."""
SOME = 5
"""How many of them by lot, beside the place that was left for it and the one announced."""


class Ejection:
    """Changes of one talk that force one or two others out."""

    def __init__(self, state: State, random: Random) -> None:
        self._state = state
        self._random = random
        self._bits = state.layout.bits[1]
        weights = state.layout.weights
        self.slack = 1 + 2 * (weights.teacher_gap_per_slot + weights.teacher_run_excess_per_slot)
        """What the evenings of teachers gain by a change, about: they are looked at last."""
        self._line_bits = state.layout.line_bits[1]

    def exchange(  # noqa: PLR0915  (calls would cost more)
        self, request: int, here: int, there: int, rival: int, budget: float
    ) -> tuple[float, int]:
        """Return what it changes if a request moves from here to there, and where the rival goes.

        Both take one slot of one teacher, the same, and are of two families. The cost is that of the
        teacher and of the rival's family; the request's own is left out. Nothing is changed. A cost
        above the budget may be too low, and its place unknown: it is refused anyway.
        """
        state = self._state
        layout = state.layout
        place, waiting, day_of = state.place, state.waiting, layout.day_of
        slot_bits, line_bits = self._bits, self._line_bits
        # The rival's family without it.
        day = day_of[there]
        party = layout.party_of[rival]
        base = party * layout.days
        family = state.party_mask
        full = family[base + day]
        without = full ^ slot_bits[there]
        change = waiting[without] - waiting[full]
        evenings = state.evenings[party]
        extra = layout.weights.extra_evening
        if not without:
            evenings -= 1
            if evenings:
                change -= extra
        if not evenings:
            extra = 0
        home, moved = layout.home_of[rival], layout.moved_of[rival]
        if there != home:
            change -= moved
        if change - waiting[without] - self.slack > budget:
            return change, NOWHERE
        # The places that are free for the rival once the request has moved.
        (teacher,) = layout.teachers_of[rival]
        taken = state.taken[teacher]
        first = teacher * layout.days
        busy, costs = state.teacher_mask, state.teacher_cost
        here_day = NOWHERE
        if here >= 0:
            taken ^= line_bits[here]
            here_day = day_of[here]
            old = busy[first + here_day]
            here_busy = old ^ slot_bits[here]
            cost = costs[first + here_day]
            change += cost[here_busy] - cost[old]
        least, best = layout.price_of[rival], NOWHERE
        free = layout.legal[rival] & ~taken
        if free:
            for talk, before, _after, clash in layout.others_of[rival]:
                other = place[talk]
                if other >= 0:
                    free &= ~(clash << (other - before + 1))
            if free.bit_count() > MOST:
                free = self._some(free, here, home)
        while free:
            low = free & -free
            free ^= low
            option = low.bit_length() - 1
            on = day_of[option]
            slot = slot_bits[option]
            old = without if on == day else family[base + on]
            price = waiting[old | slot] - waiting[old]
            if not old:
                price += extra
            if option != home:
                price += moved
            if price < least:
                old = here_busy if on == here_day else busy[first + on]
                cost = costs[first + on]
                price += cost[old | slot] - cost[old]
                if price < least:
                    best, least = option, price
        return change + least, best

    def eject(
        self, request: int, there: int, rivals: Collection[int], threshold: float
    ) -> list[int] | None:
        """Move a request to a place that others have, and these to the best that is left.

        Return those that found none. If the cost rises by more than the threshold all is as before,
        and None is returned.
        """
        state = self._state
        before = state.cost
        here = state.place[request]
        if here >= 0:
            state.take(request)
        ejected = [(rival, state.take(rival)) for rival in rivals]
        state.put(request, there)
        for rival, _place in ejected:
            target = self._target(rival, here)
            if target != NOWHERE:
                state.put(rival, target)
        if state.cost - before <= threshold:
            return [rival for rival, _place in ejected if state.place[rival] < 0]
        for rival, _place in ejected:
            if state.place[rival] >= 0:
                state.take(rival)
        state.take(request)
        for rival, place in ejected:
            state.put(rival, place)
        if here >= 0:
            state.put(request, here)
        return None

    def relief(self, rival: int) -> int:
        """Return what its family saves at most if a talk leaves its place, 0 or less."""
        state = self._state
        layout = state.layout
        place = state.place[rival]
        party = layout.party_of[rival]
        full = state.party_mask[party * layout.days + layout.day_of[place]]
        left = full ^ layout.bits[layout.length_of[rival]][place]
        change = state.waiting[left] - state.waiting[full]
        if not left and state.evenings[party] > 1:
            change -= layout.weights.extra_evening
        if place != layout.home_of[rival]:
            change -= layout.moved_of[rival]
        return min(0, change)

    def _target(self, request: int, here: int) -> int:
        state = self._state
        free = state.free(request)
        if free.bit_count() > MOST:
            free = self._some(free, here, state.layout.home_of[request])
        return state.best(request, free)

    def _some(self, free: int, here: int, home: int) -> int:
        """Return some of many places: what the other talk left, home, and a few by lot."""
        kept = 0
        for place in (here, home):
            if place >= 0:
                kept |= free & self._line_bits[place]
        turn = int(self._random.random() * self._state.layout.cells)
        rest = free >> turn << turn
        for _number in range(SOME):
            if not rest:
                rest = free
            low = rest & -rest
            kept |= low
            rest ^= low
        return kept
