"""Find the mail address in what a cell holds: often more than an address alone. Pure functions."""

import re
import unicodedata
from dataclasses import dataclass

ATOM = r"[^\s@<>()\[\],;:\"\\.]+"
LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
ADDRESS = re.compile(rf"{ATOM}(?:\.{ATOM})*@{LABEL}(?:\.{LABEL})+")
IN_BRACKETS = re.compile(r"<([^<>]*@[^<>]*)>|([^\s<>;,/|]+@[^\s<>;,/|]+)")
REMARK = re.compile(r"\s*\([^()@]*\)\s*")
BETWEEN = re.compile(r"\s*[;,/|]\s*|\s+(?:(?:en|of|and|or|&)\s+)?", re.IGNORECASE)
MAILTO = re.compile(r"\s*mailto:([^?]*)(?:\?.*)?", re.IGNORECASE)
AROUND = " \t\"'‘’“”`<>()[];,:"


@dataclass(frozen=True)
class Found:
    """The address to use, or ""; and the other addresses that stand beside it."""

    address: str
    others: tuple[str, ...] = ()


def find_address(written: str) -> Found:
    """Return the first valid address of a cell.

    Several are told apart only if each part is one: of "jan smit@school.example" the second half is
    an address too, but perhaps of somebody else.
    """
    found = [_bare(part) for part in _parts(REMARK.sub(" ", _visible(written)))]
    parts = list({part.casefold(): part for part in reversed(found) if _is_told(part)}.values())[
        ::-1
    ]
    if any("@" not in part for part in parts):
        return Found("")
    valid = [part for part in parts if ADDRESS.fullmatch(part)]
    if not valid:
        return Found("")
    return Found(valid[0], tuple(part for part in parts if part != valid[0]))


def _visible(written: str) -> str:
    """Return the text without signs that nobody sees; a space that does not break is a space."""
    text = written.replace("\N{NO-BREAK SPACE}", " ")
    return "".join(char for char in text if unicodedata.category(char) != "Cf").strip()


def _parts(text: str) -> list[str]:
    if "<" in text:
        return [inside or outside for inside, outside in IN_BRACKETS.findall(text)]
    if ADDRESS.fullmatch(_bare(text)):
        return [text]
    return BETWEEN.split(text)


def _bare(part: str) -> str:
    bare = part.strip(AROUND)
    if match := MAILTO.fullmatch(bare):
        bare = match[1].strip(AROUND)
    return bare.rstrip(".").rstrip(AROUND)


def _is_told(part: str) -> bool:
    """Whether a part is more than a line for "none"."""
    return any(map(str.isalnum, part))
