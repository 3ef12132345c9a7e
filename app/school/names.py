"""Format, sort and search names. Pure.

Dutch names sort without the leading tussenvoegsel ("van den Berg" under B). The prefix gets a
capital only if no first name precedes it ("mevr. Van den Berg", "Jan van den Berg"). A prefix that
belongs to the family name, as in Flemish names, is never split or changed where it is shown. A source
may also write a Dutch one there: "van den Berg" sorts under B as well. Its small letters tell it from
a Flemish "Van den Berg", which sorts under V.
"""

import re
import unicodedata
from itertools import takewhile

# Letters that Unicode does not decompose, but that people type without marks.
_PLAIN = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d"})
_APOSTROPHES = re.compile("[’‘ʼ´`']")
_GAPS = re.compile(r"[\s\-]+")


def fold(text: str) -> str:
    """Return the text without case, accents, apostrophes and hyphens; only for comparing."""
    # Apostrophes first: Unicode decomposes a standalone acute accent into a space and an accent.
    plain = _APOSTROPHES.sub("", text)
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", plain).casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_PLAIN)
    return _GAPS.sub(" ", letters).strip()


def full_name(given: str, prefix: str, family: str) -> str:
    """Return the full name: "Jan van den Berg"; missing parts leave no extra space."""
    return " ".join(part for part in (given, prefix, family) if part)


def formal_name(salutation: str, given: str, prefix: str, family: str) -> str:
    """Return a name as parents read it: "mevr. Van den Berg", or in full without a salutation."""
    if not salutation or not family:
        return full_name(given, prefix, family)
    return " ".join(part for part in (salutation, prefix[:1].upper() + prefix[1:], family) if part)


def sort_key(given: str, prefix: str, family: str) -> str:
    """Return the Dutch sort key: family name, prefix, first name."""
    own, rest = own_prefix(family)
    leading = " ".join(part for part in (prefix, own) if part)
    return "\x1f".join((fold(rest or given), fold(leading), fold(given)))


def search_key(given: str, prefix: str, family: str) -> str:
    """Return the text to search in: the name with and without its prefix, in both orders."""
    own, rest = own_prefix(family)
    without = (given, rest) if own else ()
    return fold(" ".join((given, prefix, family, given, family, *without)))


def own_prefix(family: str) -> tuple[str, str]:
    """Return the small words with which a family name begins, and the rest, which has a capital."""
    words = family.split()
    own = len(list(takewhile(str.islower, words)))
    if not 0 < own < len(words) or words[own].upper() == words[own].lower():
        return "", family
    return " ".join(words[:own]), " ".join(words[own:])


def email_key(address: str) -> str:
    """Return a mail address for comparing: trimmed, NFC-normalised and case-folded."""
    return unicodedata.normalize("NFC", address.strip()).casefold()


def initials(given: str, family: str) -> str:
    """Return the first letters of a name: "N.J."; small words in between do not count."""
    return "".join(f"{initial(part)}." for part in (given, own_prefix(family)[1]) if part)


def initial(name: str) -> str:
    """Return the first letter as a capital; "IJ" counts as one; without a letter, a bullet."""
    if name[:2] in {"IJ", "ij"}:
        return "IJ"
    for char in name:
        if char.isalpha():
            return char.upper()
    return "•"
