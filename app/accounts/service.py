"""Create accounts, open and end sessions, and delete old ones."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.orm import aliased

from app.accounts import counters, networks, policy, queries
from app.accounts.models import Account, FeedAddress, SignInSession, SignInToken
from app.accounts.secrets import digest, new_token
from app.audit import service as audit
from app.audit.actions import Action
from app.core import compiled
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError, found
from app.core.purging import counted
from app.core.statements import run
from app.core.transaction import transaction
from app.extensions import db
from app.school.models import Guardian, Guardianship, Person

SEEN_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=1)  # after the end; only hashes remain


class AccountClosed(DomainError):
    """The account was closed, or the person left, between two steps of signing in."""


@dataclass(frozen=True)
class Browser:
    """What a request says about its browser: where it comes from, and the device in words.

    ``known_as`` is the name of a browser that has signed in before at the mail address of this
    attempt (``known``), or "".
    """

    remote_address: str
    device: str
    known_as: str = ""

    @property
    def network(self) -> str:
        """Return where it comes from, as the log may know it."""
        return networks.coarse(self.remote_address)


@dataclass(frozen=True)
class Opened:
    """A new session: its secret, for the cookie, and whether it outlives the browser.

    ``email_key`` is its owner's mail address.
    """

    token: str
    remembered: bool
    email_key: str
    person_id: int
    language: str  # the owner's own choice, or ""


def account_of(person_id: int) -> int:
    """Return a person's account, and create it the first time. Raises NotFoundError."""
    with transaction():
        # The lock on the person's row serialises two first times.
        _lock(person_id)
        accounts = compiled.execute(_ACCOUNT, person_id=person_id)
        return accounts[0].id if accounts else _add_account(person_id)


def _lock(person_id: int) -> None:
    if not compiled.execute(_PERSON, person_id=person_id):
        raise NotFoundError


def _add_account(person_id: int) -> int:
    account_id: int = run(_ADD_ACCOUNT, {"person_id": person_id}).scalar_one()
    return account_id


# The statements of signing in are built once.
_PERSON = select(Person.id).where(Person.id == bindparam("person_id")).with_for_update()
_ACCOUNT = select(Account.id).where(Account.person_id == bindparam("person_id"))
_ADD_ACCOUNT = insert(Account).returning(Account.id)
_SEEN = (
    update(SignInSession)
    .where(
        SignInSession.id == bindparam("session_id"), SignInSession.seen_at <= bindparam("before")
    )
    .values(seen_at=bindparam("now"), ahead=bindparam("ahead"))
)


def open_session(
    account_id: int, *, way: str, remember: bool, browser: Browser, now: datetime
) -> Opened:
    """Open a session; ``way`` is how, such as "link", "code" or "password".

    Raises AccountClosed.
    """
    with transaction():
        owner = queries.load_owner(account_id)
        return _open(owner, way=way, remember=remember, browser=browser, now=now)


def open_session_of(
    person_id: int, *, way: str, remember: bool, browser: Browser, now: datetime
) -> Opened:
    """Open a session like ``open_session``, and create the person's account the first time."""
    with transaction():
        _lock(person_id)
        owner = queries.load_person(person_id)
        if owner.actor and owner.actor.account_id is None:
            actor = replace(owner.actor, account_id=_add_account(person_id))
            owner = owner._replace(actor=actor)
        return _open(owner, way=way, remember=remember, browser=browser, now=now)


def _open(
    owner: queries.Owner, *, way: str, remember: bool, browser: Browser, now: datetime
) -> Opened:
    actor = owner.actor
    with transaction():
        if actor is None or not actor.roles:
            raise AccountClosed(_("You cannot sign in with this account. Please ask the school."))
        remembered = remember and not policy.is_staff(actor.roles)
        limits = policy.session_limits(actor.roles, remembered=remembered)
        token = new_token()
        # If the last sign-in lies ahead, the clock was put back.
        ahead = policy.time_ahead(timedelta(0), owner.newest or now, now)
        new = {
            "token_hash": digest(token),
            "account_id": actor.account_id,
            "device": browser.device,
            "remembered": remembered,
            "ahead": round(ahead.total_seconds()),
            "created_at": now + ahead,
            "seen_at": now + ahead,
            "expires_at": now + ahead + limits.absolute,
        }
        compiled.insert(SignInSession, [new])
        audit.record(
            actor,
            Action.SESSION_SIGNED_IN,
            now=now,
            way=way,
            device=browser.device,
            network=browser.network,
        )
        return Opened(token, remembered, owner.email_key, actor.person_id, owner.language)


