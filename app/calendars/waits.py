"""How long to wait before the next try, and before the next look for a link."""

import random
from collections.abc import Callable
from datetime import timedelta

from app.calendars.answers import LONGEST
from app.calendars.errors import Delayed
from app.config import Settings


def before_retry(
    attempt: int,
    fault: Delayed | None,
    settings: Settings,
    chance: Callable[[], float] = random.random,
) -> timedelta:
    """Return the wait after failure number ``attempt``, from 1 on.

    It doubles, between half and whole by chance, so that not all come back at once. What the
    provider asks for wins when it is longer.
    """
    steps = min(attempt - 1, 30)
    longest = min(
        settings.calendar_retry_max_seconds, settings.calendar_retry_base_seconds * 2**steps
    )
    asked = (fault and fault.retry_after) or 0
    return timedelta(seconds=max(longest * (0.5 + chance() / 2), asked))


def longest(settings: Settings) -> timedelta:
    """Return the longest wait that there is."""
    each = (LONGEST, settings.calendar_retry_max_seconds, *settings.poll_seconds)
    return timedelta(seconds=max(each))


def before_look(looks: int, settings: Settings) -> timedelta:
    """Return the wait for a link after so many looks."""
    waits = settings.poll_seconds
    return timedelta(seconds=waits[min(looks, len(waits) - 1)])
