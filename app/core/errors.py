"""Errors of the school's rules, and how errors become answers."""

from http import HTTPStatus
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

T = TypeVar("T")


class DomainError(Exception):
    """Something the rules refuse; ``message`` is a translated sentence for the person who tried."""

    status = HTTPStatus.CONFLICT

    def __init__(self, message: str) -> None:
        """Keep the sentence."""
        super().__init__(message)
        self.message = message


class NotFoundError(Exception):
    """A thing that is not there, or not for this person: the same answer for both."""


def describe(fault: BaseException) -> str:
    """Return what a log may say of a fault: its kind and where it arose, without its text.

    The text of somebody else's error can hold names, addresses and what was sent.
    """
    frames = reversed(extract_tb(fault.__traceback__))
    places = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return " < ".join((type(fault).__name__, *places))


def found(thing: T | None) -> T:
    """Return the thing, or raise NotFoundError when it is None."""
    if thing is None:
        raise NotFoundError
    return thing
