"""The only place that asks what time it is."""

from datetime import UTC, datetime

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Of a date that somebody fills in; those of 1 and 9999 have no place in any time zone."""


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)
