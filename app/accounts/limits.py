"""Limits on signing in, counted in the database so that they hold across workers and restarts.

Nobody can be kept from signing in by a stranger, nor be flooded (ADR 34 has the reasons):

* Attempts are counted at a mail address and by where they come from, at each width at which
  networks are handed out (``networks``). A wider network has room for more than a narrower one can
  use up, so whoever has one of them leaves some to the others.
* A mail address gets ten mails an hour from strangers. The last three places are kept for networks
  that have not asked there in the last quarter of an hour: one for another household, one for
  another organisation, one for another provider.
* A browser in which somebody has signed in at that address before (``known``), or that holds a link
  which was mailed there, has limits of its own: what others do does not touch it.
* Refusals are told from what is stored, with no lock, and store nothing.

What remains possible: an attacker in the owner's own network, or for mails one with networks of two
providers or more, can make the owner wait in a browser where the owner never signed in. Such an owner
has the link of any mail that the attacker caused, which offers a new mail, and the school's code
(``codes``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from app.accounts import counters
from app.accounts.counters import Counter, Counts, Limit, counter
from app.accounts.networks import networks_of
from app.accounts.passwords import Rank
from app.core.transaction import transaction

T = TypeVar("T")

QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def _in_a_quarter(burst: int) -> Limit:
    return Limit(burst, QUARTER / burst)


# Of wrong passwords, in a /64, /56, /48 and /32 of IPv6; of IPv4 the address, the address, /24, /16.
PASSWORDS_THERE = tuple(map(_in_a_quarter, (5, 7, 10, 30)))  # at one mail address
PASSWORDS_OF_NETWORK = tuple(map(_in_a_quarter, (300, 400, 600, 2000)))  # at all together
PASSWORDS_OF_ALL = _in_a_quarter(50)  # at one mail address; a network's first ones do not mind it
PASSWORDS_OF_BROWSER = _in_a_quarter(5)
# Below this a network counts as one that did not fail lately: of a provider that is more than one
# organisation in it can use up.
FAILED_LATELY = tuple(
    Limit(burst, limit.every)
    for burst, limit in zip((40, 50, 75, 1000), PASSWORDS_OF_NETWORK, strict=True)
)

MAILS = 3  # at once to one mail address, and one each quarter of an hour
MAILS_FOR_OTHERS = 3  # more for who comes from another household, organisation, provider
MAILS_OF_NETWORK = tuple(
    Limit(burst, every * SECOND)
    for burst, every in ((2000, 30), (2000, 30), (3000, 20), (20000, 4))
)
MAILS_OF_BROWSER = _in_a_quarter(3)
MAILS_IN_NO_HURRY = 100  # of an organisation; further ones leave later, so that others' go first
MAIL_DELAY = SECOND / 10  # for each additional one
MAIL_DELAY_MOST = timedelta(minutes=1)

OWN_PASSWORDS = Limit(10, timedelta(minutes=1))  # new or present ones, of somebody who is let in


@dataclass(frozen=True)
class Place:
    """A mail address and where attempts come from.

    ``browser`` is the name of one that has signed in there before, or "".
    """

    address: str
    networks: Sequence[str]
    browser: str = ""


def place(email_key: str, remote_address: str, known_as: str = "") -> Place:
    """Return where somebody tries; ``known_as`` is the name of a known browser, or ""."""
    return Place(email_key, networks_of(remote_address), known_as)


@dataclass(frozen=True)
class LimitReached:
    """No, and how long until the next attempt; because of the whole network, or of this address."""

    wait: timedelta
    by_network: bool = False


@dataclass(frozen=True)
class Allowance(Generic[T]):
    """The counters of an attempt, and the rule by which they let it through."""

    counters: Sequence[Counter]
    held: Sequence[str]
    judge: Callable[[Counts], T | LimitReached]
    own: Sequence[Counter] = ()  # those that the right password empties

    def look(self, now: datetime) -> T | LimitReached:
        """Return what the rule says, without counting."""
        return self.judge(counters.read(self.counters, now))

    def take(self, now: datetime) -> T | LimitReached:
        """Count an attempt before it is made, so that concurrent ones cannot slip through."""
        with transaction():
            counters.hold(*self.held)
            counts = counters.read(self.counters, now)
            outcome = self.judge(counts)
            if not isinstance(outcome, LimitReached):
                counters.store(counts.after(self.counters))
            return outcome

    def give_back(self, now: datetime, *, right: bool = False) -> None:
        """Take an attempt off again that was not made; or that was ``right``, which starts anew."""
        with transaction():
            counters.hold(*self.held)
            counters.store(counters.read(self.counters, now).after(self.counters, -1))
            if right and self.own:
                counters.forget(self.own)


def passwords(where: Place) -> Allowance[Rank]:
    """Return what allows a password attempt; it gives the rank in the queue for a hash."""
    return _guesses("password", where)


def codes(where: Place) -> Allowance[Rank]:
    """Return what allows an attempt with a code that the office handed out: as with passwords."""
    return _guesses("code", where)


def _guesses(at: str, where: Place) -> Allowance[Rank]:
    if where.browser:
        one = counter(PASSWORDS_OF_BROWSER, at, "browser", where.address, where.browser)
        return _simple(one, Rank.KNOWN)
    there = _by_network(f"{at} at", where, PASSWORDS_THERE, where.address)
    around = _by_network(f"{at} of", where, PASSWORDS_OF_NETWORK)
    lately = _by_network(f"{at} of", where, FAILED_LATELY)
    of_all = counter(PASSWORDS_OF_ALL, at, where.address)

    def judge(counts: Counts) -> Rank | LimitReached:
        tried = any(counts.used(one) for one in there[:-1])  # of a whole provider, others may have
        if wait := _longest(counts, [*there, *([of_all] if tried else [])]):
            return LimitReached(wait)
        if wait := _longest(counts, around):
            return LimitReached(wait, by_network=True)
        failed = tried or any(
            counts.wait(one, burst=less.limit.burst)
            for one, less in zip(around, lately, strict=True)
        )
        return Rank.FAILED if failed else Rank.NEW

    return Allowance([*there, *around, of_all], [around[-1].key, of_all.key], judge, there)


def mails(where: Place) -> Allowance[datetime]:
    """Return what allows a sign-in mail; it gives the moment at which the mail may leave."""
    if where.browser:
        one = counter(MAILS_OF_BROWSER, "mail browser", where.address, where.browser)
        return Allowance(
            [one],
            [one.key],
            lambda counts: LimitReached(wait) if (wait := counts.wait(one)) else counts.now,
        )
    asked = _by_network("mail at", where, [_mails(MAILS + MAILS_FOR_OTHERS)] * 4, where.address)[
        -3:
    ]
    around = _by_network("mail of", where, MAILS_OF_NETWORK)
    of_all = counter(_mails(MAILS + MAILS_FOR_OTHERS), "mail", where.address)

    def judge(counts: Counts) -> datetime | LimitReached:
        others = sum(not counts.used(one) for one in asked)
        if wait := counts.wait(of_all, burst=MAILS + others):
            return LimitReached(wait)
        if wait := _longest(counts, around):
            return LimitReached(wait, by_network=True)
        further = max(counts.used(around[-2]) - MAILS_IN_NO_HURRY, 0)
        return counts.now + min(further * MAIL_DELAY, MAIL_DELAY_MOST)

    return Allowance([*asked, *around, of_all], [around[-1].key, of_all.key], judge)


def own_passwords(account_id: int) -> Allowance[Rank]:
    """Return what allows somebody who is let in already to try or choose a password."""
    return _simple(counter(OWN_PASSWORDS, "own password", str(account_id)), Rank.KNOWN)


def _simple(one: Counter, outcome: Rank) -> Allowance[Rank]:
    def judge(counts: Counts) -> Rank | LimitReached:
        return LimitReached(wait) if (wait := counts.wait(one)) else outcome

    return Allowance([one], [one.key], judge, [one])


def _by_network(
    what: str, where: Place, limits: Sequence[Limit], address: str = ""
) -> list[Counter]:
    """Return a counter for each network, narrowest first; one that is named twice counts once."""
    strictest = dict(reversed(list(zip(where.networks, limits, strict=True))))
    return [
        counter(strictest[network], what, address, network)
        for network in dict.fromkeys(where.networks)
    ]


def _mails(number: int) -> Limit:
    return Limit(number, QUARTER)


def _longest(counts: Counts, those: Sequence[Counter]) -> timedelta:
    return max(counts.wait(one) for one in those)
