"""A plan in progress: always valid, its cost always known. Pure."""

from app.planner.costs import WaitingCost, teacher_costs
from app.planner.layout import NOWHERE, Layout, places


class State:
    """Where each talk is, and what follows from that.

    ``put`` and ``take`` keep all of it up to date; whoever calls ``put`` has made sure that the place
    is free. Evenings are indexed by who it is times the number of days, plus the day.
    """

    __slots__ = (
        "cost",
        "desk",
        "evenings",
        "layout",
        "party_mask",
        "place",
        "taken",
        "teacher_cost",
        "teacher_mask",
        "waiting",
    )

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        weights = layout.weights
        self.place = [NOWHERE] * layout.requests + layout.fixed_at
        self.desk = [[NOWHERE] * layout.cells for _teacher in range(layout.teachers)]
        """The request that a teacher has in a cell. Bookings are not in it: no place is free there."""
        self.taken = list(layout.taken)
        self.party_mask = list(layout.party_booked)
        self.teacher_mask = list(layout.teacher_booked)
        self.evenings = [
            sum(1 for mask in self.party_mask[first : first + layout.days] if mask)
            for first in range(0, len(self.party_mask), layout.days)
        ]
        self.waiting = WaitingCost(weights.waiting_per_slot)
        self.teacher_cost = teacher_costs(
            layout.open_of,
            weights.teacher_gap_per_slot,
            weights.teacher_run_excess_per_slot,
            layout.problem.busy_slots_before_break,
        )
        self.cost = (
            sum(layout.price_of)
            + sum(self.waiting[mask] for mask in self.party_mask)
            + weights.extra_evening * sum(it - 1 for it in self.evenings if it)
            + sum(
                cost[mask] for cost, mask in zip(self.teacher_cost, self.teacher_mask, strict=True)
            )
        )

    def put(self, request: int, place: int) -> None:
        """Give a request without a place this one, which must be free."""
        layout, waiting = self.layout, self.waiting
        days, day = layout.days, layout.day_of[place]
        length = layout.length_of[request]
        bits = layout.bits[length][place]
        party = layout.party_of[request]
        evening = party * days + day
        old = self.party_mask[evening]
        self.party_mask[evening] = new = old | bits
        change = waiting[new] - waiting[old] - layout.price_of[request]
        if not old:
            if self.evenings[party]:
                change += layout.weights.extra_evening
            self.evenings[party] += 1
        if place != layout.home_of[request]:
            change += layout.moved_of[request]
        for teacher in layout.teachers_of[request]:
            evening = teacher * days + day
            cost, old = self.teacher_cost[evening], self.teacher_mask[evening]
            self.teacher_mask[evening] = new = old | bits
            change += cost[new] - cost[old]
            self.taken[teacher] ^= layout.line_bits[length][place]
            desk = self.desk[teacher]
            for cell in range(place, place + length):
                desk[cell] = request
        self.place[request] = place
        self.cost += change

    def take(self, request: int) -> int:
        """Take a request from its place, which is returned."""
        layout, waiting = self.layout, self.waiting
        place = self.place[request]
        days, day = layout.days, layout.day_of[place]
        length = layout.length_of[request]
        bits = layout.bits[length][place]
        party = layout.party_of[request]
        evening = party * days + day
        old = self.party_mask[evening]
        self.party_mask[evening] = new = old ^ bits
        change = waiting[new] - waiting[old] + layout.price_of[request]
        if not new:
            self.evenings[party] -= 1
            if self.evenings[party]:
                change -= layout.weights.extra_evening
        if place != layout.home_of[request]:
            change -= layout.moved_of[request]
        for teacher in layout.teachers_of[request]:
            evening = teacher * days + day
            cost, old = self.teacher_cost[evening], self.teacher_mask[evening]
            self.teacher_mask[evening] = new = old ^ bits
            change += cost[new] - cost[old]
            self.taken[teacher] ^= layout.line_bits[length][place]
            desk = self.desk[teacher]
            for cell in range(place, place + length):
                desk[cell] = NOWHERE
        self.place[request] = NOWHERE
        self.cost += change
        return place

    def price(self, request: int, place: int) -> int:
        """Return what ``put`` would add to the cost."""
        layout, waiting = self.layout, self.waiting
        days, day = layout.days, layout.day_of[place]
        bits = layout.bits[layout.length_of[request]][place]
        party = layout.party_of[request]
        old = self.party_mask[party * days + day]
        change = waiting[old | bits] - waiting[old] - layout.price_of[request]
        if not old and self.evenings[party]:
            change += layout.weights.extra_evening
        if place != layout.home_of[request]:
            change += layout.moved_of[request]
        for teacher in layout.teachers_of[request]:
            evening = teacher * days + day
            cost, old = self.teacher_cost[evening], self.teacher_mask[evening]
            change += cost[old | bits] - cost[old]
        return change

    def free(self, request: int) -> int:
        """Return the places that a request could have, each a bit; it must have none."""
        layout = self.layout
        found = layout.legal[request]
        length = layout.length_of[request]
        for teacher in layout.teachers_of[request]:
            taken = self.taken[teacher]
            for shift in range(length):
                found &= ~(taken >> shift)
        if found:
            for talk, before, _after, clash in layout.others_of[request]:
                place = self.place[talk]
                if place >= 0:
                    found &= ~(clash << (place - before + 1))
        return found

    def best(self, request: int, free: int) -> int:
        """Return which of these places costs least, the earliest of several.

        NOWHERE if there is none, or if the plan would cost more with it than without.
        """
        best, least = NOWHERE, 0
        for place in places(free):
            price = self.price(request, place)
            if price < least:
                best, least = place, price
        return best

    def blockers(self, request: int, place: int) -> set[int]:
        """Return the requests that keep a request from a legal place; its own place does not count."""
        layout = self.layout
        found = set()
        for teacher in layout.teachers_of[request]:
            found.update(self.desk[teacher][place : place + layout.length_of[request]])
        for talk, before, after, _clash in layout.others_of[request]:
            if self.place[talk] >= 0 and -after < self.place[talk] - place < before:
                found.add(talk)
        found -= {NOWHERE, request}
        return found

    def restore(self, kept: list[int]) -> None:
        """Return to these places of all requests."""
        changed = [it for it, place in enumerate(kept) if place != self.place[it]]
        for request in changed:
            if self.place[request] >= 0:
                self.take(request)
        for request in changed:
            if kept[request] >= 0:
                self.put(request, kept[request])
