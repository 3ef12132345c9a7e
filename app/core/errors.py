"""Errors of the school's rules, and what logs may say of any error."""

from http import HTTPStatus
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from app.core.outages import kind_of

T = TypeVar("T")


class DomainError(Exception):
    """A rule refuses the request; ``message`` is a translated sentence for the user."""

    status = HTTPStatus.CONFLICT

    def __init__(self, message: str) -> None:
        """Keep the message."""
        super().__init__(message)
        self.message = message


class NotFoundError(Exception):
    """The thing does not exist, or not for this user: both look the same."""


def describe(fault: BaseException) -> str:
    """Return what a log may say of an error: its class and where it arose, without its text.

    Texts of other libraries' errors can contain names, addresses and submitted data.
    """
    frames = reversed(extract_tb(fault.__traceback__))
    places = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return " < ".join((kind_of(fault), *places))


def found(thing: T | None) -> T:
    """Return the thing. Raises NotFoundError if it is None."""
    if thing is None:
        raise NotFoundError
    return thing
