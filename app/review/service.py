"""Tick off what the office dealt with, and tell administrators of what is new."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, tuple_, update

from app.accounts.staff import administrators
from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import OFFICE, Actor
from app.core.errors import NotFoundError
from app.core.purging import counted
from app.core.statements import dialect, insert_of, run
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.review.entries import ReviewEntry, ReviewKind, load_entries
from app.review.models import ReviewItem

BLOCK = 200
"""Marks per statement; SQLite limits the number of values."""


@retry_deadlock
def settle(
    actor: Actor, kind: ReviewKind, subjects: Collection[str], *, shall: bool, now: datetime
) -> int:
    """Tick entries off, or put them back on the list; return how many.

    What no longer holds is passed over. Raises NotFoundError if the actor is not of the office.
    """
    if not actor.has(*OFFICE):
        raise NotFoundError
    wanted, count = set(subjects), 0
    with transaction():
        keys = sorted(
            _key_of(one) for one in load_entries(now) if one.kind is kind and one.subject in wanted
        )
        if shall:
            _add(keys, now)
        not_yet = ReviewItem.settled_at.is_(None) if shall else ReviewItem.settled_at.is_not(None)
        for start in range(0, len(keys), BLOCK):
            count += counted(
                update(ReviewItem)
                .where(_KEY.in_(keys[start : start + BLOCK]), not_yet)
                .values(settled_at=now if shall else None)
            )
        if count and shall:
            audit.record(actor, Action.REVIEW_SETTLED, now=now, counts={kind: count})
        return count


@retry_deadlock
def tell(*, now: datetime) -> None:
    """Mark what is new since the last import, and promise administrators a mail if anything is.

    A refused run is always news. Marks of what no longer holds are deleted, so that it is news
    again when it comes back. Told twice, also by two workers at once, it is promised once: only
    whoever adds a mark promises.
    """
    with transaction():
        # Before the entries: what somebody ticks off meanwhile must not look gone.
        marks = _marks()
        entries = {_key_of(one): one for one in load_entries(now)}
        gone = sorted(marks.keys() - entries.keys())
        for start in range(0, len(gone), BLOCK):
            db.session.execute(delete(ReviewItem).where(_KEY.in_(gone[start : start + BLOCK])))
        if added := _add(entries.keys() - marks.keys(), now):
            counts: Counter[str] = Counter()
            for key in added:
                counts[entries[key].kind.value] += entries[key].number or 1
            outbox.enqueue_all(
                Promise.REVIEW_MAIL,
                [{"person_id": id_, "counts": dict(counts)} for id_ in administrators()],
                now=now,
            )


_KEY = tuple_(ReviewItem.kind, ReviewItem.subject)


def _marks() -> dict[tuple[str, str], datetime | None]:
    rows = db.session.execute(select(ReviewItem.kind, ReviewItem.subject, ReviewItem.settled_at))
    return {(kind, subject): settled_at for kind, subject, settled_at in rows}


def _key_of(entry: ReviewEntry) -> tuple[str, str]:
    return entry.kind.value, entry.subject


def _add(keys: Collection[tuple[str, str]], now: datetime) -> set[tuple[str, str]]:
    """Add these marks; return those that nobody else added meanwhile."""
    if not keys:
        return set()
    rows = [{"kind": kind, "subject": subject, "since": now} for kind, subject in sorted(keys)]
    insert = insert_of(ReviewItem, dialect()).on_conflict_do_nothing()
    added = run(insert.returning(ReviewItem.kind, ReviewItem.subject), rows)
    return {(kind, subject) for kind, subject in added}
