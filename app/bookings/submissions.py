"""A form that is sent twice does its work once and gets the same answer both times."""

import hashlib
import json
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.bookings.models import Submission
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.extensions import db


class UsedForm(DomainError):
    """The form was sent before, with another content."""


def earlier_answer(token: str, actor: Actor, now: datetime, *content: Any) -> dict[str, Any] | None:
    """Take the token, or return the answer that its first use got.

    Within the transaction of the work itself: a second sending that comes while the
    first is under way waits for it. Raises NotFoundError for another person's token, and
    UsedForm for another content: a page from the browser's memory, where other times
    were ticked than were sent before.
    """
    dialect = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    work = _digest(content)
    taken = db.session.execute(
        dialect.insert(Submission)
        .values(token=token, person_id=actor.person_id, work=work, at=now)
        .on_conflict_do_nothing(index_elements=["token"])
        .returning(Submission.token)
    ).scalar()
    if taken is not None:
        return None
    person_id, before, answer = db.session.execute(
        select(Submission.person_id, Submission.work, Submission.answer).where(
            Submission.token == token
        )
    ).one()
    if person_id != actor.person_id:
        raise NotFoundError
    if before != work:
        raise UsedForm(_("This page was used before. Look at what you have, and choose once more."))
    kept: dict[str, Any] = answer
    return kept


def _digest(content: tuple[Any, ...]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


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
