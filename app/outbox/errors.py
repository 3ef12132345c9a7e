"""How a delivery can go wrong. The texts are ours: they are kept and shown to the office.

Never an answer of another server, an address or a name; "smtp 550" is enough.
"""

from app.core import errors


class NotDelivered(Exception):
    """A delivery that did not happen; ``str(error)`` is the kind of fault in a few words."""


class Transient(NotDelivered):
    """It may work later: a server is away, or asks to wait."""


class Permanent(NotDelivered):
    """It will never work: the other side has understood, and refuses."""


class Unprepared(NotDelivered):
    """The site is not set up for it yet; such a promise waits for the operator and is not given up."""


def describe(fault: BaseException) -> str:
    """Return what a log may say of a delivery that failed."""
    return str(fault) if isinstance(fault, NotDelivered) else errors.describe(fault)
