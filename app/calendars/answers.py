"""What answers of both providers have in common."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from app.calendars.errors import Delayed

LONGEST = 3600.0  # seconds; whoever asks for more is asked again after an hour
BUSY = frozenset({408, 409, 412, 423, 425, 429})
"""Answers after which a later try may succeed; so may one after 3xx and 5xx."""


def is_busy(status: int) -> bool:
    """Return whether an answer of this status says nothing about the request itself."""
    return status in BUSY or status >= 500 or status < 400


def seconds_to_wait(header: str | None, *, now: datetime) -> float | None:
    """Return what a Retry-After header asks for: a number of seconds, or a date."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (moment.astimezone(UTC) - now).total_seconds()
    return min(seconds, LONGEST) if seconds > 0 else None


def log_answer(
    logger: logging.Logger, method: str, status: int, code: str, request_id: str
) -> None:
    """Note an answer: no path, which names a teacher, and no text, which can hold a link."""
    level = logging.INFO if status < 400 else logging.WARNING
    logger.log(level, "%s: %s %s, request %s", method, status, code or "-", request_id or "-")


def as_object(answer: object, whose: str) -> Mapping[str, Any]:
    """Return an answer that is an object; a proxy or portal answers something else."""
    if not isinstance(answer, dict):
        raise Delayed(f"{whose}: an answer of somebody else")
    return answer


def part_of(answer: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """Return an object within an answer; an empty one if it is not there."""
    found: Any = answer
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
