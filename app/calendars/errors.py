"""Why a calendar did not do what was asked. Each error is one that the outbox knows.

What a provider answers is never part of a text: it can hold names and links.
"""

from enum import StrEnum

from app.outbox.errors import Permanent, Transient


class Refusal(StrEnum):
    """Why a provider refuses, or gives no link; ``words.py`` says it to an administrator.

    Rows store these values: renaming one needs a migration.
    """

    # about the whole site
    TENANT_UNKNOWN = "tenant_unknown"
    CLIENT_UNKNOWN = "client_unknown"
    SECRET_WRONG = "secret_wrong"  # noqa: S105  (no password)
    SECRET_EXPIRED = "secret_expired"  # noqa: S105  (no password)
    CERTIFICATE_REFUSED = "certificate_refused"
    KEY_REFUSED = "key_refused"
    DELEGATION_MISSING = "delegation_missing"
    CALENDAR_OFF = "calendar_off"
    CLOCK_WRONG = "clock_wrong"
    SIGN_IN_REFUSED = "sign_in_refused"
    # about one teacher
    ACCESS_DENIED = "access_denied"
    MAILBOX_UNKNOWN = "mailbox_unknown"
    OUTSIDE_DOMAIN = "outside_domain"
    NO_MEETING = "no_meeting"
    # about one event
    MEETING_FAILED = "meeting_failed"
    EVENT_REFUSED = "event_refused"
    KEY_TAKEN = "key_taken"


EVERYWHERE = frozenset(
    {
        Refusal.TENANT_UNKNOWN,
        Refusal.CLIENT_UNKNOWN,
        Refusal.SECRET_WRONG,
        Refusal.SECRET_EXPIRED,
        Refusal.CERTIFICATE_REFUSED,
        Refusal.KEY_REFUSED,
        Refusal.DELEGATION_MISSING,
        Refusal.CALENDAR_OFF,
        Refusal.CLOCK_WRONG,
        Refusal.SIGN_IN_REFUSED,
    }
)
"""What every teacher's calendar is refused for; the others are about one teacher or event."""


DELETED_AGAIN = "the teacher deleted the event again"
"""The fault of an event that is not made a third time."""


class Delayed(Transient):
    """It is not known whether it was done, or it was not: try again, with the same key.

    ``retry_after`` is how many seconds the provider wants to be left alone about this mailbox.
    """

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        """Keep the wait."""
        super().__init__(text)
        self.retry_after = retry_after


class AlreadyThere(Delayed):
    """The provider has an event of this key, and it cannot be found yet."""


class Refused(Permanent):
    """The provider will refuse this again, until somebody has mended it."""

    def __init__(self, refusal: Refusal, text: str) -> None:
        """Keep the reason."""
        super().__init__(text)
        self.refusal = refusal


class Disappeared(Permanent):
    """The event is gone: somebody deleted it. ``was_there`` is False if it never was, as we know."""

    def __init__(self, text: str, *, was_there: bool = True) -> None:
        """Keep whether it was there."""
        super().__init__(text)
        self.was_there = was_there
