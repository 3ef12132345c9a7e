"""The first plan: each talk is put where it costs least, one after another. Pure."""

from random import Random

from app.planner.layout import NOWHERE
from app.planner.state import State


def place_greedily(state: State, random: Random) -> None:
    """Put each request that has no place where it costs least, if the plan is better for it.

    Important talks come first, then those that are hard to fit: long ones, those of large families,
    and those of teachers who are asked for most. All talks of a family in a row land side by side.
    Ties are broken by lot, so that neither the order of asking nor an id decides.
    """
    layout, days = state.layout, state.layout.days
    waiting = [it for it in range(layout.requests) if state.place[it] < 0]
    demand = [0] * layout.teachers
    family = [0] * layout.parties
    for request in waiting:
        family[layout.party_of[request]] += 1
        for teacher in layout.teachers_of[request]:
            demand[teacher] += layout.length_of[request]
    scarcity = []
    for teacher, wanted in enumerate(demand):
        there = layout.line(layout.open_of[teacher * days : (teacher + 1) * days])
        scarcity.append(wanted / ((there & ~state.taken[teacher]).bit_count() + 1))
    lot = [random.random() for _party in range(layout.parties)]

    def order(request: int) -> tuple[float, ...]:
        party = layout.party_of[request]
        teachers = layout.teachers_of[request]
        return (
            -layout.problem.wanted[request].priority,
            -layout.length_of[request] * len(teachers),
            -family[party],
            lot[party],
            -max(scarcity[it] for it in teachers),
        )

    random.shuffle(waiting)
    for request in sorted(waiting, key=order):
        place = state.best(request, state.free(request))
        if place != NOWHERE:
            state.put(request, place)