def choose_language(person_id: int, language: str) -> None:
    """Keep the language in which a person reads pages and mails; no import changes it."""
    with transaction():
        db.session.execute(
            update(Person)
            .where(Person.id == person_id, Person.own_language != language)
            .values(own_language=language)
        )


def note_seen(session_id: int, *, now: datetime, ahead: timedelta = timedelta(0)) -> None:
    """Record that a session is in use; of several concurrent requests, one writes.

    ``now`` is in the session's own time. If the database is too busy, full or
    read-only, the next request records it.
    """
    with suppress(OperationalError, InternalError), transaction():
        compiled.execute(
            _SEEN,
            session_id=session_id,
            now=now,
            before=now - SEEN_EVERY,
            ahead=round(ahead.total_seconds()),
        )


def end_session(actor: Actor, session_id: int, *, now: datetime) -> None:
    """End one of the actor's own sessions. Raises NotFoundError for other people's."""
    with transaction():
        row = db.session.scalar(
            select(SignInSession).where(
                SignInSession.id == session_id, SignInSession.account_id == actor.account_id
            )
        )
        if found(row).ended_at is None:
            found(row).ended_at = now
            audit.record(actor, Action.SESSION_SIGNED_OUT, now=now, device=found(row).device)


def end_all_sessions(actor: Actor, *, now: datetime, keep: int | None = None) -> None:
    """End all of the actor's sessions except ``keep``."""
    with transaction():
        if actor.account_id is not None:
            end_sessions_of_account(actor.account_id, now=now, keep=keep)
            audit.record(actor, Action.SESSION_SIGNED_OUT_EVERYWHERE, now=now)


def end_sessions_of_account(account_id: int, *, now: datetime, keep: int | None = None) -> None:
    """End all sessions of an account except ``keep``."""
    with transaction():
        _end_sessions(
            SignInSession.account_id == account_id, SignInSession.id != (keep or 0), now=now
        )


def _end_sessions(*which: ColumnElement[bool], now: datetime) -> int:
    live = update(SignInSession).where(SignInSession.ended_at.is_(None))
    return counted(live.where(*which).values(ended_at=now))


def end_tokens(*which: ColumnElement[bool], now: datetime) -> int:
    """End the links, codes, invitations and resets of these conditions that nobody used.

    Return how many.
    """
    unused = update(SignInToken).where(SignInToken.used_at.is_(None))
    return counted(unused.where(*which).values(used_at=now))


def end_all(*, now: datetime) -> dict[str, int]:
    """End everybody's sessions, links, codes, invitations and resets; return the counts."""
    with transaction():
        return {
            "sessions": _end_sessions(now=now),
            "links": end_tokens(now=now),
        }


def end_access(person_ids: Collection[int], *, now: datetime) -> None:
    """End all that opens something of these people, and of others with the same mail address.

    For callers that change their mail address or end them: sessions, addresses of feeds, and links
    sent to the old address stop working. Call this before changing the address.
    """
    addresses = select(Person.email_key).where(
        Person.id.in_(list(person_ids)), Person.email_key != ""
    )
    people = select(Person.id).where(
        or_(Person.id.in_(list(person_ids)), Person.email_key.in_(addresses))
    )
    accounts = select(Account.id).where(Account.person_id.in_(people))
    with transaction():
        end_tokens(
            or_(SignInToken.account_id.in_(accounts), SignInToken.email_key.in_(addresses)), now=now
        )
        _end_sessions(SignInSession.account_id.in_(accounts), now=now)
        db.session.execute(delete(FeedAddress).where(FeedAddress.person_id.in_(people)))


def end_shared_access(student_ids: Collection[int], *, now: datetime) -> None:
    """End what was opened with a mail address that a guardian of these students shares.

    For callers that change what a guardian sees: somebody may have signed in at that address as the
    other, and would keep reading.
    """
    other = aliased(Person)
    person_ids = db.session.scalars(
        select(Person.id)
        .join(Guardian, Guardian.person_id == Person.id)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(other, (other.email_key == Person.email_key) & (other.id != Person.id))
        .where(Guardianship.student_id.in_(student_ids), Person.email_key != "")
    ).all()
    end_access(person_ids, now=now)


def purge(*, now: datetime) -> dict[str, int]:
    """Delete links and sessions that ended a day ago, and what counts no more; return the counts."""
    limit = now - KEPT
    over = or_(SignInSession.expires_at < limit, SignInSession.ended_at < limit)
    with transaction():
        return {
            "links": counted(delete(SignInToken).where(SignInToken.expires_at < limit)),
            "sessions": counted(delete(SignInSession).where(over)),
            "tries": counters.purge(now=now),
        }
