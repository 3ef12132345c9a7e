"""Turn what was chosen in the matrix or its form into times of teachers. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from app.bookings.blocking import Span
from app.core.errors import NotFoundError
from app.rounds.info import EveningInfo


def of_cells(evening: EveningInfo, cells: Iterable[tuple[int, int]]) -> list[Span]:
    """Return the times of (teacher, slot) cells; consecutive slots become one time.

    Raises NotFoundError for a slot of another evening.
    """
    places = {slot.id: index for index, slot in enumerate(evening.slots)}
    chosen: dict[int, set[int]] = defaultdict(set)
    for teacher_id, slot_id in cells:
        if slot_id not in places:
            raise NotFoundError
        chosen[teacher_id].add(places[slot_id])
    spans = []
    for teacher_id, indexes in sorted(chosen.items()):
        in_order = sorted(indexes)
        first = in_order[0]
        for index, following in zip(in_order, [*in_order[1:], -1], strict=True):
            if following != index + 1:
                spans.append(_span(evening, teacher_id, first, index))
                first = following
    return spans


def of_range(evening: EveningInfo, teacher_id: int, first: int, last: int) -> Span:
    """Return the time from one slot to another, both included, in either order.

    Raises NotFoundError for a slot of another evening.
    """
    places = {slot.id: index for index, slot in enumerate(evening.slots)}
    if first not in places or last not in places:
        raise NotFoundError
    return _span(evening, teacher_id, *sorted((places[first], places[last])))


def of_evening(evening: EveningInfo, teacher_id: int) -> Span:
    """Return the whole evening as a time of one teacher."""
    return Span(teacher_id, evening.id, evening.starts_at, evening.ends_at)


def _span(evening: EveningInfo, teacher_id: int, first: int, last: int) -> Span:
    return Span(teacher_id, evening.id, evening.slots[first].starts_at, evening.slots[last].ends_at)
