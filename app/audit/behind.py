"""Whether the clock is behind what is stored: it was put back, or had been ahead before.

The log tells, because everybody's changes come into it and no line of it ever changes.
"""

import logging
from datetime import datetime

from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.memory import Memory
from app.extensions import db

logger = logging.getLogger(__name__)

LATELY = 1000  # lines; a year that was wrong once is not told for a year
_TOLD: Memory[str, bool] = Memory(1)


def clock_words(*, now: datetime) -> str:
    """Return by how much the clock is behind, for monitors; "" unless by more than a minute."""
    lately = select(AuditEntry.at).order_by(AuditEntry.id.desc()).limit(LATELY).subquery()
    latest = db.session.scalar(select(func.max(lately.c.at)))
    if latest is None or latest <= now + clock.STEP:
        return ""
    return f"{(latest - now).total_seconds():.0f} seconds behind what is stored"


def watch_clock(*, now: datetime) -> None:
    """Log once that the clock is behind; to be called each minute."""
    words = clock_words(now=now)
    if words and not _TOLD.get(""):
        logger.warning("the clock is %s: it was put back, or was ahead before", words)
    _TOLD.put("", bool(words))
