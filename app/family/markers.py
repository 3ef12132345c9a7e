"""What an open table shows of each time, in two bits, so that a poll can tell what has changed.

The page sends it along: nothing needs to be remembered of what was told to whom.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.bookings.cells import CellState, Mark, Own, State, with_walking
from app.family.table import DIGITS, Card, TeacherEvening

_LONGEST = 4096


def packed(cards: Sequence[Card]) -> str:
    """Return the states of all times of these cards, two bits each."""
    digits = "".join([on.digits for card in cards for on in card.evenings])
    number = int("1" + digits, 4)  # the 1 keeps zeros in front
    return base64.urlsafe_b64encode(number.to_bytes(len(digits) // 4 + 1)).decode()


def cards_before(text: str, cards: Sequence[Card]) -> list[Card] | None:
    """Return the cards as they were when ``packed`` returned this text; None if it cannot be read.

    The family's own talks must be the same. Where one of them hid behind a time that now shows
    something else, the old card says ``ELSEWHERE``.
    """
    try:
        number = int.from_bytes(base64.urlsafe_b64decode(text[:_LONGEST]))
    except ValueError:
        return None
    size = sum(len(on.marks) for card in cards for on in card.evenings)
    if number.bit_length() != 2 * size + 1:
        return None
    bits = f"{number:b}"[1:]
    digits = iter([int(bits[at : at + 2], 2) for at in range(0, 2 * size, 2)])
    return [
        replace(card, evenings=tuple(_before(on, digits) for on in card.evenings)) for card in cards
    ]


def _before(on: TeacherEvening, digits: Iterator[int]) -> TeacherEvening:
    states = [_state(next(digits), mark) for mark in on.marks]
    return replace(on, marks=with_walking(states, on.times, on.near))


def _state(digit: int, mark: Mark) -> State:
    if digit < len(DIGITS):
        return list(DIGITS)[digit]
    return mark if isinstance(mark, Own) else CellState.ELSEWHERE
