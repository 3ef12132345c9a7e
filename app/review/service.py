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
from app.core.statements import dialect, insert_of, run
from app.core.transaction import transaction
from app.extensions import db
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.review.entries import ReviewKind, load_entries
from app.review.models import ReviewItem

BLOCK = 200
"""Marks per statement; SQLite limits the number of values."""


def settle(
    actor: Actor, kind: ReviewKind, subjects: Collection[str], *, shall: bool, now: datetime
) -> int:
    """Tick entries off, or put them back on the list; return how many.

    What no longer holds is passed over. Raises NotFoundError if the actor is not of the office.
    """
    if not actor.has(*OFFICE):
        raise NotFoundError
    with transaction():
        marks = _marks()
        keys = {
            (one.kind, one.subject)
            for one in load_entries(now)
            if one.kind == kind and one.subject in subjects
        }
        _add(keys - marks.keys(), now)
        changed = [key for key in keys if (marks.get(key) is not None) != shall]
        for start in range(0, len(changed), BLOCK):
            db.session.execute(
                update(ReviewItem)
                .where(_KEY.in_(changed[start : start + BLOCK]))
                .values(settled_at=now if shall else None)
                .execution_options(synchronize_session=False)
            )
        if changed and shall:
            audit.record(actor, Action.REVIEW_SETTLED, now=now, counts={kind: len(changed)})
        return len(changed)


def tell(run_id: int, *, now: datetime) -> None:
    """Mark what is new since the last import, and promise administrators a mail if anything is.

    A refused run is always news. Marks of what no longer holds are deleted, so that it is news
    again when it comes back.
    """
    with transaction():
        entries, marks = load_entries(now), _marks()
        keys = {(one.kind, one.subject) for one in entries}
        gone = [key for key in marks if key not in keys]
        for start in range(0, len(gone), BLOCK):
            db.session.execute(delete(ReviewItem).where(_KEY.in_(gone[start : start + BLOCK])))
        new = [one for one in entries if (one.kind, one.subject) not in marks]
        _add({(one.kind, one.subject) for one in new}, now)
        if new:
            counts = Counter(one.kind.value for one in new)
            outbox.enqueue_all(
                Promise.REVIEW_MAIL,
                [{"person_id": id_, "counts": counts} for id_ in administrators()],
                now=now,
            )


_KEY = tuple_(ReviewItem.kind, ReviewItem.subject)


def _marks() -> dict[tuple[str, str], datetime | None]:
    rows = db.session.execute(select(ReviewItem.kind, ReviewItem.subject, ReviewItem.settled_at))
    return {(kind, subject): settled_at for kind, subject, settled_at in rows}


def _add(keys: Collection[tuple[str, str]], now: datetime) -> None:
    if keys:
        rows = [{"kind": kind, "subject": subject, "since": now} for kind, subject in sorted(keys)]
        run(insert_of(ReviewItem, dialect()).on_conflict_do_nothing(), rows)
