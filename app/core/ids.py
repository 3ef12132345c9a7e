"""Ids in addresses."""

from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1
"""A larger number is no id of ours; both databases would stumble over it."""


class IdConverter(IntegerConverter):
    """A whole number that can be an id; any other address does not exist."""

    def __init__(self, map_: Map) -> None:
        """Know the largest one."""
        super().__init__(map_, max=LARGEST)


def id_of(value: str) -> int:
    """Return a number of a query string. Raises ValueError for what cannot be an id."""
    number = int(value)
    if not 0 < number <= LARGEST:
        raise ValueError(value)
    return number
