"""Limits on password attempts: how many, how often, and how many at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts import limits, passwords, service
from app.core.errors import DomainError
from app.school.names import email_key

P = ParamSpec("P")
R = TypeVar("R")

CROWDED_WAIT = timedelta(seconds=2)


class TooManyTries(DomainError):
    """Too many attempts from here, or by everybody; ``wait`` is the time until the next one."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, message: str, wait: timedelta) -> None:
        """Keep the message and the wait."""
        super().__init__(message)
        self.wait = wait

    @property
    def seconds(self) -> int:
        """Return the wait in whole seconds, for the Retry-After header."""
        return max(1, -(-self.wait // timedelta(seconds=1)))


def in_line(function: Callable[P, R]) -> Callable[P, R]:
    """Hold a place in the queue for a hash. Raises TooManyTries at once if it is full."""

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with passwords.in_line():
                return function(*args, **kwargs)
        except passwords.Crowded:
            raise TooManyTries(_busy(), CROWDED_WAIT) from None

    return wrapper


def _busy() -> str:
    return _("Many people sign in at this moment. Try again in a few seconds.")


def count(address: str, browser: service.Browser, now: datetime) -> limits.GuessingPlace:
    """Count a sign-in attempt. Raises TooManyTries with a wait of at most 15 minutes."""
    where = limits.place("password", email_key(address), browser.remote_address, browser.known_as)
    next_at = limits.try_password(where, now=now)
    if next_at is None:
        return where
    wait = next_at - now
    if wait <= limits.PAUSE_MOST:
        raise TooManyTries(_busy(), wait)
    minutes = max(1, -(-wait // timedelta(minutes=1)))
    raise TooManyTries(
        ngettext(
            "Too often a wrong password. Try again in %(num)d minute, or let us send you a mail.",
            "Too often a wrong password. Try again in %(num)d minutes, or let us send you a mail.",
            minutes,
        ),
        wait,
    )
