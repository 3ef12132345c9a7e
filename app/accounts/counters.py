"""Counters that run empty by themselves: the generic cell rate algorithm (ITU-T I.371).

A counter is one row with one moment, at which nothing of it counts any more. So what is stored
grows with the keys that somebody uses, and not with how often; and a refusal stores nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, select

from app.accounts.models import SignInTry
from app.accounts.secrets import digest
from app.core import clock, compiled
from app.core.purging import counted
from app.core.transaction import transaction
from app.extensions import db

KEY_LENGTH = 32  # characters of the SHA-256: 128 bits


@dataclass(frozen=True)
class Limit:
    """So many at once, and one more each ``every``."""

    burst: int
    every: timedelta

    @property
    def lasts(self) -> timedelta:
        """How long a full counter takes to run empty."""
        return self.burst * self.every


@dataclass(frozen=True)
class Counter:
    """What is counted, as a key that reveals nothing, and its limit."""

    key: str
    limit: Limit


def counter(limit: Limit, *words: str) -> Counter:
    """Return the counter of what these words describe."""
    return Counter(digest(" ".join(words))[:KEY_LENGTH], limit)


@dataclass(frozen=True)
class Counts:
    """What some counters hold at one moment."""

    empty_at: Mapping[str, datetime]
    now: datetime

    def left(self, one: Counter) -> timedelta:
        """Return how long a counter takes to run empty; none does longer, unless the clock went back.

        But for a moment: who counted just before may have looked at the clock later.
        """
        left = self.empty_at.get(one.key, self.now) - self.now
        went_back = left > one.limit.lasts + clock.STEP
        return timedelta() if went_back else max(left, timedelta())

    def used(self, one: Counter) -> float:
        """Return how many attempts still count."""
        return self.left(one) / one.limit.every

    def wait(self, one: Counter, *, burst: int | None = None) -> timedelta:
        """Return how long until the next attempt fits, also within a smaller burst; zero: it does."""
        every, most = one.limit.every, one.limit.burst if burst is None else burst
        return max(self.left(one) + every - most * every, timedelta())

    def after(self, counters: Collection[Counter], number: int = 1) -> dict[str, datetime]:
        """Return when these counters are empty with one attempt more, or with -1 one less.

        A full counter stays full: how long it takes to run empty is bounded.
        """
        return {
            one.key: self.now + min(self.left(one) + number * one.limit.every, one.limit.lasts)
            for one in counters
        }


def read(counters: Collection[Counter], now: datetime) -> Counts:
    """Return what these counters hold, without a lock."""
    rows = compiled.read(_THESE, keys=[one.key for one in counters])
    return Counts({row.key: row.empty_at for row in rows}, now)


def store(empty_at: Mapping[str, datetime]) -> None:
    """Store what counters hold from now on. The caller must ``hold`` them since it read them."""
    rows = [{"key": key, "empty_at": at} for key, at in empty_at.items()]
    compiled.insert(SignInTry, rows, _or_update)


def forget(counters: Collection[Counter]) -> None:
    """Empty these counters."""
    compiled.execute(_GONE, keys=[one.key for one in counters])


def hold(*keys: str) -> None:
    """Let nobody else count under these keys until the transaction ends.

    On SQLite the transaction's write lock does that.
    """
    if db.engine.dialect.name == "postgresql":
        for number in sorted({int(key[:15], 16) for key in keys}):
            db.session.execute(select(func.pg_advisory_xact_lock(number)))


def purge(*, now: datetime) -> int:
    """Delete the counters that have run empty; return how many. Without any, this writes nothing."""
    over = SignInTry.empty_at <= now
    if db.session.scalar(select(SignInTry.key).where(over).limit(1)) is None:
        return 0
    with transaction():
        return counted(delete(SignInTry).where(over))


def _or_update(insert: compiled.Insert) -> compiled.Statement:
    return insert.on_conflict_do_update(
        index_elements=["key"], set_={"empty_at": insert.excluded.empty_at}
    )


_THESE = select(SignInTry.key, SignInTry.empty_at).where(
    SignInTry.key.in_(bindparam("keys", expanding=True))
)
_GONE = delete(SignInTry).where(SignInTry.key.in_(bindparam("keys", expanding=True)))
