"""What an administrator reads of a refusal: what is wrong, and who can mend it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from app.calendars.errors import Refusal


class Mender(StrEnum):
    """Who can mend what is wrong."""

    OPERATOR = "operator"
    MICROSOFT = "microsoft"
    GOOGLE = "google"
    EITHER = "either"
    NOBODY = "nobody"


MENDERS: Mapping[Mender, Any] = {
    Mender.OPERATOR: _l("Who keeps the server of this site can mend this."),
    Mender.MICROSOFT: _l("Who manages Microsoft 365 at school can mend this."),
    Mender.GOOGLE: _l("Who manages Google Workspace at school can mend this."),
    Mender.EITHER: _l("Who manages Microsoft 365 or Google Workspace at school can mend this."),
    Mender.NOBODY: _l("Put this talk in the calendar by hand."),
}

REFUSALS: Mapping[Refusal, tuple[Any, Mender]] = {
    Refusal.TENANT_UNKNOWN: (
        _l("Microsoft does not know the tenant that is set here."),
        Mender.OPERATOR,
    ),
    Refusal.CLIENT_UNKNOWN: (
        _l("Microsoft does not know the app registration that is set here, or it is turned off."),
        Mender.MICROSOFT,
    ),
    Refusal.SECRET_WRONG: (
        _l("Microsoft refuses the client secret that is set here."),
        Mender.OPERATOR,
    ),
    Refusal.SECRET_EXPIRED: (
        _l("The client secret for Microsoft has expired. A new one is needed."),
        Mender.MICROSOFT,
    ),
    Refusal.CERTIFICATE_REFUSED: (
        _l(
            "Microsoft refuses the certificate that is set here: it has expired, or it was not "
            "added to the app registration."
        ),
        Mender.MICROSOFT,
    ),
    Refusal.KEY_REFUSED: (
        _l("Google refuses the key of the service account: it was withdrawn or removed."),
        Mender.GOOGLE,
    ),
    Refusal.DELEGATION_MISSING: (
        _l(
            "Google does not let the service account write in calendars of teachers: its client "
            "ID or scope is not allowed under domain-wide delegation."
        ),
        Mender.GOOGLE,
    ),
    Refusal.CALENDAR_OFF: (
        _l("The Calendar API is not turned on in the project of the service account."),
        Mender.GOOGLE,
    ),
    Refusal.CLOCK_WRONG: (_l("The clock of this server is wrong."), Mender.OPERATOR),
    Refusal.SIGN_IN_REFUSED: (
        _l("The provider of calendars refuses to sign this site in."),
        Mender.EITHER,
    ),
    Refusal.ACCESS_DENIED: (
        _l(
            "This site may not write in the calendar of this teacher. After a change of rights it "
            "can take two hours before they work."
        ),
        Mender.EITHER,
    ),
    Refusal.MAILBOX_UNKNOWN: (
        _l(
            "There is no calendar for this teacher: the account does not exist, is turned off or "
            "has no licence."
        ),
        Mender.EITHER,
    ),
    Refusal.OUTSIDE_DOMAIN: (
        _l("The address of this teacher is not of the school's domain at Google."),
        Mender.OPERATOR,
    ),
    Refusal.NO_MEETING: (
        _l(
            "The talk is in the calendar of this teacher, but without a link: the account has no "
            "Teams or Meet."
        ),
        Mender.EITHER,
    ),
    Refusal.MEETING_FAILED: (
        _l("The talk is in the calendar, but Google failed to make a meeting for it."),
        Mender.NOBODY,
    ),
    Refusal.EVENT_REFUSED: (
        _l("The provider of calendars refuses this talk."),
        Mender.NOBODY,
    ),
    Refusal.KEY_TAKEN: (
        _l("Something else in the calendar of this teacher has the key of this talk."),
        Mender.NOBODY,
    ),
}


def sentence_of(refusal: Refusal) -> str:
    """Return what is wrong and who can mend it."""
    wrong, mender = REFUSALS[refusal]
    return f"{wrong} {MENDERS[mender]}"
