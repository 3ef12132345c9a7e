"""How often somebody may try, counted in the database: it holds over workers and restarts.

Limits slow; they lock nobody out of the own address:

* An address has a usual limit. Beyond it a network that has not tried there itself in the
  last quarter of an hour still gets its turn; with many networks at it, a mail leaves later.
* A browser in which somebody has signed in at that address before (``known``) is counted by
  itself: what others do there, or in the same network, does not touch it.
* A network, which may be a whole school or town, is slowed by seconds.

What is left to an attacker: who sits in the owner's network, or commands a hundred others,
can delay a first sign-in in a new browser by quarters of an hour; a bound there must be, or
the school's mail server would be made to flood the mailbox.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import delete, func, or_, select

from app.accounts.models import SignInTry
from app.accounts.secrets import digest
from app.core.transaction import transaction
from app.extensions import db

WINDOW = timedelta(minutes=15)
DAY = timedelta(days=1)

MAILS = 3  # per address in a quarter of an hour
MAILS_A_DAY = 10  # per address; after that one in a quarter of an hour
MAILS_WIDE = 10  # per address; for networks that have not tried there, further ones leave later
CROWD_DELAY = timedelta(seconds=10)  # for each one more
CROWD_DELAY_MOST = timedelta(minutes=10)
MAILS_MOST = 100  # per address, from all networks together
MAILS_OF_NETWORK = 20  # in a quarter of an hour; further ones leave later
MAIL_DELAY = timedelta(seconds=3)  # for each one more
MAIL_DELAY_MOST = timedelta(minutes=1)

PASSWORDS = 5  # per address and network in a quarter of an hour
PASSWORDS_WIDE = 50  # per address
PASSWORDS_OF_NETWORK = 50  # wrong ones in a quarter of an hour; from then on with pauses
PAUSE = timedelta(seconds=0.1)  # for each one more
PAUSE_MOST = timedelta(seconds=2)

IPV6_PREFIX = 56  # what a house or a small firm is given


@dataclass(frozen=True)
class GuessingPlace:
    """A mail address and from where it is tried, as keys that show neither.

    ``known``: from a browser that has signed in there before, which counts as a network of
    its own.
    """

    address: str
    both: str
    network: str
    known: bool = False


def place(purpose: str, email_key: str, remote_address: str, known_as: str = "") -> GuessingPlace:
    """Return the keys under which tries are counted; ``purpose`` keeps mails and passwords apart.

    ``known_as`` is the name of a browser that has signed in at this address before, or "".
    """
    network = f"browser {known_as}" if known_as else _network(remote_address)
    return GuessingPlace(
        f"{purpose}-mail:{digest(email_key)}",
        f"{purpose}-mail-net:{digest(f'{email_key} {network}')}",
        f"{purpose}-net:{digest(network)}",
        known=bool(known_as),
    )


def _network(remote_address: str) -> str:
    """Return the part of an address that its owner cannot change at will: of IPv6 the /56.

    Some proxies name a port too ("192.0.2.1:5678", "[2001:db8::1]:99"). All that is no
    address counts as one network.
    """
    text = remote_address.partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.version == 4:
        return str(address)
    return str(ip_network((address, IPV6_PREFIX), strict=False))


def try_mail(where: GuessingPlace, *, now: datetime) -> datetime | None:
    """Count a request for a sign-in mail; return when it may leave, or None for not at all."""
    with transaction():
        _one_at_a_time(where.address)
        db.session.add(SignInTry(key=where.network, at=now))
        crowd = len(_tries(where.address, now - WINDOW))
        extra = _count(where.network, now - WINDOW) - MAILS_OF_NETWORK
        delay = _growing(extra, MAIL_DELAY, MAIL_DELAY_MOST)
        first = not _tries(where.both, now - WINDOW)
        if where.known:
            allowed = first or _has_room(where.both, now)
        else:
            allowed = _has_room(where.address, now) or (first and crowd < MAILS_MOST)
            delay = max(delay, _growing(crowd - MAILS_WIDE, CROWD_DELAY, CROWD_DELAY_MOST))
        if not allowed:
            return None
        db.session.add_all(SignInTry(key=key, at=now) for key in (where.address, where.both))
        return now + delay


def _has_room(key: str, now: datetime) -> bool:
    return _count(key, now - WINDOW) < MAILS and _count(key, now - DAY) < MAILS_A_DAY


def _growing(extra: int, step: timedelta, most: timedelta) -> timedelta:
    return min(max(extra, 0) * step, most)


def try_password(where: GuessingPlace, *, now: datetime) -> datetime | None:
    """Count a try with a password before it is checked, so that many at once do not slip through.

    Return None, or when the next try may be; then this one is not counted and must not be
    answered.
    """
    with transaction():
        _one_at_a_time(where.address)
        own = _tries(where.both, now - WINDOW)
        if len(own) >= PASSWORDS:
            return own[-PASSWORDS] + WINDOW
        if own and not where.known and _count(where.address, now - WINDOW) >= PASSWORDS_WIDE:
            return own[0] + WINDOW
        others = _tries(where.network, now - WINDOW)
        pause = _growing(len(others) - PASSWORDS_OF_NETWORK + 1, PAUSE, PAUSE_MOST)
        if pause and now < others[-1] + pause:
            return others[-1] + pause
        db.session.add_all(
            SignInTry(key=key, at=now) for key in (where.address, where.both, where.network)
        )
        return None


def forget_password_tries(where: GuessingPlace, *, tried_at: datetime) -> None:
    """Start counting anew here, after the right password; the try itself was none too many."""
    this_one = SignInTry.key.in_((where.address, where.network)) & (SignInTry.at == tried_at)
    with transaction():
        db.session.execute(delete(SignInTry).where(or_(SignInTry.key == where.both, this_one)))


def _tries(key: str, since: datetime) -> list[datetime]:
    return list(
        db.session.scalars(
            select(SignInTry.at)
            .where(SignInTry.key == key, SignInTry.at > since)
            .order_by(SignInTry.at)
        )
    )


def _count(key: str, since: datetime) -> int:
    return (
        db.session.scalar(select(func.count()).where(SignInTry.key == key, SignInTry.at > since))
        or 0
    )


def _one_at_a_time(key: str) -> None:
    """Let one try per address count at a time; on SQLite the write lock sees to that."""
    if db.engine.dialect.name == "postgresql":
        number = int(digest(key)[:15], 16)
        db.session.execute(select(func.pg_advisory_xact_lock(number)))
