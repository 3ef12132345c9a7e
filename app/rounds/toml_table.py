"""Read TOML and collect all faults at once, worded for the author of the file."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)
REQUIRED: Any = object()
"""Used as default: the key is required."""


@dataclass(frozen=True)
class TomlFault:
    """A fault in a file; ``key`` is its path, or "" for the whole file."""

    key: str
    value: object
    message: str

    def __str__(self) -> str:
        """Format the fault as one line."""
        if not self.key:
            return self.message
        value = "" if self.value is None else f" = {written(self.value)}"
        return f"{self.key}{value}: {self.message}"


class BadFile(Exception):
    """A file with faults."""

    def __init__(self, faults: Sequence[TomlFault]) -> None:
        """Keep the faults."""
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class BadValue(Exception):
    """An invalid value; the message says what to write instead."""


def parse(content: bytes) -> dict[str, Any]:
    """Parse the content of a file. Raises BadFile if it is not TOML."""
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        message = _("This file is not UTF-8. Save it as UTF-8.")
        raise BadFile([TomlFault("", None, message)]) from error
    except tomllib.TOMLDecodeError as error:
        message = _("This is not TOML: %(fault)s. Texts stand between quotes.", fault=error)
        raise BadFile([TomlFault("", None, message)]) from error


def written(value: object) -> str:
    """Format a value as it stands in the file."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case date() | time():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(written, value))}]"
    return str(value)


class TomlTable:
    """A table of the file; values read from it are valid, or reported as faults."""

    def __init__(
        self, values: Mapping[str, Any], path: str = "", faults: list[TomlFault] | None = None
    ) -> None:
        """Read from ``values``; nested tables share the list of faults."""
        self._left, self._path = dict(values), path
        self._known: list[str] = []
        self.faults = [] if faults is None else faults

    def value(self, key: str, kind: type[T], default: T = REQUIRED) -> T:
        """Read a text, number, boolean or date."""
        value: T = self._take(key, default, lambda value: of_kind(value, kind))
        return value

    def clock(self, key: str) -> str:
        """Read a time of day, in quotes or as a TOML time."""
        value: str = self._take(key, REQUIRED, clock)
        return value

    def choice(self, key: str, default: Choice) -> Choice:
        """Read a member of the default's enum."""
        value: Choice = self._take(key, default, lambda value: _one_of(value, type(default)))
        return value

    def moment(self, key: str, zone: ZoneInfo, default: datetime | None = REQUIRED) -> Any:
        """Read a moment; without an offset it is local time in ``zone``."""
        return self._take(key, default, lambda value: _moment(value, zone))

    def list_of(
        self, key: str, read: Callable[[Any], T], default: Sequence[Any] = REQUIRED
    ) -> tuple[T, ...]:
        """Read a list value by value, so that each fault shows its own value."""
        found = self._take(key, default, lambda value: of_kind(value, list))
        read_values = (self._try(key, value, read) for value in found or ())
        return tuple(value for value in read_values if value is not None)

    def tables(self, key: str, default: Sequence[Any] = REQUIRED) -> Sequence["TomlTable"]:
        """Read an array of tables; paths count from 1."""
        found = self._take(key, default, _tables)
        return [
            TomlTable(values, f"{self._path}{key}.{number}.", self.faults)
            for number, values in enumerate(found or (), 1)
        ]

    def fault(self, key: str, value: object, message: str) -> None:
        """Add a fault; ``value`` is None if the message is enough."""
        self.faults.append(TomlFault(self._path + key, value, message))

    def close(self) -> None:
        """Add a fault for every key that was not read: probably a typo."""
        for key, value in self._left.items():
            near = get_close_matches(key, self._known, 1)
            hint = (
                _('There is no such key. Did you mean "%(key)s"?', key=near[0])
                if near
                else _(
                    "There is no such key here. Known are: %(keys)s.", keys=", ".join(self._known)
                )
            )
            self.fault(key, None if isinstance(value, dict | list) else value, hint)

    def _take(self, key: str, default: Any, read: Callable[[Any], Any]) -> Any:
        self._known.append(key)
        if key in self._left:
            return self._try(key, self._left.pop(key), read)
        if default is REQUIRED:
            self.fault(key, None, _("This key is missing. Add it."))
            return None
        return default

    def _try(self, key: str, value: Any, read: Callable[[Any], T]) -> T | None:
        try:
            return read(value)
        except BadValue as error:
            self.fault(key, value, str(error))
            return None


def of_kind(value: Any, kind: type[T]) -> T:
    """Return the value if its type is exactly ``kind``, or raise BadValue."""
    # Not isinstance: in Python True is an int and a datetime is a date; to authors they differ.
    if type(value) is kind:
        return value
    wanted = {
        str: _("Write a text between quotes."),
        int: _("Write a whole number without quotes."),
        bool: _("Write true or false."),
        date: _("Write a date without quotes: 2027-02-09."),
        list: _('Write a list: ["h2a", "h2b"].'),
    }
    raise BadValue(wanted[kind])


def clock(value: object) -> str:
    """Return a time as the grid expects it; the grid checks that it exists on the day."""
    if isinstance(value, time):  # a TOML local time
        return f"{value:%H:%M}"
    if isinstance(value, str):
        return value
    raise BadValue(_('Write a time between quotes: "18:30".'))


def _moment(value: object, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        raise BadValue(_("Write a date and a time without quotes: 2027-01-18T19:00:00."))
    return value if value.tzinfo else value.replace(tzinfo=zone)


def _one_of(value: Any, kind: type[Choice]) -> Choice:
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(f'"{choice}"' for choice in kind)
        raise BadValue(_("Choose one of %(known)s.", known=known)) from error


def _tables(value: object) -> list[dict[str, Any]]:
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return value
    raise BadValue(_("Write at least one part under a heading in double square brackets."))
