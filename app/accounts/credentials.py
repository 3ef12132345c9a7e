"""Passwords: sign in with one, and set one by invitation, by reset or on the account page."""

from datetime import datetime
from http import HTTPStatus

from flask_babel import gettext as _
from sqlalchemy import select, update

from app.accounts import attempts, limits, mails, passwords, policy, queries, service, tries
from app.accounts.models import Account, SignInToken
from app.accounts.secrets import digest, new_token
from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError, found
from app.core.transaction import end_reading, transaction
from app.extensions import db
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.school.models import Person
from app.school.names import email_key
from app.settings.queries import load_school


class WrongPassword(DomainError):
    """Mail address and password do not match; nobody learns which of the two is wrong."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnfitPassword(DomainError):
    """The new password is too short, too long or too easy to guess."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SignInAgain(DomainError):
    """The user proved who they are too long ago."""


def sign_in(
    address: str,
    password: str,
    *,
    remember: bool,
    browser: service.Browser,
    now: datetime,
) -> service.Opened:
    """Open a session for the account with this mail address and password.

    An unknown address takes as long: at least two hashes are checked, which also hides whether two
    people share it. Raises WrongPassword and TooManyTries.
    """
    key = email_key(address)
    allowance = limits.passwords(limits.place(key, browser.remote_address, browser.known_as))
    try:
        with tries.password_attempt(allowance, now=now):
            account_id, renewed = _account_with(key, password)
    except tries.TooManyTries:
        attempts.note_refused(browser, email_key=key, now=now)
        raise
    except WrongPassword:
        attempts.note(Action.ACCESS_WRONG_PASSWORD, browser, email_key=key, now=now)
        raise
    with transaction():
        allowance.give_back(now, right=True)
        if renewed:
            db.session.execute(
                update(Account).where(Account.id == account_id).values(password_hash=renewed)
            )
        return service.open_session(
            account_id, way="password", remember=remember, browser=browser, now=now
        )


def _account_with(key: str, password: str) -> tuple[int, str]:
    """Return the account of an address with this password, and a new hash of it if one is due."""
    keyholders = queries.load_keyholders(key)
    end_reading()  # keep no transaction open while hashing
    fitting = [one for one in keyholders if passwords.matches(one.password_hash, password)]
    for _missing in range(2 - len(keyholders)):
        passwords.matches(passwords.NOBODY, password)
    if len(fitting) != 1:
        raise WrongPassword(_("This mail address and password do not belong together."))
    account_id, stored = fitting[0].account_id, fitting[0].password_hash
    return account_id, passwords.make_hash(password) if passwords.is_outdated(stored) else ""


def new_password_token(account_id: int, kind: str, *, now: datetime) -> str:
    """Return a secret that sets the account's password once.

    Older invitations end. Older resets stay until one is used: anybody can request another, and
    must not thereby end the one that its owner is about to use.
    """
    token = new_token()
    with transaction():
        if kind == "invitation":
            _end_tokens(account_id, now, kind)
        db.session.add(
            SignInToken(
                kind=kind,
                token_hash=digest(token),
                account_id=account_id,
                created_at=now,
                expires_at=now + policy.LIVES[kind],
            )
        )
    return token


def invite(account_id: int, *, now: datetime) -> None:
    """Promise to mail an invitation."""
    outbox.enqueue(Promise.SEND_INVITATION, {"account_id": account_id}, now=now)


def send_invitation(account_id: int, *, now: datetime) -> None:
    """Mail an invitation to choose a password. Raises like ``mail.sender.send``."""
    with transaction():
        addressee = queries.load_addressee(account_id)
        if addressee is None:
            return
        token = new_password_token(account_id, "invitation", now=now)
    mails.send_invitation(addressee.email, addressee.language, token, now=now)


def send_password_notice(account_id: int, *, now: datetime) -> None:
    """Mail a notice that the password changed. Raises like ``mail.sender.send``."""
    addressee = queries.load_addressee(account_id)
    if addressee is not None:
        mails.send_password_notice(
            addressee.email, addressee.language, is_student=addressee.is_student, now=now
        )


