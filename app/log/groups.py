"""Groups of actions, by which the log is filtered."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext as _

from app.log.words import ACTIONS


class ActionGroup(StrEnum):
    """Groups of actions to filter by."""

    ACCESS = "access"
    TALKS = "talks"
    FAMILIES = "families"
    ROUNDS = "rounds"
    ACCOUNTS = "accounts"
    SCHOOL = "school"
    FILES = "files"


# Each group lists the first parts of its actions.
_MEMBERS: Mapping[ActionGroup, tuple[str, ...]] = {
    ActionGroup.ACCESS: ("access",),
    ActionGroup.TALKS: ("booking", "called_off", "household", "absence", "request"),
    ActionGroup.FAMILIES: ("family",),
    ActionGroup.ROUNDS: ("round", "plan"),
    ActionGroup.ACCOUNTS: ("account", "accounts", "feed", "session"),
    ActionGroup.SCHOOL: ("calendar", "school", "import", "purge", "review"),
    ActionGroup.FILES: ("export",),
}


def actions_of(group: ActionGroup) -> tuple[str, ...]:
    """Return the actions of a group."""
    return tuple(action for action in ACTIONS if action.partition(".")[0] in _MEMBERS[group])


def group_names() -> dict[ActionGroup, str]:
    """Return the groups with their names."""
    return {
        ActionGroup.TALKS: _("Talks and absences"),
        ActionGroup.FAMILIES: _("Families and people"),
        ActionGroup.ROUNDS: _("Rounds"),
        ActionGroup.ACCOUNTS: _("Signing in and accounts"),
        ActionGroup.SCHOOL: _("The school and its data"),
        ActionGroup.FILES: _("Files taken along"),
        ActionGroup.ACCESS: _("Attempts to get in"),
    }
