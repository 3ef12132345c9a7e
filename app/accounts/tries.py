"""Limits on attempts to sign in, in words: how many, how often, and how many at once."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeVar

from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts import passwords
from app.accounts.limits import Allowance, LimitReached
from app.accounts.passwords import Rank
from app.core.errors import DomainError

T = TypeVar("T")

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

    @property
    def minutes(self) -> int:
        """Return the wait in whole minutes."""
        return max(1, -(-self.wait // timedelta(minutes=1)))


def count(
    allowance: Allowance[T], told: Callable[[LimitReached], TooManyTries], *, now: datetime
) -> T:
    """Count an attempt, and return what its rule gives. Raises what ``told`` makes of a refusal."""
    outcome = allowance.look(now)  # a flood of refusals takes no lock
    if not isinstance(outcome, LimitReached):
        outcome = allowance.take(now)
    if isinstance(outcome, LimitReached):
        raise told(outcome)
    return outcome


@contextmanager
def password_attempt(allowance: Allowance[Rank], *, now: datetime) -> Generator[None]:
    """Count a password attempt, and hold the turn for its hash. Raises TooManyTries.

    What is refused by the count gets no place in the queue; what the queue has no place for was no
    attempt.
    """
    rank = count(allowance, _too_often, now=now)
    try:
        with passwords.queue.turn(rank):
            yield
    except passwords.Crowded:
        allowance.give_back(now)
        raise TooManyTries(_busy(), CROWDED_WAIT) from None


def _busy() -> str:
    return _("Many people sign in at this moment. Try again in a few seconds.")


def _too_often(refusal: LimitReached) -> TooManyTries:
    if refusal.by_network:
        return TooManyTries(_busy(), refusal.wait)
    error = TooManyTries("", refusal.wait)
    error.message = ngettext(
        "Too often a wrong password. Try again in %(num)d minute, or let us send you a mail.",
        "Too often a wrong password. Try again in %(num)d minutes, or let us send you a mail.",
        error.minutes,
    )
    return error


def no_code(refusal: LimitReached) -> TooManyTries:
    """Return why no code can be tried now."""
    if refusal.by_network:
        return TooManyTries(_busy(), refusal.wait)
    error = TooManyTries("", refusal.wait)
    error.message = ngettext(
        "Too often a wrong code. Try again in %(num)d minute.",
        "Too often a wrong code. Try again in %(num)d minutes.",
        error.minutes,
    )
    return error


def no_mail(refusal: LimitReached) -> TooManyTries:
    """Return why no mail is sent: the same words whether or not anybody has the address."""
    error = TooManyTries("", refusal.wait)
    if refusal.by_network:
        error.message = ngettext(
            "Very many mails were asked for from your network, so we send none now. Try again in "
            "%(num)d minute, or on another network.",
            "Very many mails were asked for from your network, so we send none now. Try again in "
            "%(num)d minutes, or on another network.",
            error.minutes,
        )
    else:
        error.message = ngettext(
            "Many mails were asked for at this address, so we send none now. Try again in %(num)d "
            "minute. If you have a mail of before, use its link or its code.",
            "Many mails were asked for at this address, so we send none now. Try again in %(num)d "
            "minutes. If you have a mail of before, use its link or its code.",
            error.minutes,
        )
    return error
