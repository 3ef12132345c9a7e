"""What an open table shows of each time, in two bits, so that a poll can tell what has changed.

The page sends it along: nothing needs to be remembered of what was told to whom.
"""

import base64
from collections.abc import Sequence
from dataclasses import replace

from app.bookings.cells import CellState, Mark, Own
from app.bookings.marks import DIGITS, shared_of, with_own
from app.family.table import Card, TeacherEvening

_LONGEST = 4096
_IN_FOURS = str.maketrans({f"{n:x}": f"{n // 4}{n % 4}" for n in range(16)})


def packed(cards: Sequence[Card]) -> str:
    """Return the states of all times of these cards, two bits each."""
    digits = "".join([on.digits for card in cards for on in card.evenings])
    number = int("1" + digits, 4)  # the 1 keeps zeros in front
    return base64.urlsafe_b64encode(number.to_bytes(len(digits) // 4 + 1)).decode()


def moved_since(text: str, cards: Sequence[Card]) -> list[tuple[int, Card, Card]] | None:
    """Return the cards that differ since ``packed`` returned this text: number, old and new one.

    None if it cannot be read. The family's own talks must be the same. Where one of them hid behind
    a time that now shows something else, the old card says ``ELSEWHERE``.
    """
    try:
        number = int.from_bytes(base64.urlsafe_b64decode(text[:_LONGEST]))
    except ValueError:
        return None
    digits = f"{number:x}".translate(_IN_FOURS).lstrip("0")[1:]
    if len(digits) != sum(len(on.digits) for card in cards for on in card.evenings):
        return None
    moved = []
    at = 0
    for place, card in enumerate(cards):
        evenings = []
        for on in card.evenings:
            its = digits[at : at + len(on.marks)]
            evenings.append(on if its == on.digits else _before(on, its))
            at += len(its)
        if any(before is not on for before, on in zip(evenings, card.evenings, strict=True)):
            moved.append((place, replace(card, evenings=tuple(evenings)), card))
    return moved


def _before(on: TeacherEvening, digits: str) -> TeacherEvening:
    given = [int(digit) for digit in digits]
    shared = shared_of([DIGITS[it] if it < len(DIGITS) else CellState.FREE for it in given])
    own: dict[int, Mark] = {
        index: mark if isinstance(mark, Own) or mark is CellState.WORK else CellState.ELSEWHERE
        for index, (it, mark) in enumerate(zip(given, on.marks, strict=True))
        if it == len(DIGITS)
    }
    marks = with_own(shared, own, on.times, on.near, on.taken.work)
    return replace(on, marks=marks, digits=digits)
