"""The page of what the office has to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.extensions import db
from app.review.entries import ReviewEntry, ReviewKind, load_entries
from app.review.models import ReviewItem


@dataclass(frozen=True)
class ReviewGroup:
    """The entries of one kind: those to look at, and those that were ticked off."""

    kind: ReviewKind
    open: Sequence[ReviewEntry]
    settled: Sequence[ReviewEntry]


def load_groups(now: datetime) -> tuple[ReviewGroup, ...]:
    """Return the kinds of which there are entries, the most urgent first."""
    rows = db.session.execute(
        select(ReviewItem.kind, ReviewItem.subject).where(ReviewItem.settled_at.is_not(None))
    )
    settled = {(kind, subject) for kind, subject in rows}
    entries = load_entries(now)
    groups = []
    for kind in ReviewKind:
        mine = [one for one in entries if one.kind is kind]
        done = [one for one in mine if (kind.value, one.subject) in settled]
        if mine:
            groups.append(ReviewGroup(kind, [one for one in mine if one not in done], done))
    return tuple(groups)
