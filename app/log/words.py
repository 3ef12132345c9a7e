"""The log's words: one sentence for each action, and the groups of actions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.audit.actions import Action
from app.audit.attempts import ELSEWHERE
from app.bookings.calling_off.queries import reason_of
from app.calendars import words as calendars
from app.core.i18n import moment_text
from app.exports.service import FILES
from app.feeds import addresses
from app.imports.faults import Code
from app.review.words import TITLES
from app.rounds import places
from app.rounds.models import RoundState

ACTIONS: Mapping[str, Any] = {
    Action.ABSENCE_BLOCKED: _l("set a teacher's time to not free"),
    Action.ABSENCE_FREED: _l("made a teacher's time free again"),
    Action.ACCESS_DEAD_LINK: _l("opened a link of a mail that does not work any more"),
    Action.ACCESS_PAGE_REFUSED: _l("asked for a page that is not there for them"),
    Action.ACCESS_RESET_ASKED: _l("asked for a mail to choose another password"),
    Action.ACCESS_TOO_OFTEN: _l("tried so often that they have to wait"),
    Action.ACCESS_UNKNOWN_ADDRESS: _l("asked for a mail at an address that nobody has"),
    Action.ACCESS_WRONG_CODE: _l("typed a wrong code"),
    Action.ACCESS_WRONG_PASSWORD: _l("typed a wrong password"),
    Action.ACCOUNT_CODE_HANDED_OUT: _l("handed out a code to sign in"),
    Action.ACCOUNT_MADE_ADMINISTRATOR: _l("made somebody administrator"),
    Action.ACCOUNT_MADE_SCHEDULER: _l("made somebody scheduler"),
    Action.ACCOUNT_PASSWORD_SET: _l("set a password"),
    Action.ACCOUNT_REMOVED_ADMINISTRATOR: _l("took the role of administrator from somebody"),
    Action.ACCOUNT_REMOVED_SCHEDULER: _l("took the role of scheduler from somebody"),
    Action.ACCOUNTS_ADDRESS_SHARED: _l(
        "a sign-in mail went to an address that several people share"
    ),
    Action.ACCOUNTS_ENDED_ALL: _l("signed everybody out: a backup was restored"),
    Action.BOOKING_ANSWERED: _l("wanted no other talk instead of one that was called off"),
    Action.BOOKING_BOOKED: _l("reserved a talk"),
    Action.BOOKING_CALLED_OFF: _l("called off a talk"),
    Action.BOOKING_CANCELLED: _l("cancelled a talk"),
    Action.BOOKING_PLANNED: _l("planned a talk"),
    Action.BOOKING_MOVED: _l("moved a talk"),
    Action.BOOKING_REMARKED: _l("changed the remark of a talk"),
    Action.BOOKING_SWITCHED: _l("changed where a talk is"),
    Action.CALENDAR_CHOSEN: _l("said which calendar a teacher has"),
    Action.CALENDAR_TRIED_AGAIN: _l("let talks be sent to calendars again"),
    Action.CALENDAR_USUAL: _l("said which calendar teachers have"),
    Action.CALLED_OFF_FINISHED: _l("ticked off a talk that was called off"),
    Action.EXPORT_PACK: _l("took the evening pack"),
    Action.EXPORT_SILENT: _l("took the students without a talk as a file"),
    Action.EXPORT_TALKS: _l("took all talks as a file"),
    Action.FAMILY_ADDRESSES_SEEN: _l("looked at mail addresses"),
    Action.FAMILY_CLOSED: _l("closed a child to a parent"),
    Action.FAMILY_JOINED: _l("said that a teacher and a parent are one person"),
    Action.FAMILY_MERGED: _l("said that two parents are one person"),
    Action.FAMILY_OPENED: _l("opened a child to a parent"),
    Action.FAMILY_PARTED: _l("said that a teacher and a parent are two people"),
    Action.FAMILY_PUT_TOGETHER: _l("put parents together again"),
    Action.FAMILY_REMOVED: _l("removed somebody"),
    Action.FAMILY_RENUMBERED: _l("changed a student number"),
    Action.FAMILY_SET_APART: _l("set parents apart"),
    Action.FAMILY_SPLIT: _l("said that two parents are two people after all"),
    Action.FEED_MADE: _l("made a secret address for a calendar or another site"),
    Action.FEED_STOPPED: _l("ended a secret address for a calendar or another site"),
    Action.HOUSEHOLD_REQUEST_FOLLOWED: _l("a request went to another household of the child"),
    Action.HOUSEHOLD_TALK_FOLLOWED: _l("a talk went to another household of the child"),
    Action.IMPORT_AGREED: _l("said that what stopped an import is right"),
    Action.IMPORT_APPLIED: _l("brought the school's data up to date"),
    Action.IMPORT_REFUSED: _l("refused to bring the school's data up to date"),
    Action.PURGE_DONE: _l("deleted what is no longer kept"),
    Action.PLAN_ASKED: _l("asked for a plan"),
    Action.PLAN_PUBLISHED: _l("published a plan"),
    Action.PLAN_SETTINGS_SAVED: _l("changed how a round is planned"),
    Action.PLAN_WITHDRAWN: _l("took a plan back"),
    Action.REQUEST_ASKED: _l("asked for a talk"),
    Action.REQUEST_HANDLED: _l("dealt with a family's remark"),
    Action.REQUEST_NEEDED_AFTER_ALL: _l("needs talks after all"),
    Action.REQUEST_NONE_NEEDED: _l("said that no talk is needed"),
    Action.REQUEST_NOT_HANDLED: _l("has not dealt with a family's remark yet"),
    Action.REQUEST_ORDERED: _l("changed the order of the talks that were asked for"),
    Action.REQUEST_REMARKED: _l("changed the remark of a talk that was asked for"),
    Action.REQUEST_TIMES_SET: _l("said when a family can be planned"),
    Action.REQUEST_WISHED: _l("changed when the family can come"),
    Action.REQUEST_WITHDRAWN: _l("withdrew a talk that was asked for"),
    Action.REVIEW_SETTLED: _l("ticked off what was to check"),
    Action.ROUND_CHANGED: _l("changed a round"),
    Action.ROUND_CREATED: _l("made a round"),
    Action.ROUND_OFFERS_REFRESHED: _l("brought talk options up to date"),
    Action.ROUND_PURGED: _l("deleted the talks of a round that are no longer kept"),
    Action.ROUND_STATE: _l("took a step with a round"),
    Action.ROUND_TIMES_CHECKED: _l("found the own times right"),
    Action.ROUND_TIMETABLE: _l("showed or hid the timetable to teachers"),
    Action.ROUND_TOLD_CHECK: _l("asked teachers to check their times"),
    Action.ROUND_TOLD_INVITATION: _l("invited families to a round"),
    Action.ROUND_TOLD_NUDGE: _l("mailed families who had not chosen anything"),
    Action.ROUND_TOLD_REMINDER: _l("asked teachers once more to check their times"),
    Action.SCHOOL_LOGO_SAVED: _l("changed the school's logo"),
    Action.SCHOOL_SAVED: _l("changed the school's settings"),
    Action.SCHOOL_TEACHER_LINK: _l("changed a teacher's own link"),
    Action.SESSION_SIGNED_IN: _l("signed in"),
    Action.SESSION_SIGNED_OUT: _l("signed out"),
    Action.SESSION_SIGNED_OUT_EVERYWHERE: _l("signed out on all devices"),
}


# The kinds of rows that retention counts.
KINDS: Mapping[str, Any] = {
    "links": _l("sign-in links"),
    "sessions": _l("sessions"),
    "tries": _l("tries to sign in"),
    "remarks": _l("remarks"),
    "forms": _l("answers of forms"),
    "requests": _l("requests for talks"),
    "plans": _l("plans"),
    "wishes": _l("wishes about times"),
    "talks": _l("talks"),
    "absences": _l("absences of teachers"),
    "options": _l("talk options"),
    "checks": _l("checks by teachers"),
    "people": _l("people who left"),
    "mailboxes": _l("calendar accounts without talks"),
    "packs": _l("evening packs"),
    "letters": _l("mails of the demo"),
    "entries": _l("talks that are written to calendars anew"),
    "waiting": _l("mails and notes that waited"),
    "promises": _l("promises that were kept or given up"),
    "runs": _l("runs of nightly jobs"),
    "imports": _l("reports of imports"),
    "lines": _l("lines of the log"),
}

# Why an import was refused.
REASONS: Mapping[str, Any] = {
    Code.MISSING_FILE: _l("a file is absent"),
    Code.EMPTY_FILE: _l("a file is empty"),
    Code.WRONG_FORMAT: _l("a file is of another kind"),
    Code.ENCODING: _l("a file is in another encoding"),
    Code.UNCLOSED_QUOTE: _l("a quotation mark is not closed"),
    Code.MISSING_COLUMN: _l("a column is absent"),
    Code.DUPLICATE_KEY: _l("two rows have one key"),
    Code.CASE_KEY: _l("two rows have keys that differ in capitals only"),
    Code.UNKNOWN_REFERENCE: _l("a row names something that is absent"),
    Code.BAD_VALUE: _l("a value is spoilt"),
    Code.MOJIBAKE: _l("letters are spoilt"),
    Code.MASS_REMOVAL: _l("too much would be lost"),
    Code.MASS_FAULTS: _l("too many rows are faulty"),
}

STATES: Mapping[str, Any] = {
    RoundState.DRAFT: _l("draft"),
    RoundState.CHECK: _l("teachers check"),
    RoundState.PUBLISHED: _l("published"),
    RoundState.ARCHIVED: _l("archived"),
}

# How somebody signed in.
WAYS: Mapping[str, Any] = {
    "link": _l("by a link in a mail"),
    "code": _l("by a code in a mail"),
    "password": _l("by password"),
    "invitation": _l("by an invitation"),
    "reset": _l("by a mail to choose another password"),
    "demo": _l("in the demo"),
}

# Details that are codes, by the first part of the action; all others are shown as they are.
CODES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("booking", "modality"): places.WORDS,
    ("calendar", "kind"): {**calendars.AS_USUAL, **calendars.KINDS},
    ("export", "file"): FILES,
    ("feed", "name"): addresses.WORDS,
    ("import", "reasons"): REASONS,
    ("round", "after"): STATES,
    ("round", "before"): STATES,
    ("session", "way"): WAYS,
}


def action_text(action: str) -> str:
    """Return an action in words; an action of an older version stays as it is."""
    return str(ACTIONS.get(action, action))


def kind_text(kind: str) -> str:
    """Return in words what retention, an import or a review counted; file names stay."""
    words: Mapping[str, Any] = {**KINDS, **TITLES}
    return str(words.get(kind, kind))


def role_text(role: str) -> str:
    """Return in words the role in which somebody acted."""
    words = {
        "administrator": _("administrator"),
        "scheduler": _("scheduler"),
        "teacher": _("teacher"),
        "guardian": _("parent"),
        "student": _("student"),
    }
    return words.get(role, "")


def detail_text(action: str, details: Mapping[str, Any], named: Mapping[str, str]) -> str:
    """Return the further details of a line; ``named`` holds the names for its ids."""

    def word(key: str, value: str) -> str:
        words = CODES.get((action.partition(".")[0], key), {})
        return str(words.get(value, value))  # a code of an older version stays as it is

    parts = [name for key, name in named.items() if name and key in details]
    if "starts_at" in details:
        parts.append(_moment(details["starts_at"]))
    if "old" in details:
        parts.append(_("was %(moment)s", moment=_moment(details["old"])))
    if {"before", "after"} <= details.keys() and isinstance(details["after"], str):
        before, after = (word(key, details[key]) for key in ("before", "after"))
        parts.append(f"{before} → {after}")
    parts += [word(key, details[key]) for key in ("modality", "kind", "way") if key in details]
    parts += [
        word(key, details[key]) for key in ("name", "device", "file", "page") if details.get(key)
    ]
    if network := details.get("network"):
        parts.append(_network(network))
    if reason := reason_of(details):
        parts.append(reason)
    parts += [word("reasons", code) for code in details.get("reasons", ())]
    counts = details.get("counts")
    if isinstance(counts, Mapping):
        parts += [_count(kind, number) for kind, number in counts.items()]
    if isinstance(details.get("talks"), int):
        parts.append(ngettext("%(num)s talk", "%(num)s talks", details["talks"]))
    if isinstance(times := details.get("times"), int) and times > 1:
        parts.append(ngettext("%(num)s time", "%(num)s times", times))
    return " · ".join(parts)


def _network(network: str) -> str:
    if network == ELSEWHERE:
        return _("from many networks")
    return _("from %(network)s", network=network)


def _moment(text: str) -> str:
    return moment_text(datetime.fromisoformat(text))


def _count(kind: str, numbers: Any) -> str:
    if isinstance(numbers, list) and len(numbers) == 3:  # counts of an import
        added, changed, gone = numbers
        return _(
            "%(kind)s: %(added)s new, %(changed)s changed, %(gone)s gone",
            kind=kind,
            added=added,
            changed=changed,
            gone=gone,
        )
    return f"{kind_text(kind)}: {numbers}"
