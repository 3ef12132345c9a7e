"""Errors of deliveries. We write the texts ourselves: they are stored and shown to the office.

Never include another server's answer, an address or a name; "smtp 550" is enough.
"""

from app.core import errors


class NotDelivered(Exception):
    """A delivery failed; ``str(error)`` is the kind of error in a few words."""


class Transient(NotDelivered):
    """A retry may succeed: a server is unreachable or asks to wait."""


class Permanent(NotDelivered):
    """A retry will never succeed: the other side refuses."""


class Unprepared(NotDelivered):
    """The site is not configured for it yet; the promise waits for the operator, without limit."""


def describe(fault: BaseException) -> str:
    """Return what a log may say of a failed delivery."""
    return str(fault) if isinstance(fault, NotDelivered) else errors.describe(fault)
