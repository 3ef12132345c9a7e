"""Codes that the office hands out, for who does not get in by mail: on paper or by telephone.

Such a code opens the account of one person, once, for half an hour, to whoever also types the mail
address. Wrong tries count as wrong passwords do and end no code: else a stranger could end it. A
code has 40 bits: a hundred thousand guesses find one in ten million.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts import attempts, limits, policy, queries, service, tries
from app.accounts.models import Account, SignInToken
from app.accounts.secrets import digest, new_code, new_token, read_code
from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import Actor
from app.core.errors import DomainError, found
from app.core.transaction import transaction
from app.extensions import db
from app.school.models import Person
from app.school.names import email_key

LIFE = timedelta(minutes=30)
KIND = "code"


class NoCode(DomainError):
    """This person cannot sign in with a code."""


class WrongCode(DomainError):
    """Mail address and code do not match, or the code is used or too old."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Recipient:
    """Somebody who may get a code; ``why_not`` says why there is none, or is ""."""

    person_id: int
    name: str
    why_not: str


def load_recipient(person_id: int) -> Recipient:
    """Return whom a code is for. Raises NotFoundError if the person has left."""
    owner = queries.load_person(person_id)
    actor = found(owner.actor)
    return Recipient(person_id, actor.name, _why_not(owner, actor))


def _why_not(owner: queries.Owner, actor: Actor) -> str:
    if policy.is_staff(actor.roles):
        return _("Staff sign in with a password. They can let the site mail them a new one.")
    if not owner.email_key:
        return _("The school has no mail address of this person, which signing in needs.")
    return ""


def hand_out(actor: Actor, person_id: int, *, reason: str, now: datetime) -> str:
    """Return a new code for a person, and end an earlier one. Raises NotFoundError and NoCode."""
    recipient = load_recipient(person_id)
    if recipient.why_not:
        raise NoCode(recipient.why_not)
    code = new_code()
    with transaction():
        account_id = service.account_of(person_id)
        service.end_tokens(SignInToken.kind == KIND, SignInToken.account_id == account_id, now=now)
        db.session.add(
            SignInToken(
                kind=KIND,
                token_hash=digest(new_token()),  # of a secret that nobody gets
                code_hash=_hash(account_id, code),
                account_id=account_id,
                created_at=now,
                expires_at=now + LIFE,
            )
        )
        audit.record(
            actor,
            Action.ACCOUNT_CODE_HANDED_OUT,
            now=now,
            person_id=person_id,
            reason=reason.strip(),
        )
    return code


def use_code(
    address: str, typed: str, *, remember: bool, browser: service.Browser, now: datetime
) -> service.Opened:
    """Sign in with a code. Raises WrongCode and TooManyTries."""
    key = email_key(address)
    allowance = limits.codes(limits.place(key, browser.remote_address, browser.known_as))
    try:
        tries.count(allowance, tries.no_code, now=now)
    except tries.TooManyTries:
        attempts.note_refused(browser, email_key=key, now=now)
        raise
    code = read_code(typed)
    with transaction():
        live = db.session.scalars(
            select(SignInToken)
            .join(Account, Account.id == SignInToken.account_id)
            .join(Person, Person.id == Account.person_id)
            .where(
                Person.email_key == key,
                SignInToken.kind == KIND,
                SignInToken.used_at.is_(None),
                SignInToken.expires_at > now,
            )
            .with_for_update(of=SignInToken)
        ).all()
        for one in live:
            account_id = one.account_id or 0
            if hmac.compare_digest(one.code_hash, _hash(account_id, code)):
                one.used_at = now
                allowance.give_back(now, right=True)
                return service.open_session(
                    account_id, way="office code", remember=remember, browser=browser, now=now
                )
    attempts.note(Action.ACCESS_WRONG_CODE, browser, email_key=key, now=now)
    raise WrongCode(
        _("This mail address and this code do not belong together, or the code is used or too old.")
    )


def _hash(account_id: int, code: str) -> str:
    return digest(f"{account_id} {code}")
