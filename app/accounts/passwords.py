"""Hash passwords, and recognise those that are too easy to guess."""

import re
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from itertools import count
from pathlib import Path
from threading import Condition, Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.school.names import fold

SHORTEST = 10
LONGEST = 200

# OWASP's minimum for Argon2id: 19 MiB, two passes. More would slow the site on opening night.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# One hash at a time per process, so that a wave of sign-ins leaves a core for the tables.
_hashing = Lock()
PATIENCE = 2.0  # seconds in which an attempt waits for its turn
# Each attempt in the queue holds a server thread, of which there are few.
MOST_FAILED = 2
_LEET = str.maketrans("013457@$!", "oieastasi")

# Words that guessing starts with in these countries, without case and accents; written for this
# site. One entry covers "Welkom2027!" and all its variants.
_COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text().split())

# ASVS 5.0 (6.2.4): at least the 3,000 most used ones that the lengths would allow.
_TOP = frozenset(
    fold(line).replace(" ", "")
    for line in Path(__file__).with_name("top_passwords.txt").read_text().splitlines()
    if not line.startswith("# ")
)

# Adjacent keys on QWERTY and AZERTY; a password that only follows a row is refused.
_ROWS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1234567890qwertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1a2z3e4r5t6y7u8i9o0p",
    "123qweasdzxc",
    "!@#$%^&*()",
)


class Crowded(Exception):
    """Too many others are before this attempt."""


class Rank(IntEnum):
    """Whose turn comes first: the lowest number."""

    KNOWN = 1  # a browser that has signed in there before, or somebody who is let in already
    NEW = 2  # where nobody failed lately
    FAILED = 3


class HashQueue:
    """The queue of a process for a hash: one at a time, by rank, then in the order of coming."""

    def __init__(self) -> None:
        """Begin with nobody in it."""
        self._changed = Condition()
        self._numbers = count()
        self._places: list[tuple[Rank, int]] = []  # of those that wait
        self._failed = 0  # with the one whose turn it is
        self._is_free = True

    @contextmanager
    def turn(self, rank: Rank) -> Generator[None]:
        """Wait for one's turn, and hold it.

        Raises Crowded after two seconds; for FAILED at once if there are two more of them, as each
        holds a thread while it waits.
        """
        with self._changed:
            if rank is Rank.FAILED and self._failed >= MOST_FAILED:
                raise Crowded
            self._failed += rank is Rank.FAILED
        try:
            self._wait(rank)
            try:
                yield
            finally:
                self._leave()
        finally:
            with self._changed:
                self._failed -= rank is Rank.FAILED

    def _wait(self, rank: Rank) -> None:
        with self._changed:
            own = (rank, next(self._numbers))
            self._places.append(own)
            try:
                if not self._changed.wait_for(
                    lambda: self._is_free and own == min(self._places), PATIENCE
                ):
                    raise Crowded
                self._is_free = False
            finally:
                self._places.remove(own)
                self._changed.notify_all()  # whoever is first now may have looked before

    def _leave(self) -> None:
        with self._changed:
            self._is_free = True
            self._changed.notify_all()


queue = HashQueue()


def make_hash(password: str) -> str:
    """Return the hash to store for a password."""
    with _hashing:
        return _hasher.hash(_same(password))


def matches(stored: str, password: str) -> bool:
    """Whether the password matches; a wrong one takes as long."""
    with _hashing:
        try:
            return _hasher.verify(stored, _same(password))
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether the hash uses other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


# Checked if there is no password, so that the response takes as long.
NOBODY = _hasher.hash("nobody has this password")


def is_weak(password: str, known: tuple[str, ...]) -> bool:
    """Whether a password is among the first guesses.

    ``known`` is what others know about the person: names, mail address, school. Digits and signs
    around a common word do not make it strong.
    """
    folded = fold(_same(password)).replace(" ", "")
    bare = _stem(folded)
    own = {
        fold(part).replace(" ", "") for text in known for part in (text, *re.split(r"[\W_]+", text))
    }
    return (
        len(set(folded)) < 4
        or _repeats(folded)
        or _runs(folded)
        or not {folded, bare}.isdisjoint(_TOP)
        or not {bare, bare.translate(_LEET)}.isdisjoint(_COMMON)
        or _made_of(folded, own)
    )


def _same(password: str) -> str:
    """Normalise equal characters: keyboards differ in how they encode an é (NIST 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def _stem(folded: str) -> str:
    """Return the word without digits and signs before and after it."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)


def _repeats(folded: str) -> bool:
    """Whether the text repeats one short piece: "abcabcabcabc"."""
    return re.fullmatch(r"(.{1,12}?)\1+", folded) is not None


def _runs(folded: str) -> bool:
    """Whether the text only follows the keyboard or the alphabet: "1234567890", "poiuytrewq"."""
    return any(folded in row or folded[::-1] in row for row in _ROWS)


def _made_of(folded: str, own: set[str]) -> bool:
    """Whether only digits and signs remain after removing names that others know."""
    rest = folded
    for word in sorted(own, key=len, reverse=True):
        if len(word) > 2:
            rest = rest.replace(word, "")
    return rest != folded and not re.search(r"[^\W\d_]{3,}", rest)
