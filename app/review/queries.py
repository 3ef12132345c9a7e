"""The page of what the office has to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.extensions import db
from app.imports.queries import KeptRun, load_last_runs
from app.review.entries import ReviewEntry, ReviewKind, load_entries
from app.review.models import ReviewItem

MOST_SHOWN = 200
"""Entries of one kind on the page; a file without addresses makes thousands."""


@dataclass(frozen=True)
class ReviewGroup:
    """The entries of one kind: those to look at and those ticked off, the first of each."""

    kind: ReviewKind
    open: Sequence[ReviewEntry]
    settled: Sequence[ReviewEntry]
    total_open: int
    total_settled: int


@dataclass(frozen=True)
class ReviewPage:
    """The kinds of which there are entries, the most urgent first, and the last run if any."""

    last: KeptRun | None
    groups: Sequence[ReviewGroup]


def load_page(now: datetime) -> ReviewPage:
    """Return what there is to check, and what was ticked off."""
    rows = db.session.execute(
        select(ReviewItem.kind, ReviewItem.subject).where(ReviewItem.settled_at.is_not(None))
    )
    settled = {(kind, subject) for kind, subject in rows}
    runs = load_last_runs()
    found: dict[ReviewKind, tuple[list[ReviewEntry], list[ReviewEntry]]] = {}
    for one in load_entries(now, runs):
        still_open, done = found.setdefault(one.kind, ([], []))
        (done if (one.kind.value, one.subject) in settled else still_open).append(one)
    return ReviewPage(
        runs.last, tuple(_group(kind, *found[kind]) for kind in ReviewKind if kind in found)
    )


def _group(
    kind: ReviewKind, still_open: Sequence[ReviewEntry], done: Sequence[ReviewEntry]
) -> ReviewGroup:
    return ReviewGroup(kind, still_open[:MOST_SHOWN], done[:MOST_SHOWN], len(still_open), len(done))
