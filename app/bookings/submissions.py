"""A form that is sent twice does its work once and gets the same answer both times."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.bookings.models import Submission
from app.core.access import Actor
from app.core.errors import NotFoundError
from app.extensions import db


def earlier_answer(token: str, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """Take the token, or return the answer that its first use got.

    Within the transaction of the work itself: a second sending that comes while the
    first is under way waits for it. Raises NotFoundError for another person's token.
    """
    dialect = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    taken = db.session.execute(
        dialect.insert(Submission)
        .values(token=token, person_id=actor.person_id, at=now)
        .on_conflict_do_nothing(index_elements=["token"])
        .returning(Submission.token)
    ).scalar()
    if taken is not None:
        return None
    person_id, answer = db.session.execute(
        select(Submission.person_id, Submission.answer).where(Submission.token == token)
    ).one()
    if person_id != actor.person_id:
        raise NotFoundError
    kept: dict[str, Any] = answer
    return kept


def answer_of(token: str, actor: Actor) -> dict[str, Any] | None:
    """Return the answer an own form got, or None where there is none."""
    return db.session.scalar(
        select(Submission.answer).where(
            Submission.token == token, Submission.person_id == actor.person_id
        )
    )


def keep_answer(token: str, answer: dict[str, Any]) -> None:
    """Keep what the first use of the token brought about."""
    db.session.execute(update(Submission).where(Submission.token == token).values(answer=answer))
