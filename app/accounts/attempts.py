"""Attempts to get in that failed, for the log: from where, and whose account; never what was typed."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.accounts.models import Account, SignInToken
from app.accounts.secrets import TOKEN_LENGTH, digest
from app.accounts.service import Browser
from app.audit import attempts
from app.audit.actions import Action
from app.core.access import Actor
from app.core.memory import Memory
from app.extensions import db
from app.school.models import Person

_refused = Memory[str, datetime](1)  # when a refusal was noted last


def note(action: Action, browser: Browser, *, email_key: str = "", now: datetime) -> None:
    """Log an attempt with a mail address; nothing is looked up, and only its hash is kept."""
    _note(action, browser, subject=digest(email_key), now=now)


def note_refused(browser: Browser, *, email_key: str, now: datetime) -> None:
    """Log that somebody has to wait; once a second in each process, as a flood may not cost writes."""
    noted_at = _refused.get("at")
    if noted_at is None or abs(now - noted_at) >= timedelta(seconds=1):
        _refused.put("at", now)
        note(Action.ACCESS_TOO_OFTEN, browser, email_key=email_key, now=now)


def note_own(
    action: Action, actor: Actor, browser: Browser, *, now: datetime, **details: Any
) -> None:
    """Log an attempt of somebody who is signed in."""
    who = {"subject": f"person {actor.person_id}", "person_id": actor.person_id, "actor": actor}
    _note(action, browser, now=now, **who, **details)


def note_dead_link(token: str, browser: Browser, *, now: datetime) -> None:
    """Log that a link was opened which was used, is too old, or was made up.

    Something of another length is no secret of ours, such as what a starting server asks for.
    """
    if len(token) != TOKEN_LENGTH:
        return
    row = db.session.execute(
        select(SignInToken.email_key, Account.person_id)
        .outerjoin(Account, Account.id == SignInToken.account_id)
        .where(SignInToken.token_hash == digest(token))
    ).one_or_none()
    person_id = row.person_id or 0 if row else 0
    subject = f"person {person_id}" if person_id else digest(row.email_key if row else "")
    _note(Action.ACCESS_DEAD_LINK, browser, subject=subject, person_id=person_id, now=now)


def _note(action: Action, browser: Browser, *, now: datetime, **about: Any) -> None:
    attempts.note(action, network=browser.network, device=browser.device, now=now, **about)


def tell(*, now: datetime) -> int:
    """Write what was noted into the log; to be called each minute. Return how many lines it took."""
    return attempts.tell(_people_of, now=now)


def _people_of(subjects: Collection[str]) -> Mapping[str, int]:
    """Return who has these mail addresses, of which we have the hash; nobody if several share it."""
    people = db.session.execute(
        select(func.max(Person.id), Person.email_key)
        .where(Person.email_key != "", Person.ended_on.is_(None))
        .group_by(Person.email_key)
        .having(func.count() == 1)
    )
    of = {digest(email_key): person_id for person_id, email_key in people}
    return {subject: of[subject] for subject in subjects if subject in of}
