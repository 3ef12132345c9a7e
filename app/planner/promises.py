"""Keep what families were told: a talk that was announced stands, unless its place is gone. Pure."""

from collections.abc import Iterable

from app.planner.layout import NOWHERE
from app.planner.state import State


def keep_announced(state: State, among: Iterable[int] | None = None) -> list[int]:
    """Put back each announced talk whose place is still legal, and return these requests.

    All of them, or those among these requests, which have no place.

    Two can only be in each other's way if the file comes from elsewhere: the one that weighs more
    stays.
    """
    layout = state.layout
    requests = range(layout.requests) if among is None else among
    announced = [it for it in requests if layout.home_of[it] >= 0]
    announced.sort(key=lambda it: -layout.price_of[it])
    kept = []
    for request in announced:
        home = layout.home_of[request]
        if state.free(request) >> home & 1:
            state.put(request, home)
            kept.append(request)
    return kept


def all_kept(state: State, kept: list[int]) -> bool:
    """Return whether all of these requests have a place."""
    place = state.place
    return all(place[it] >= 0 for it in kept)


def take_back(state: State, kept: list[int]) -> None:
    """Give each of these requests a place that has none: a free one, or else its own.

    The weights alone would drop a long talk for three short ones of importance, and the search needs
    that way through. Whoever is in the way looks for another place. It ends, because places in which
    all of them stood at once are never in each other's way.
    """
    promised = set(kept)
    homeless = [it for it in kept if state.place[it] < 0]
    while homeless:
        request = homeless.pop()
        place = state.best(request, state.free(request))
        if place == NOWHERE:
            place = state.layout.home_of[request]
            evicted = state.blockers(request, place)
            for blocker in evicted:
                state.take(blocker)
            state.put(request, place)
            for blocker in sorted(evicted - promised):
                if (other := state.best(blocker, state.free(blocker))) != NOWHERE:
                    state.put(blocker, other)
            homeless += sorted(evicted & promised)
        else:
            state.put(request, place)
