"""Sign in by mail: with a link for the browser that requested it, or a code to type there.

The request looks nothing up: for known and unknown mail addresses it writes the same rows and shows
the same page. The outbox worker looks up who has the address.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from sqlalchemy import Row, Select, bindparam, select, true, update

from app.accounts import attempts, limits, mails, policy, service, tries
from app.accounts.credentials import new_password_token
from app.accounts.models import SignInToken
from app.accounts.policy import Resident, Way
from app.accounts.residents import load_residents
from app.accounts.secrets import digest, new_code, new_token, read_code
from app.audit import service as audit
from app.audit.actions import Action
from app.audit.attempts import note
from app.core import compiled
from app.core.access import Role
from app.core.errors import found
from app.core.i18n import local_day
from app.core.transaction import transaction
from app.extensions import db
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.school.names import email_key
from app.settings.current import remember_school
from app.settings.models import School
from app.settings.queries import SCHOOL, school_of

LIFE = policy.LIVES["link"]
CODE_TRIES = 5
# After a longer outage of the mail server nobody waits for the mail any more.
WORTH_SENDING = timedelta(minutes=30)
State = Literal["ready", "elsewhere", "gone"]


@dataclass(frozen=True)
class Look:
    """What a link would do in this browser; several ``people`` mean that the user must choose."""

    state: State
    people: tuple[Resident, ...] = ()


def request_link(
    address: str,
    browser_secret: str,
    *,
    remote_address: str,
    now: datetime,
    known_as: str = "",
    device: str = "",
) -> None:
    """Promise a mail to an address, known or not. Raises TooManyTries beyond the limits.

    ``browser_secret`` is the random cookie of the requesting browser, the only one in which the
    mail signs in. For the others see ``service.Browser``.
    """
    key = email_key(address)
    browser = service.Browser(remote_address, device, known_as)
    allowance = limits.mails(limits.place(key, remote_address, known_as))
    refusal = allowance.look(now)  # a flood of refusals takes no lock
    if isinstance(refusal, limits.LimitReached):
        attempts.note_refused(browser, email_key=key, now=now)
        raise tries.no_mail(refusal)
    with transaction():
        leaves_at = allowance.take(now)
        if isinstance(leaves_at, limits.LimitReached):
            raise tries.no_mail(leaves_at)
        request = SignInToken(
            kind="link",
            token_hash=digest(new_token()),  # of a secret that nobody gets, so it opens nothing
            browser_hash=digest(browser_secret),
            email_key=key,
            created_at=now,
            expires_at=now + LIFE,
        )
        db.session.add(request)
        db.session.flush()
        payload = {"request_id": request.id, "network": browser.network, "device": device}
        outbox.enqueue(Promise.SEND_LINK, payload, now=now, due_at=leaves_at)


def send_link(request_id: int, network: str = "", device: str = "", *, now: datetime) -> None:
    """Create the secrets of a request and send the mail that suits the people at the address.

    Nobody: no mail, and nothing is kept. Staff: a link to choose a password. Several people who may
    not share an address: a mail that the school must say who is who, and a log entry for the
    administrator. A second call replaces the secrets of the first. ``network`` and ``device`` are
    of who asked, for the log. Raises like ``mail.sender.send``.
    """
    token, code = new_token(), new_code()
    note_it = partial(note, network=network, device=device, now=now)
    with transaction():
        request = db.session.get(SignInToken, request_id, with_for_update=True)
        if request is None or request.used_at or request.created_at + WORTH_SENDING < now:
            return
        residents = load_residents(request.email_key, today=local_day(now))
        way = policy.way_in(residents)
        if way is Way.LINK:
            _arm(request, token, code, now)
        elif way is Way.PASSWORD:
            account_id = service.account_of(residents[0].person_id)
            token = new_password_token(account_id, "reset", now=now)
            subject, person_id = digest(request.email_key), residents[0].person_id
            note_it(Action.ACCESS_RESET_ASKED, subject=subject, person_id=person_id)
        elif way is Way.SCHOOL:
            people = sorted(one.person_id for one in residents)
            audit.record(None, Action.ACCOUNTS_ADDRESS_SHARED, now=now, people=people)
        else:
            db.session.delete(request)  # nothing is kept of what strangers make up
            note_it(Action.ACCESS_UNKNOWN_ADDRESS, subject="")
    if way is Way.NONE:
        return
    first = residents[0]
    to, of_students = (
        (first.email, first.language),
        all(one.roles == {Role.STUDENT} for one in residents),
    )
    if way is Way.LINK:
        mails.send_link(*to, token, code, is_student=of_students, now=now)
    elif way is Way.PASSWORD:
        mails.send_staff_link(*to, token, now=now)
    else:
        mails.send_shared(*to, is_student=of_students, now=now)


def _arm(request: SignInToken, token: str, code: str, now: datetime) -> None:
    """Store the secrets in a request; of one browser's requests only the newest works.

    Requests of other browsers for the same address stay valid: else a stranger could keep ending
    the link with which its owner is about to sign in.
    """
    service.end_tokens(
        SignInToken.kind == "link",
        SignInToken.browser_hash == request.browser_hash,
        SignInToken.id != request.id,
        SignInToken.code_hash != "",
        now=now,
    )
    request.token_hash, request.code_hash = digest(token), digest(code)
    request.tries = 0
    request.expires_at = now + LIFE


def look_at_link(token: str, browser_secret: str, *, now: datetime) -> Look:
    """Return what a link would do in this browser, without changing anything."""
    row = _live(_LINK, now, token_hash=digest(token))
    if row is None:
        return Look("gone")
    if not _same_browser(row, browser_secret):
        return Look("elsewhere")
    return _look(row, now)


def address_of(token: str, *, now: datetime) -> str | None:
    """Return the address to which a link was mailed; None if the link does not work any more.

    Not to be shown: who has the link need not be who reads the mailbox.
    """
    row = _live(_LINK, now, token_hash=digest(token))
    return row.email_key if row else None


def use_link(
    token: str,
    browser_secret: str,
    person_id: int | None,
    *,
    remember: bool,
    browser: service.Browser,
    now: datetime,
) -> service.Opened | Look:
    """Sign in with a link, once; or return the obstacle: the wrong browser, or a choice to make.

    Raises NotFoundError if ``person_id`` is not one of the people to choose from.
    """
    with transaction():
        row = _live(_LINK_TO_USE, now, token_hash=digest(token))
        if row is None:
            return Look("gone")
        if not _same_browser(row, browser_secret):
            return Look("elsewhere")
        return _enter(row, person_id, way="link", remember=remember, browser=browser, now=now)


def use_code(
    typed: str,
    browser_secret: str,
    person_id: int | None,
    *,
    remember: bool,
    browser: service.Browser,
    now: datetime,
) -> service.Opened | Look:
    """Sign in with the code of the newest mail that this browser requested; five attempts.

    Returns the obstacle like ``use_link``; "gone" stands for a wrong code, too many attempts and an
    unknown address alike, so that the response does not reveal which.
    """
    with transaction():
        row = _live(_CODE_TO_USE, now, browser_hash=digest(browser_secret))
        if row is None or not _is_right(row, typed):
            key = row.email_key if row else ""
            attempts.note(Action.ACCESS_WRONG_CODE, browser, email_key=key, now=now)
            return Look("gone")
        return _enter(row, person_id, way="code", remember=remember, browser=browser, now=now)


def _is_right(row: Row[*tuple[Any, ...]], typed: str) -> bool:
    """Whether this is the code of a mail, within the tries that it has; a wrong one counts."""
    if row.tries >= CODE_TRIES:
        return False
    if hmac.compare_digest(row.code_hash, digest(read_code(typed))):
        return True
    compiled.execute(_TRIED, token_id=row.id)
    return False


# The statements of signing in are built once. Each page needs the school too.
_LIVE = (
    select(
        SignInToken.id,
        SignInToken.browser_hash,
        SignInToken.code_hash,
        SignInToken.email_key,
        SignInToken.tries,
        *SCHOOL,
    )
    .select_from(SignInToken)
    .outerjoin(School, true())
    .where(
        SignInToken.kind == "link",
        SignInToken.used_at.is_(None),
        SignInToken.expires_at > bindparam("now"),
    )
    .order_by(SignInToken.id.desc())
    .limit(1)
)
_LINK = _LIVE.where(SignInToken.token_hash == bindparam("token_hash"))
_LINK_TO_USE = _LINK.with_for_update(of=SignInToken)
_CODE_TO_USE = _LIVE.where(
    SignInToken.browser_hash == bindparam("browser_hash"), SignInToken.code_hash != ""
).with_for_update(of=SignInToken)
_ITS = update(SignInToken).where(SignInToken.id == bindparam("token_id"))
_USED = _ITS.values(used_at=bindparam("now"))
_TRIED = _ITS.values(tries=SignInToken.tries + 1)


def _live(
    statement: Select[*tuple[Any, ...]], now: datetime, **which: str
) -> Row[*tuple[Any, ...]] | None:
    rows = compiled.read(statement, now=now, **which)
    if not rows:
        return None
    remember_school(school_of(rows[0]))
    return rows[0]


def _same_browser(row: Row[*tuple[Any, ...]], browser_secret: str) -> bool:
    return bool(browser_secret) and hmac.compare_digest(row.browser_hash, digest(browser_secret))


def _look(row: Row[*tuple[Any, ...]], now: datetime) -> Look:
    """Look up the people at the address again: the school may have changed it since the mail."""
    residents = load_residents(row.email_key, today=local_day(now))
    if policy.way_in(residents) is not Way.LINK:
        return Look("gone")
    return Look("ready", policy.choices(residents))


def _enter(
    row: Row[*tuple[Any, ...]],
    person_id: int | None,
    *,
    way: str,
    remember: bool,
    browser: service.Browser,
    now: datetime,
) -> service.Opened | Look:
    look = _look(row, now)
    if look.state != "ready" or (person_id is None and len(look.people) > 1):
        return look
    chosen = look.people[0].person_id if person_id is None else person_id
    found(next((one for one in look.people if one.person_id == chosen), None))
    compiled.execute(_USED, token_id=row.id, now=now)
    return service.open_session_of(chosen, way=way, remember=remember, browser=browser, now=now)
