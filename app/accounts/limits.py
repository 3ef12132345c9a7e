"""How often somebody may try, counted in the database: it holds over workers and restarts.

Two limits on an address: the usual one, and a wide one that counts only for a network
that has not tried itself in the last quarter of an hour. So whoever keeps an address busy
does not lock its owner out. A network has no limit, it is only slowed: a whole school or
town may sit behind one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import delete, func, select

from app.accounts.models import SignInTry
from app.accounts.secrets import digest
from app.core.transaction import transaction
from app.extensions import db

WINDOW = timedelta(minutes=15)
DAY = timedelta(days=1)

MAILS = 3  # per address in a quarter of an hour
MAILS_WIDE = 10
MAILS_A_DAY = 10  # per address; after that one in a quarter of an hour
MAILS_OF_NETWORK = 20  # in a quarter of an hour; further ones leave later
MAIL_DELAY = timedelta(seconds=3)  # for each one more
MAIL_DELAY_MOST = timedelta(minutes=1)

PASSWORDS = 5  # per address and network in a quarter of an hour
PASSWORDS_WIDE = 50  # per address
PASSWORDS_OF_NETWORK = 50  # in a quarter of an hour; further answers come later
PASSWORD_DELAY = timedelta(seconds=0.1)  # for each one more
PASSWORD_DELAY_MOST = timedelta(seconds=2)


@dataclass(frozen=True)
class Place:
    """A mail address and the network from which it is tried, as keys that show neither."""

    address: str
    both: str
    network: str


def place(purpose: str, email_key: str, remote_address: str) -> Place:
    """Return the keys under which tries are counted; ``purpose`` keeps mails and passwords apart."""
    network = _network(remote_address)
    return Place(
        f"{purpose}-mail:{digest(email_key)}",
        f"{purpose}-mail-net:{digest(f'{email_key} {network}')}",
        f"{purpose}-net:{digest(network)}",
    )


def _network(remote_address: str) -> str:
    """Return the part of an address that its owner cannot change at will: of IPv6 the /64."""
    address = ip_address(remote_address.partition("%")[0] or "0.0.0.0")  # noqa: S104  unknown
    return str(address if address.version == 4 else ip_network((address, 64), strict=False))


def try_mail(where: Place, *, now: datetime) -> datetime | None:
    """Count a request for a sign-in mail; return when it may leave, or None for not at all."""
    with transaction():
        _one_at_a_time(where.address)
        db.session.add(SignInTry(key=where.network, at=now))
        recent = len(_tries(where.address, now - WINDOW))
        usual = recent < MAILS and len(_tries(where.address, now - DAY)) < MAILS_A_DAY
        others = recent < MAILS_WIDE and not _tries(where.both, now - WINDOW)
        extra = _count(where.network, now - WINDOW) - MAILS_OF_NETWORK
        if not usual and not others:
            return None
        db.session.add_all(SignInTry(key=key, at=now) for key in (where.address, where.both))
        return now + min(max(extra, 0) * MAIL_DELAY, MAIL_DELAY_MOST)


@dataclass(frozen=True)
class Leave:
    """Whether a password may be tried: when next (None: now), and how long the answer waits."""

    next_at: datetime | None
    delay: timedelta = timedelta(0)


def try_password(where: Place, *, now: datetime) -> Leave:
    """Count a try with a password before it is checked, so that many at once do not slip through."""
    with transaction():
        _one_at_a_time(where.address)
        own = _tries(where.both, now - WINDOW)
        if len(own) >= PASSWORDS:
            return Leave(own[-PASSWORDS] + WINDOW)
        all_tries = _tries(where.address, now - WINDOW)
        if own and len(all_tries) >= PASSWORDS_WIDE:
            return Leave(own[0] + WINDOW)
        extra = _count(where.network, now - WINDOW) - PASSWORDS_OF_NETWORK
        keys = (where.address, where.both, where.network)
        db.session.add_all(SignInTry(key=key, at=now) for key in keys)
        return Leave(None, min(max(extra, 0) * PASSWORD_DELAY, PASSWORD_DELAY_MOST))


def forget_password_tries(where: Place) -> None:
    """Start counting anew here, after the right password."""
    with transaction():
        db.session.execute(delete(SignInTry).where(SignInTry.key == where.both))


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
