"""What the log says in words: one sentence for each action, and the kinds they fall into."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.bookings.calling_off.queries import reason_of
from app.core.i18n import moment_text

ACTIONS: Mapping[str, Any] = {
    "absence.blocked": _l("set a teacher's time to not free"),
    "absence.freed": _l("made a teacher's time free again"),
    "account.made_administrator": _l("made somebody administrator"),
    "account.made_scheduler": _l("made somebody scheduler"),
    "account.password_set": _l("set a password"),
    "accounts.address_shared": _l("a sign-in mail went to an address that several people share"),
    "booking.answered": _l("wanted no other talk instead of one that was called off"),
    "booking.booked": _l("reserved a talk"),
    "booking.called_off": _l("called off a talk"),
    "booking.cancelled": _l("cancelled a talk"),
    "booking.moved": _l("moved a talk"),
    "booking.remarked": _l("changed the remark of a talk"),
    "called_off.finished": _l("ticked off a talk that was called off"),
    "export.pack": _l("took the evening pack"),
    "export.talks": _l("took all talks as a file"),
    "family.addresses_seen": _l("looked at mail addresses"),
    "family.closed": _l("closed a child to a parent"),
    "family.joined": _l("said that a teacher and a parent are one person"),
    "family.merged": _l("said that two parents are one person"),
    "family.opened": _l("opened a child to a parent"),
    "family.parted": _l("said that a teacher and a parent are two people"),
    "family.put_together": _l("put parents together again"),
    "family.removed": _l("removed somebody"),
    "family.renumbered": _l("changed a student number"),
    "family.set_apart": _l("set parents apart"),
    "family.split": _l("said that two parents are two people after all"),
    "household.talk_followed": _l("a talk went to another household of the child"),
    "import.applied": _l("brought the school's data up to date"),
    "purge.done": _l("deleted what is no longer kept"),
    "round.changed": _l("changed a round"),
    "round.created": _l("made a round"),
    "round.offers_refreshed": _l("brought talk options up to date"),
    "round.purged": _l("deleted the talks of a round that are no longer kept"),
    "round.state": _l("took a step with a round"),
    "round.times_checked": _l("found the own times right"),
    "round.timetable": _l("showed or hid the timetable to teachers"),
    "round.told_check": _l("asked teachers to check their times"),
    "round.told_invitation": _l("invited families to a round"),
    "round.told_reminder": _l("asked teachers once more to check their times"),
    "school.logo_saved": _l("changed the school's logo"),
    "school.saved": _l("changed the school's settings"),
    "session.signed_in": _l("signed in"),
    "session.signed_out": _l("signed out"),
    "session.signed_out_everywhere": _l("signed out on all devices"),
}


# What a purge counts.
KINDS: Mapping[str, Any] = {
    "links": _l("sign-in links"),
    "sessions": _l("sessions"),
    "tries": _l("tries to sign in"),
    "remarks": _l("remarks"),
    "forms": _l("answers of forms"),
    "talks": _l("talks"),
    "absences": _l("absences of teachers"),
    "options": _l("talk options"),
    "checks": _l("checks by teachers"),
    "people": _l("people who left"),
    "packs": _l("evening packs"),
    "letters": _l("mails of the demo"),
    "promises": _l("promises that were kept or given up"),
    "runs": _l("runs of nightly jobs"),
    "lines": _l("lines of the log"),
}


class Group(StrEnum):
    """Kinds of actions, to choose from."""

    TALKS = "talks"
    FAMILIES = "families"
    ROUNDS = "rounds"
    ACCOUNTS = "accounts"
    SCHOOL = "school"
    FILES = "files"


# By the first part of their actions.
_MEMBERS: Mapping[Group, tuple[str, ...]] = {
    Group.TALKS: ("booking", "called_off", "household", "absence"),
    Group.FAMILIES: ("family",),
    Group.ROUNDS: ("round",),
    Group.ACCOUNTS: ("account", "accounts", "session"),
    Group.SCHOOL: ("school", "import", "purge"),
    Group.FILES: ("export",),
}


def actions_of(group: Group) -> tuple[str, ...]:
    """Return the actions of a kind."""
    return tuple(action for action in ACTIONS if action.partition(".")[0] in _MEMBERS[group])


def group_names() -> dict[Group, str]:
    """Return the kinds with their names."""
    return {
        Group.TALKS: _("Talks and absences"),
        Group.FAMILIES: _("Families and people"),
        Group.ROUNDS: _("Rounds"),
        Group.ACCOUNTS: _("Signing in and accounts"),
        Group.SCHOOL: _("The school and its data"),
        Group.FILES: _("Files taken along"),
    }


def action_text(action: str) -> str:
    """Return an action in words; one of an older version by its own name."""
    return str(ACTIONS.get(action, action))


def kind_text(kind: str) -> str:
    """Return in words what a purge or an import counted; the name of a file is one already."""
    return str(KINDS.get(kind, kind))


def role_text(role: str) -> str:
    """Return in which role somebody acted."""
    words = {
        "administrator": _("administrator"),
        "scheduler": _("scheduler"),
        "teacher": _("teacher"),
        "guardian": _("parent"),
        "student": _("student"),
    }
    return words.get(role, "")


def detail_text(details: Mapping[str, Any], named: Mapping[str, str]) -> str:
    """Return what else is to say of a line; ``named`` are people that its ids stand for."""
    parts = [name for key, name in named.items() if name and key in details]
    if "starts_at" in details:
        parts.append(_moment(details["starts_at"]))
    if "old" in details:
        parts.append(_("was %(moment)s", moment=_moment(details["old"])))
    if {"before", "after"} <= details.keys() and isinstance(details["after"], str):
        parts.append(f"{_state(details['before'])} → {_state(details['after'])}")
    parts += [str(details[key]) for key in ("name", "device", "file") if details.get(key)]
    if reason := reason_of(details):
        parts.append(reason)
    counts = details.get("counts")
    if isinstance(counts, Mapping):
        parts += [_count(kind, number) for kind, number in counts.items()]
    if isinstance(details.get("talks"), int):
        parts.append(ngettext("%(num)s talk", "%(num)s talks", details["talks"]))
    return " · ".join(parts)


def _moment(text: str) -> str:
    return moment_text(datetime.fromisoformat(text))


def _state(state: str) -> str:
    words = {
        "draft": _("draft"),
        "check": _("teachers check"),
        "published": _("published"),
        "archived": _("archived"),
    }
    return words.get(state, state)


def _count(kind: str, numbers: Any) -> str:
    if isinstance(numbers, list) and len(numbers) == 3:  # of an import
        added, changed, gone = numbers
        return _(
            "%(kind)s: %(added)s new, %(changed)s changed, %(gone)s gone",
            kind=kind,
            added=added,
            changed=changed,
            gone=gone,
        )
    return f"{kind_text(kind)}: {numbers}"
