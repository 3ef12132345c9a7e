"""Improve a plan by many small changes, also for the worse as long as it is hot. Pure.

A talk moves to another place; whoever has that place moves on. A change that costs more is accepted
with a probability that sinks with the temperature (Metropolis). The number that decides is drawn
first: then most changes are refused before anything is touched.
"""

from math import log
from random import Random

from app.planner.ejection import Ejection
from app.planner.layout import NOWHERE
from app.planner.state import State

HOTTEST, COOLEST_START, COLD = 300.0, 25.0, 1.5
"""Temperatures: of the start at most and at least, and of the end. Ten is a slot of waiting."""
MOVES_PER_DEGREE = 200
"""How many moves a talk must have for each degree of the start.

A hot start ends in better plans, if there is time to cool slowly, and in worse ones if there is not.
"""
FROM_UNPLACED = 1 / 16
"""How often a talk is picked that has no place."""
CALM = 0.6
"""How often a talk is left alone whose family could not be better off."""
BESIDE = 0.8
"""How often a talk goes beside another one of its family, bookings included; otherwise anywhere."""
HOME = 0.4
"""How often a talk that was announced elsewhere goes back there, before anything else."""
MOST_RIVALS = 2
RELIEF = 4
"""Slots of waiting that a rival's family gains at most, but for rare cases: those moves are lost."""


