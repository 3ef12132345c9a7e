"""Rate limits on signing in, counted in the database so that they hold across workers and restarts.

Limits slow users but lock nobody out of their own mail address:

* An address has a usual limit. Beyond it, a network that has not tried there itself in the last
  quarter of an hour still gets its turn; if many networks try, the mail leaves later.
* A browser in which somebody has signed in at that address before (``known``) is counted
  separately: what others do there, or in the same network, does not affect it.
* A network, which may be a whole school or town, is slowed by seconds.

What remains possible: an attacker in the owner's network, or with a hundred others, can delay a
first sign-in in a new browser by quarters of an hour. Some limit is needed, or an attacker could
make the school's mail server flood the mailbox.
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

MAILS = 3  # per address in 15 minutes
MAILS_A_DAY = 10  # per address; after that one in 15 minutes
MAILS_WIDE = 10  # per address; for networks that have not tried there, further ones leave later
CROWD_DELAY = timedelta(seconds=10)  # for each additional one
CROWD_DELAY_MOST = timedelta(minutes=10)
MAILS_MOST = 100  # per address, from all networks together
MAILS_OF_NETWORK = 20  # in 15 minutes; further ones leave later
MAIL_DELAY = timedelta(seconds=3)  # for each additional one
MAIL_DELAY_MOST = timedelta(minutes=1)

PASSWORDS = 5  # per address and network in 15 minutes
PASSWORDS_WIDE = 50  # per address
PASSWORDS_OF_NETWORK = 50  # wrong ones in 15 minutes; pauses after that
PAUSE = timedelta(seconds=0.1)  # for each additional one
PAUSE_MOST = timedelta(seconds=2)

IPV6_PREFIX = 56  # the usual assignment to a house or small firm


@dataclass(frozen=True)
class GuessingPlace:
    """A mail address and where attempts come from, as keys that reveal neither.

    ``known`` means a browser that has signed in there before, which counts as its own network.
    """

    address: str
    both: str
    network: str
    known: bool = False


def place(purpose: str, email_key: str, remote_address: str, known_as: str = "") -> GuessingPlace:
    """Return the keys for counting; ``purpose`` keeps mails and passwords apart.

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
    """Return the part of an IP address that its owner cannot easily change: the /56 for IPv6.

    Some proxies add a port ("192.0.2.1:5678", "[2001:db8::1]:99"). All invalid values count as one
    network.
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
    """Count a request for a sign-in mail; return when it may leave, or None to send nothing."""
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
    """Count a password attempt before the check, so that concurrent ones cannot slip through.

    Returns None, or when the next attempt is allowed; the caller must then not check this one,
    which was not counted.
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
    """Reset the counts here after the right password, which does not count as an attempt itself."""
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
    """Serialise the counting per address; on SQLite the write lock does that."""
    if db.engine.dialect.name == "postgresql":
        number = int(digest(key)[:15], 16)
        db.session.execute(select(func.pg_advisory_xact_lock(number)))