def choose_password(
    token: str, password: str, *, browser: service.Browser, now: datetime
) -> service.Opened:
    """Set the password with an invitation or reset, end all sessions and open a new one.

    Raises UnfitPassword and TooManyTries; NotFoundError if the secret is used, expired or unknown.
    """
    account_id = found(queries.load_token_account(token, now))
    with tries.password_attempt(limits.own_passwords(account_id), now=now):
        made = _make_hash(account_id, password)
    with transaction():
        used = db.session.execute(
            update(SignInToken)
            .where(
                SignInToken.token_hash == digest(token),
                SignInToken.used_at.is_(None),
                SignInToken.expires_at > now,
            )
            .values(used_at=now)
            .returning(SignInToken.kind)
        ).scalar_one_or_none()
        kind = found(used)
        _store(account_id, made, now=now, keep=None, browser=browser)
        return service.open_session(account_id, way=kind, remember=False, browser=browser, now=now)


def change_password(
    actor: Actor,
    password: str,
    current: str,
    *,
    session_id: int,
    fresh: bool,
    browser: service.Browser,
    now: datetime,
) -> None:
    """Set the user's own password; end their other sessions and mail a notice.

    The present password is required except right after signing in (``fresh``); users without one
    must sign in again. Raises SignInAgain, WrongPassword, UnfitPassword and TooManyTries.
    """
    account_id = _own_account(actor)
    with tries.password_attempt(limits.own_passwords(account_id), now=now):
        if not fresh:
            stored = _stored(account_id)
            end_reading()
            if not stored:
                raise SignInAgain(
                    _("You signed in some time ago. Sign in again, then you can choose a password.")
                )
            if not passwords.matches(stored, current):
                attempts.note_own(Action.ACCESS_WRONG_PASSWORD, actor, browser, now=now)
                raise WrongPassword(_("This is not your present password."))
        made = _make_hash(account_id, password)
    with transaction():
        _store(account_id, made, now=now, keep=session_id, browser=browser)


def set_password(account_id: int, password: str, *, now: datetime) -> None:
    """Set a password for the operator; all sessions end. Raises UnfitPassword."""
    made = _make_hash(account_id, password)
    with transaction():
        _store(account_id, made, now=now, keep=None)


def _own_account(actor: Actor) -> int:
    if actor.account_id is None:
        raise NotFoundError
    return actor.account_id


def _stored(account_id: int) -> str:
    return db.session.scalar(select(Account.password_hash).where(Account.id == account_id)) or ""


def _make_hash(account_id: int, password: str) -> str:
    """Return the hash of an acceptable password, computed with no transaction open."""
    person = db.session.execute(
        select(Person.given_name, Person.family_name, Person.email, Person.email_key)
        .join(Account, Account.person_id == Person.id)
        .where(Account.id == account_id)
    ).one()
    known = (person.given_name, person.family_name, person.email, load_school().name)
    others = [
        one.password_hash
        for one in queries.load_keyholders(person.email_key)
        if one.account_id != account_id
    ]
    end_reading()
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise UnfitPassword(
            _(
                "Choose a password of %(least)d to %(most)d characters.",
                least=passwords.SHORTEST,
                most=passwords.LONGEST,
            )
        )
    # People who share an address are told apart by their passwords, so these must differ.
    if passwords.is_weak(password, known) or any(
        passwords.matches(stored, password) for stored in others
    ):
        raise UnfitPassword(
            _("This password is easy to guess. Take a few words that do not belong together.")
        )
    return passwords.make_hash(password)


def _store(
    account_id: int,
    made: str,
    *,
    now: datetime,
    keep: int | None,
    browser: service.Browser | None = None,
) -> None:
    db.session.execute(update(Account).where(Account.id == account_id).values(password_hash=made))
    service.end_sessions_of_account(account_id, now=now, keep=keep)
    _end_tokens(account_id, now, "invitation", "reset")
    actor = queries.load_actor(account_id)
    network = browser.network if browser else ""
    audit.record(actor, Action.ACCOUNT_PASSWORD_SET, now=now, network=network)
    outbox.enqueue(Promise.SEND_PASSWORD_NOTICE, {"account_id": account_id}, now=now)


def _end_tokens(account_id: int, now: datetime, *kinds: str) -> None:
    service.end_tokens(SignInToken.account_id == account_id, SignInToken.kind.in_(kinds), now=now)
