"""What an administrator reads of calendars: which there are, what is wrong, who can mend it.

Terms of Microsoft and Google stand where whoever mends it has to look for them there.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.calendars.errors import DELETED_AGAIN, Refusal
from app.calendars.models import CalendarKind

KINDS: Mapping[str, LazyString] = {
    CalendarKind.MICROSOFT: _l("Microsoft 365 (Outlook, Teams)"),
    CalendarKind.GOOGLE: _l("Google (Calendar, Meet)"),
    CalendarKind.ICAL: _l("another calendar, by subscription or mail"),
    CalendarKind.NONE: _l("none"),
}
AS_USUAL: Mapping[str, LazyString] = {"": _l("as usual at this school")}


class Mender(StrEnum):
    """Who can mend what is wrong."""

    OPERATOR = "operator"
    MICROSOFT = "microsoft"
    GOOGLE = "google"
    EITHER = "either"
    TEACHER = "teacher"
    LINK = "link"


MENDERS: Mapping[Mender, Any] = {
    Mender.OPERATOR: _l("Ask whoever keeps the server of this site to mend this."),
    Mender.MICROSOFT: _l("Ask whoever manages Microsoft 365 at school to mend this."),
    Mender.GOOGLE: _l("Ask whoever manages Google Workspace at school to mend this."),
    Mender.EITHER: _l(
        "Ask whoever manages Microsoft 365 or Google Workspace at school to mend this."
    ),
    Mender.TEACHER: _l("Ask the teacher to put this talk in the calendar by hand."),
    Mender.LINK: _l(
        "Choose Try again. If that does not help, ask the teacher to send the family a link."
    ),
}

REFUSALS: Mapping[Refusal, tuple[Any, Mender]] = {
    Refusal.TENANT_UNKNOWN: (
        _l(
            "Microsoft does not know this school: a wrong number is set on the server (Directory "
            "(tenant) ID, MS_TENANT_ID)."
        ),
        Mender.OPERATOR,
    ),
    Refusal.CLIENT_UNKNOWN: (
        _l(
            "Microsoft does not know this site: its app registration is gone or turned off, or "
            "another number is set on the server (Application (client) ID, MS_CLIENT_ID)."
        ),
        Mender.MICROSOFT,
    ),
    Refusal.SECRET_WRONG: (
        _l(
            "Microsoft refuses the password of this site that is set on the server (client secret, "
            "MS_CLIENT_SECRET)."
        ),
        Mender.OPERATOR,
    ),
    Refusal.SECRET_EXPIRED: (
        _l(
            "The password of this site at Microsoft has expired (client secret). A new one must be "
            "made there and set on the server."
        ),
        Mender.MICROSOFT,
    ),
    Refusal.CERTIFICATE_REFUSED: (
        _l(
            "Microsoft refuses the certificate of this site: it has expired, or it is missing at "
            "the app registration, under Certificates & secrets."
        ),
        Mender.MICROSOFT,
    ),
    Refusal.KEY_REFUSED: (
        _l(
            "Google refuses the key of this site (of the service account): it was withdrawn or "
            "removed. A new one must be made there and set on the server."
        ),
        Mender.GOOGLE,
    ),
    Refusal.DELEGATION_MISSING: (
        _l(
            "Google does not let this site write in calendars of teachers: in the Admin console, "
            "under domain-wide delegation, its client ID is missing or has another scope."
        ),
        Mender.GOOGLE,
    ),
    Refusal.CALENDAR_OFF: (
        _l("The Google Calendar API is not turned on in the project of this site at Google Cloud."),
        Mender.GOOGLE,
    ),
    Refusal.CLOCK_WRONG: (
        _l("The clock of the server is wrong, so Microsoft or Google does not let this site in."),
        Mender.OPERATOR,
    ),
    Refusal.SIGN_IN_REFUSED: (
        _l("Microsoft or Google does not let this site sign in."),
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
            "has no licence. If the address is wrong, choose Change beside this teacher."
        ),
        Mender.EITHER,
    ),
    Refusal.OUTSIDE_DOMAIN: (
        _l(
            "The address of this teacher ends otherwise than the school's addresses at Google, as "
            "set on the server (GOOGLE_WORKSPACE_DOMAIN). If the address is wrong, choose Change "
            "beside this teacher."
        ),
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
        _l("The talk is in the calendar, but Google failed to make a link for it."),
        Mender.LINK,
    ),
    Refusal.EVENT_REFUSED: (
        _l("Microsoft or Google refuses to put this talk in the calendar."),
        Mender.TEACHER,
    ),
    Refusal.KEY_TAKEN: (
        _l("Something else in the calendar of this teacher bears the mark of this talk."),
        Mender.TEACHER,
    ),
}


def sentence_of(refusal: Refusal) -> str:
    """Return what is wrong and who can mend it."""
    wrong, mender = REFUSALS[refusal]
    return f"{wrong} {MENDERS[mender]}"


def fault_text(fault: str) -> str:
    """Return what an administrator reads of a fault that is no refusal."""
    if fault == DELETED_AGAIN:
        return _(
            "The teacher took this talk out of the calendar twice. Ask whether it should stand "
            "there. Try again puts it back."
        )
    return _(
        "It does not work with Microsoft or Google at the moment. If it stays so, ask whoever keeps "
        "the server of this site, and pass on this message: %(fault)s",
        fault=fault,
    )
