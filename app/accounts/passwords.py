"""Passwords: how they are kept, and which ones are too easy."""

import re
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.school.names import fold

SHORTEST = 10
LONGEST = 200

# OWASP's least figures for Argon2id: 19 MiB, two passes. More would be felt on opening night.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# One hash at a time per process: while many sign in, the others keep a core for the tables.
_turn = Lock()
# Who waits for that holds a thread of the server, and there are not many: three at most.
_line = BoundedSemaphore(3)
_LEET = str.maketrans("013457@$!", "oieastasi")

# Words with which guessing begins, without case and accents; written down for this site, so
# that no list need be fetched. One stands for "Welkom2027!" and all its brothers.
_COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text().split())

# Keys that lie in a row, on QWERTY and AZERTY; a password that only follows one is none.
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
    """Too many wait for their password to be checked."""


@contextmanager
def in_line() -> Generator[None]:
    """Hold one of the few places in the line for a hash. Raises Crowded at once when all are taken."""
    if not _line.acquire(blocking=False):
        raise Crowded
    try:
        yield
    finally:
        _line.release()


def make_hash(password: str) -> str:
    """Return what is stored of a password."""
    with _turn:
        return _hasher.hash(_same(password))


def matches(stored: str, password: str) -> bool:
    """Whether this is the password; takes as long for a wrong one."""
    with _turn:
        try:
            return _hasher.verify(stored, _same(password))
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other figures than those of today."""
    return _hasher.check_needs_rehash(stored)


# Of nobody's password: checked where there is none, so that the answer takes as long.
NOBODY = _hasher.hash("nobody has this password")


def is_weak(password: str, known: tuple[str, ...]) -> bool:
    """Whether a password is among the first that somebody would guess.

    ``known`` is what others know of the person: names, mail address, school. Digits and
    signs around a common word do not make it another word.
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
        or bare in _COMMON
        or bare.translate(_LEET) in _COMMON
        or _made_of(folded, own)
    )


def _same(password: str) -> str:
    """Write equal characters in one way: keyboards differ in how they make an é (NIST 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def _stem(folded: str) -> str:
    """Return the word without the digits and signs before and after it."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)


def _repeats(folded: str) -> bool:
    """Whether it is one short piece again and again: "abcabcabcabc"."""
    return re.fullmatch(r"(.{1,12}?)\1+", folded) is not None


def _runs(folded: str) -> bool:
    """Whether it only follows the keyboard or the alphabet: "1234567890", "poiuytrewq"."""
    return any(folded in row or folded[::-1] in row for row in _ROWS)


def _made_of(folded: str, own: set[str]) -> bool:
    """Whether nothing is left but digits and signs when the names others know are taken out."""
    rest = folded
    for word in sorted(own, key=len, reverse=True):
        if len(word) > 2:
            rest = rest.replace(word, "")
    return rest != folded and not re.search(r"[^\W\d_]{3,}", rest)
