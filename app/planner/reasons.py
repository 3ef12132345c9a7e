"""Why a talk has no place, read from the finished plan. Pure."""

from app.planner.plan import NotPlaced
from app.planner.state import State


def why_not(state: State, request: int) -> NotPlaced:
    """Return why a request without a place has none.

    Only what holds for each of its possible times is a reason: where the teacher is taken at some
    of them and the family at the others, another plan might have found a place. Bookings take times
    as talks of the plan do: a teacher who has no other times left is full.
    """
    layout = state.layout
    common = layout.allowed[request]
    if not common:
        return NotPlaced.NO_COMMON_TIME
    at_teachers = common
    for teacher in layout.teachers_of[request]:
        at_teachers &= layout.fits(request, ~state.taken[teacher])
    if not at_teachers:
        return NotPlaced.TEACHER_FULL
    in_family = common
    for other in layout.others_of[request]:
        if state.place[other.talk] >= 0:
            in_family &= ~layout.clashes(request, other, state.place[other.talk])
    if not in_family:
        return NotPlaced.HOUSEHOLD_FULL
    return NotPlaced.NOT_FOUND
