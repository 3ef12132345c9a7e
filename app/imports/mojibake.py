"""Recognise names that were once written as UTF-8 and read as Windows-1252. Pure functions.

Most pairs of letters that such a mistake makes never stand in a name, but some do: the "ÚŽ" of RÚŽA is
also how an Arabic letter would look. So a word is only taken for damaged when what it would have been
is a word as well: of one script, and of letters that names are written with.
"""

import re
import unicodedata

WORD = re.compile(r"[A-Za-z\u0080-\U0010ffff]+")
LEADING = re.compile(r"[\u00c2-\u00f4][^\x00-\x7f]")
NOT_PLAIN = re.compile(r"[^\x00-\x7f]+")

DEEPEST = 3
"""So many times a file may have been read wrongly; more was never seen."""

LATIN = (
    (0x00C0, 0x017F),  # Western and Central Europe, Turkish, the Baltic
    (0x01A0, 0x01A1),  # with 01AF, 01B0 and 1E00-1EFF: Vietnamese
    (0x01AF, 0x01B0),
    (0x018F, 0x018F),  # Azerbaijani, as 0259
    (0x0218, 0x021B),  # Romanian
    (0x0259, 0x0259),
    (0x1E00, 0x1EFF),
)
PUNCTUATION = frozenset("\N{NO-BREAK SPACE}’‘“”„–—…·´")
JOINERS = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")

EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC"})
"""A Japanese or Korean name is written with several of these at once."""

OF_ONE_ALPHABET = frozenset({"ÄŠ", "ÄŽ", "ÅŠ", "ÅŽ"})
"""Pairs of capitals that Estonian, Finnish or Slovak can have, and that would make a Latin letter."""

NO_WORD_BEGINS_SO = ("Äš", "Äž")
"""They would make "Ě" and "Ğ", with which no Czech and no Turkish word begins."""

_BYTES = {
    read: byte
    for byte in range(0x80, 0x100)
    for read in (chr(byte), bytes([byte]).decode("cp1252", "ignore"))
}
"""The byte behind each letter, where it was read as Latin-1 or as Windows-1252."""


def repaired(value: str) -> str:
    """Undo reading UTF-8 as Windows-1252: "ZoÃ«" becomes "Zoë"."""
    if not LEADING.search(value):
        return value
    return WORD.sub(lambda match: _repaired_word(match.group()), value)


def _repaired_word(word: str) -> str:
    best = current = word
    for _ in range(DEEPEST):
        meant = NOT_PLAIN.sub(lambda match: _once_utf8(match.group()), current)
        if meant == current:
            break
        current = meant
        if _is_word(current, word):
            best = current
    return best


def _once_utf8(letters: str) -> str:
    try:
        return bytes(_BYTES[letter] for letter in letters).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return letters


def _is_word(meant: str, written: str) -> bool:
    """Whether a word can be meant, rather than what is written."""
    others = [char for char in meant if not char.isascii()]
    if any(char.isascii() for char in meant) or all(map(_is_latin, others)):
        return all(map(_is_latin, others)) and not _is_written_so(written)
    others = [char for char in others if char not in PUNCTUATION | JOINERS]
    if not all(unicodedata.category(char)[0] in "LM" for char in others):
        return False
    letters = [char for char in others if char.isalpha()]
    is_certain = len(letters) > 1 or not written.isalpha()
    return is_certain and len({_script(letter) for letter in letters}) == 1


def _is_latin(char: str) -> bool:
    code = ord(char)
    is_letter = char not in "×÷" and any(first <= code <= last for first, last in LATIN)
    return is_letter or char in PUNCTUATION


def _is_written_so(word: str) -> bool:
    """Whether all that is odd about a word is a pair that some alphabet has."""
    if word.startswith(NO_WORD_BEGINS_SO) and word[2:].isascii():
        return True
    if not word.isupper():
        return False
    runs = NOT_PLAIN.findall(word)
    return all(_once_utf8(run) == run or run in OF_ONE_ALPHABET for run in runs)


def _script(letter: str) -> str:
    """Return the script of a letter, with which its name in Unicode begins."""
    script = re.split("[ -]", unicodedata.name(letter, ""))[0]
    return "EAST ASIAN" if script in EAST_ASIAN else script
