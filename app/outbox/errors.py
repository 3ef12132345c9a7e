"""Errors of deliveries. We write the texts ourselves: they are stored, and shown to the office.

Never include another server's answer, an address or a name; "smtp 550" is enough.
"""

from flask_babel import gettext as _

from app.core import errors

OWN_FAULT = "fault of the site"
"""Stored where neither a server nor an address failed, but our code or what it found stored."""


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


def in_words(reason: str) -> str:
    """Return for the office what a stored error means; "" if there is none."""
    if reason == OWN_FAULT:
        return _("This site cannot write it; whoever keeps the server finds why in its log.")
    if reason == "not a mail address":
        return _("This is not a mail address.")
    if reason == "no mail server is set":
        return _("No mail server is set.")
    if reason.startswith("mail server: "):
        return _("The mail server does not answer as it should (%(what)s).", what=reason[13:])
    if reason.startswith("smtp 5"):
        return _("The mail server refuses it (%(code)s).", code=reason[5:])
    if reason.startswith("smtp "):
        return _("The mail server asks to wait (%(code)s).", code=reason[5:])
    if reason.isidentifier():  # the class of an error
        return _("What the site needs for it did not answer.")
    return reason