class Annealing:
    """Changes of one plan. ``run`` may be called again and again, each time a little colder."""

    def __init__(self, state: State, random: Random) -> None:
        layout = state.layout
        self.movable = [it for it, legal in enumerate(layout.legal) if legal]
        """The requests that fit anywhere at all."""
        self._state = state
        self._random = random
        self._ejection = Ejection(state, random)
        weights = layout.weights
        self._degree = max(weights.waiting_per_slot, weights.extra_evening / 6, 1) / 10
        self._gain = self._ejection.slack + RELIEF * weights.waiting_per_slot
        # May hold some that have found a place since; those go when they are picked.
        self._unplaced = [it for it in self.movable if state.place[it] < 0]
        self._legal = [
            bytes(legal >> place & 1 for place in range(layout.cells)) for legal in layout.legal
        ]
        self._bits_of = [layout.bits[it] for it in layout.length_of]
        self._base_of = [it * layout.days for it in layout.party_of]
        self._near_of = [self._near(it) for it in range(layout.requests)]
        self._is_single = [
            layout.length_of[it] == 1 and len(layout.teachers_of[it]) == 1
            for it in range(layout.requests)
        ]
        self._desk_of = [state.desk[layout.teachers_of[it][0]] for it in range(layout.requests)]

    def temperature(self, used: float, moves: float) -> float:
        """Return the temperature when this share of the moves, 0 to 1, of so many in all is used."""
        degrees = moves / max(1, len(self.movable)) / MOVES_PER_DEGREE
        hot = min(HOTTEST, max(COOLEST_START, degrees))
        return float(self._degree * hot * (COLD / hot) ** used)

    def run(self, moves: int, temperature: float) -> None:  # noqa: PLR0915  (calls would cost more)
        """Try so many changes at this temperature."""
        # Some hundred thousand rounds a second: what is read in each has a local name.
        state, layout, random = self._state, self._state.layout, self._random.random
        movable, unplaced, count = self.movable, self._unplaced, len(self.movable)
        place, party_mask, evenings = state.place, state.party_mask, state.evenings
        waiting, day_of, party_of = state.waiting, layout.day_of, layout.party_of
        home_of, moved_of, price_of = layout.home_of, layout.moved_of, layout.price_of
        starts, others_of, legal = layout.starts, layout.others_of, self._legal
        bits_of, base_of, near_of = self._bits_of, self._base_of, self._near_of
        is_single, desk_of = self._is_single, self._desk_of
        exchange, extra = self._ejection.exchange, layout.weights.extra_evening
        slack, gain = self._ejection.slack, self._gain

        for _move in range(moves):
            # Which talk.
            if unplaced and random() < FROM_UNPLACED:
                number = int(random() * len(unplaced))
                request = unplaced[number]
                if place[request] >= 0:
                    unplaced[number] = unplaced[-1]
                    unplaced.pop()
                    continue
            else:
                request = movable[int(random() * count)]
            here = place[request]
            base, party = base_of[request], party_of[request]
            home = home_of[request]
            if (
                here >= 0
                and evenings[party] == 1
                and not waiting[party_mask[base + day_of[here]]]
                and (here == home or not moved_of[request])
                and random() < CALM
            ):
                continue

            # Where to.
            there = NOWHERE
            if 0 <= home != here and random() < HOME:
                there = home
            elif (lot := random()) < BESIDE:
                others = others_of[request]
                if others:
                    lot *= len(others) / BESIDE
                    number = int(lot)
                    talk, before, after, _clash = others[number]
                    there = place[talk]
                    if there >= 0:
                        there += after if lot - number < 0.5 else -before
            if there < 0:
                options = starts[request]
                there = options[int(random() * len(options))]
            if there == here or not legal[request][there]:
                continue

            # What its family gains or loses.
            bits = bits_of[request]
            slots, day = bits[there], day_of[there]
            old = party_mask[base + day]
            if here < 0:
                rest = old
                own = waiting[old | slots] - waiting[old] - price_of[request]
                if not old and evenings[party]:
                    own += extra
                if there != home:
                    own += moved_of[request]
            elif day_of[here] == day:
                rest = old ^ bits[here]
                own = waiting[rest | slots] - waiting[old]
            else:
                rest = old
                was = party_mask[base + day_of[here]]
                left = was ^ bits[here]
                own = waiting[old | slots] - waiting[old] + waiting[left] - waiting[was]
                if not old:
                    own += extra
                if not left:
                    own -= extra
            if here >= 0:
                if there == home:
                    own -= moved_of[request]
                elif here == home:
                    own += moved_of[request]
            threshold = -temperature * log(1.0 - random())
            if own - gain > threshold:
                continue
            # Another talk of the family in the way: a place beside it will do as well.
            if rest & near_of[request][there] and self._clashes(request, there):
                continue

            # Who else is in the way.
            if is_single[request]:
                rival = desk_of[request][there]
                if rival >= 0 and is_single[rival]:
                    change, target = exchange(request, here, there, rival, threshold - own)
                    if own + change <= threshold:
                        if here >= 0:
                            state.take(request)
                        state.take(rival)
                        state.put(request, there)
                        if target >= 0:
                            state.put(rival, target)
                        else:
                            unplaced.append(rival)
                    continue
                rivals = {rival} if rival >= 0 else set()
            else:
                rivals = self._rivals(request, there)
            if not rivals:
                if own + self._teachers(request, here, there) <= threshold:
                    if here >= 0:
                        state.take(request)
                    state.put(request, there)
            elif len(rivals) <= MOST_RIVALS:
                relief = sum(self._ejection.relief(rival) for rival in rivals)
                if own + relief - slack <= threshold:
                    unplaced += self._ejection.eject(request, there, rivals, threshold) or ()

    def _near(self, request: int) -> list[int]:
        """Return by place in which slots another talk of the family may be too near.

        That is with the longest walk between two of them, which is exact enough for a first look.
        """
        layout = self._state.layout
        length = layout.length_of[request]
        walk = max((it.before - length for it in layout.others_of[request]), default=0)
        bits = layout.bits[length]
        if not walk:
            return bits
        wide = (1 << (length + 2 * walk)) - 1
        return [wide << (it.bit_length() - length) >> walk for it in bits]

    def _clashes(self, request: int, there: int) -> bool:
        place = self._state.place
        for talk, before, after, _clash in self._state.layout.others_of[request]:
            at = place[talk]
            if at >= 0 and -after < at - there < before:
                return True
        return False

    def _rivals(self, request: int, there: int) -> set[int]:
        """Return the talks of its teachers that are in the way."""
        layout, desk = self._state.layout, self._state.desk
        found: set[int] = set()
        until = there + layout.length_of[request]
        for teacher in layout.teachers_of[request]:
            found.update(desk[teacher][there:until])
        found -= {NOWHERE, request}
        return found

    def _teachers(self, request: int, here: int, there: int) -> int:
        """Return what changes for the teachers if a request moves to a free place."""
        state, layout = self._state, self._state.layout
        bits = self._bits_of[request]
        day, change = layout.day_of[there], 0
        for teacher in layout.teachers_of[request]:
            first = teacher * layout.days
            cost, old = state.teacher_cost[first + day], state.teacher_mask[first + day]
            new = old
            if here >= 0:
                here_day = layout.day_of[here]
                if here_day == day:
                    new ^= bits[here]
                else:
                    was = state.teacher_mask[first + here_day]
                    its = state.teacher_cost[first + here_day]
                    change += its[was ^ bits[here]] - its[was]
            change += cost[new | bits[there]] - cost[old]
        return change
