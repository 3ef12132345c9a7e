"""Ids in URLs."""

from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1
"""Larger numbers are never ids of ours, and both databases would raise on them."""


class IdConverter(IntegerConverter):
    """An integer that can be an id; any other URL does not exist."""

    def __init__(self, map_: Map) -> None:
        """Set the maximum."""
        super().__init__(map_, max=LARGEST)


def id_of(value: str) -> int:
    """Parse an id from a query string. Raises ValueError if it cannot be an id."""
    number = int(value)
    if not 0 < number <= LARGEST:
        raise ValueError(value)
    return number
