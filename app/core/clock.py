"""The only module that reads the clock."""

from datetime import UTC, datetime, timedelta

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Valid years of a date in a form; years 1 and 9999 overflow in some time zones."""

STEP = timedelta(minutes=1)
"""A moment further ahead than this was written before the clock was put back, or put right."""


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
