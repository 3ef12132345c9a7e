"""Parse the values of a row into typed values; an invalid value becomes a fault. Pure functions."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from flask_babel import gettext as _

from app.core.text import one_line
from app.imports import faults
from app.imports.addresses import ADDRESS, find_address
from app.imports.faults import ImportFault, Notice
from app.imports.mojibake import repaired
from app.rounds.reference_week import is_week

LONGEST = 200
"""Maximum length of a value in characters; the longest real names stay far below."""

MAYBE_SPOILT = re.compile(r"#|\d++(?:[.,]|[eE][+-])")
"""A quick look, for nearly all of hundreds of thousands of keys are as the source wrote them."""

SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?E[+-]\d+|\d[.,]\d{3,}E\d{1,2}", re.IGNORECASE)
"""A long number as a spreadsheet writes it ("2,02E+07"); or Java ("2.0260001E7"), with more digits
than a name such as "2.2E1" has. "2E1" is a name."""

FRACTION = re.compile(r"\d+[.,]0+")
WHOLE = re.compile(r"0*([0-9]{1,9})(?:[.,]0+)?")  # longer ones do not fit into the database
ERROR_VALUE = re.compile(r"#(?:[A-Z/0]+[!?]?|#+)")
MIDNIGHT = r"(?:[ T]0?0:00(?::00(?:\.0+)?)?)?"
DUTCH_DATE = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})" + MIDNIGHT)
ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})" + MIDNIGHT)
LINE_BREAKS = re.compile(r"[\t-\r\u2028\u2029]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]")


class Cells:
    """The values of one row by column; reading them collects faults and notices."""

    def __init__(self, file: str, line: int, values: Mapping[str, str]) -> None:
        self.file, self.line = file, line
        self._values = values
        self.faults: list[ImportFault] = []
        self.notices: list[Notice] = []

    def text(self, column: str) -> str:
        """Return a value on one line, trimmed and in NFC, or ""."""
        written = self._values.get(column, "")
        if written.isascii() and written.isprintable() and len(written) <= LONGEST:
            return written.strip()  # fast path for nearly all of hundreds of thousands of values
        written = unicodedata.normalize("NFC", LINE_BREAKS.sub(" ", written))
        meant = repaired(written)  # before spaces are taken off: one of them may be half a letter
        value = CONTROL.sub("\N{REPLACEMENT CHARACTER}", written.strip())
        value = one_line(value.replace("\N{NO-BREAK SPACE}", " ")).strip()  # as it is stored
        if meant != written:
            meant = meant.strip()
            self.faults.append(faults.mojibake(self.file, self.line, column, value, meant))
        elif CONTROL.search(value):  # PostgreSQL rejects NUL, and none of these is a letter
            text = _("There is something in this that is no letter or sign. Type it again.")
            self._fault(column, value, text)
        if len(value) > LONGEST:
            text = _("This is longer than %(num)d letters. Shorten it.", num=LONGEST)
            self._fault(column, value[:40] + "…", text)
        return value

    def key(self, column: str) -> str:
        """Return a value that identifies a row; one damaged by a spreadsheet stops the import."""
        value = self.text(column)
        if not value:
            self._fault(column, value, _("This is empty. Fill it in."), stops=True)
        return self._unspoilt(column, value)

    def reference(self, column: str) -> str:
        """Return a key of another table, or ""."""
        return self._unspoilt(column, self.text(column))

    def flag(self, column: str, *, default: bool) -> bool:
        """Return True for "J" or "ja", False for "N" or "nee"; ``default`` if absent or empty."""
        value = self.text(column)
        word = value.casefold()
        if word not in {"j", "ja", "n", "nee", ""}:
            self._fault(column, value, _('Write "J" for yes or "N" for no.'))
        return word in {"j", "ja"} if value else default

    def day(self, column: str) -> date | None:
        """Return a date; an ambiguous order of day and month is a fault."""
        value = self.text(column)
        if not value:
            return None
        if match := DUTCH_DATE.fullmatch(value):
            day, month, year = map(int, match.groups())
        elif match := ISO_DATE.fullmatch(value):
            year, month, day = map(int, match.groups())
        else:
            text = _('This is not a date such as "31-12-2012". Write day, month and year so.')
            self._fault(column, value, text)
            return None
        try:
            return date(year, month, day)
        except ValueError:
            self._fault(column, value, _("This day does not exist. Correct the date."))
            return None

    def number(self, column: str) -> int | None:
        """Return a whole number, or None; "4.0" is one too."""
        value = self.text(column)
        if not value:
            return None
        if match := WHOLE.fullmatch(value):
            return int(match[1])
        self._fault(column, value, _("This is not a whole number. Correct it."))
        return None

    def week(self, column: str) -> str:
        """Return an ISO week such as "2026-W53"."""
        value = self.text(column)
        if not is_week(value):
            text = _('This is not a week such as "2026-W35". Correct it.')
            self._fault(column, value, text)
        return value

    def choice(self, column: str, choices: Mapping[str, str]) -> str:
        """Return the meaning of a word in ``choices``."""
        value = self.text(column)
        if value not in choices:
            words = ", ".join(f'"{word}"' for word in choices)
            self._fault(column, value, _("Write one of these: %(words)s.", words=words))
        return choices.get(value, "")

    def email(self, column: str) -> str:
        """Return a mail address; what else stands in the cell is told. An invalid one becomes ""."""
        value = self.text(column)
        if not value or (value.isascii() and ADDRESS.fullmatch(value)):
            return value
        found = find_address(value)
        if not found.address:
            text = _("This is not a mail address, so this person gets no mail. Correct it.")
            self._notice(column, value, text, "no address")
        elif found.others:
            text = _(
                'Several addresses: "%(address)s" is used, and not: %(others)s.',
                address=found.address,
                others=", ".join(found.others),
            )
            self._notice(column, value, text, "addresses")
        elif found.address != value:
            text = _('"%(address)s" is used, without what stands around it.', address=found.address)
            self._notice(column, value, text, "address")
        return found.address

    def refuse(self, column: str, text: str) -> None:
        """Add a fault: the value conflicts with others in the row."""
        self._fault(column, self.text(column), text)

    def _unspoilt(self, column: str, value: str) -> str:
        if MAYBE_SPOILT.match(value) and (text := _how_spoilt(value)):
            self._fault(column, value, text, stops=True)
        return value

    def _notice(self, column: str, value: str, text: str, kind: str) -> None:
        self.notices.append(Notice(self.file, self.line, column, value, text, kind))

    def _fault(self, column: str, value: str, text: str, *, stops: bool = False) -> None:
        self.faults.append(faults.bad_value(self.file, self.line, column, value, text, stops=stops))


def _how_spoilt(key: str) -> str:
    """Return what a program did to a key, or ""."""
    text: str = ""
    if SCIENTIFIC.fullmatch(key):
        text = _("A spreadsheet made this of a long number. Export again; do not open it there.")
    elif FRACTION.fullmatch(key):
        text = _(
            "A spreadsheet made a number with a decimal point of this. Export again; do not open "
            "it there."
        )
    elif ERROR_VALUE.fullmatch(key):
        text = _("A spreadsheet could not show this. Export again; do not open it there.")
    return text


def loses_letters(old: str, new: str) -> bool:
    """Whether the new name is the old one in a smaller alphabet: "Sahin" for "Şahin"."""
    if old == new or old.isascii() or len(old) != len(new):
        return False
    return all(b in {a, "?"} or _flattens(a, b) for a, b in zip(old, new, strict=True))


def _flattens(letter: str, flat: str) -> bool:
    if letter.isascii():
        return False
    plain = unicodedata.normalize("NFKD", letter)[0].translate(_STROKES)
    return plain == flat


_STROKES = str.maketrans("łŁøØđĐı", "lLoOdDi")
