"""The only module that reads the clock."""

from datetime import UTC, datetime

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Valid years of a date in a form; years 1 and 9999 overflow in some time zones."""


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
