"""Make forms idempotent: a form submitted twice does its work once and returns one answer."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings.models import Submission
from app.core import compiled
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.core.transaction import transaction
from app.extensions import db


class UsedForm(DomainError):
    """The token was used before, with other content."""


@dataclass(frozen=True)
class Form:
    """A submitted form: its token, who sent it, and its content."""

    token: str
    actor: Actor
    content: tuple[Any, ...]

    def digest(self) -> str:
        """Return the SHA-256 of the content."""
        return hashlib.sha256(json.dumps(self.content).encode()).hexdigest()


class _SentBefore(Exception):
    """The token already has an answer."""


def once(form: Form, work: Callable[[], dict[str, Any]], *, now: datetime) -> dict[str, Any]:
    """Do the work of a form in one transaction; store and return its answer.

    A repeated submission rolls back its work and returns the stored answer, even if the work now
    raises: so the first use of a token, which is nearly every one, costs one statement. Do not call
    this within another transaction. ``work`` must take locks that make a repeated submission wait
    for the first one. Raises whatever it raises; NotFoundError for another person's token; UsedForm
    for other content, such as a page from the browser's cache with other times ticked.
    """
    try:
        with transaction():
            answer = work()
            _keep(form, answer, now)
            return answer
    except (DomainError, NotFoundError, _SentBefore):
        kept = _earlier(form)
        if kept is None:
            raise
        return kept


def _keep(form: Form, answer: dict[str, Any], now: datetime) -> None:
    row = {
        "token": form.token,
        "person_id": form.actor.person_id,
        "work": form.digest(),
        "answer": answer,
        "at": now,
    }
    if not compiled.insert(Submission, [row], _unless_there):
        raise _SentBefore


def _unless_there(insert: compiled.Insert) -> compiled.Statement:
    return insert.on_conflict_do_nothing(index_elements=["token"]).returning(Submission.token)


def _earlier(form: Form) -> dict[str, Any] | None:
    before = db.session.execute(
        select(Submission.person_id, Submission.work, Submission.answer).where(
            Submission.token == form.token
        )
    ).one_or_none()
    if before is None:
        return None
    if before.person_id != form.actor.person_id:
        raise NotFoundError
    if before.work != form.digest():
        raise UsedForm(_("This page was used before. Look at what you have, and choose once more."))
    answer: dict[str, Any] | None = before.answer
    return answer


def answer_of(token: str, actor: Actor) -> dict[str, Any] | None:
    """Return the stored answer to the actor's own form, or None."""
    return db.session.scalar(
        select(Submission.answer).where(
            Submission.token == token, Submission.person_id == actor.person_id
        )
    )
