"""What surrounds every page: the school, the signed-in user, and the navigation."""

from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l  # looked up where it is shown

from app.core import clock
from app.core.access import (
    FAMILY,
    SIGNED_IN,
    Actor,
    Role,
    actor_or_none,
    current_actor,
    requires,
)
from app.family import start_routes
from app.settings.colours import stylesheet
from app.settings.current import current_school
from app.teaching.queries import sits_today

blueprint = Blueprint("layout", __name__)

# Packages whose pages belong to a section; families and teachers have one page each.
_WITHIN = {
    "round_setup": {"round_setup", "evenings", "exports", "plans"},
    "people": {"people"},
    "review": {"review"},
    "connections": {"connections"},
    "log": {"log"},
}


class NavItem(NamedTuple):
    """A section of the site; ``current`` is "page", "true" for a page inside it, or empty."""

    label: str
    url: str
    current: str


@blueprint.get("/")
@requires(*SIGNED_IN)
def home() -> ResponseReturnValue:
    """Redirect to the user's own first page.

    A parent alone may have to choose first; a teacher with a child here teaches tonight, if so.
    """
    actor = current_actor()
    if actor.roles <= set(FAMILY):
        return start_routes.start()
    if actor.has(*FAMILY) and not sits_today(actor, now=clock.now()):
        return redirect(url_for("family.overview"))
    return redirect(
        url_for("teaching.overview" if actor.has(Role.TEACHER) else "round_setup.rounds")
    )


def load_zone() -> ZoneInfo:
    """Return the school's time zone."""
    return current_school().zone


def page_style() -> str:
    """Return the style that is written into every page: the school's colour.

    In the page and not a file of its own, a new colour shows at once and costs no request.
    """
    return stylesheet(current_school().accent)


def _nav(actor: Actor | None) -> list[NavItem]:
    if actor is None:
        return []
    sections = [
        (_l("My talks"), "family.overview", actor.has(*FAMILY)),
        (_l("As a teacher"), "teaching.overview", actor.has(Role.TEACHER)),
        (_l("Rounds"), "round_setup.rounds", actor.is_office),
        (_l("Families"), "people.people", actor.is_office),
        (_l("To check"), "review.entries", actor.is_office),
        (_l("Calendars"), "connections.overview", actor.is_office),
        (_l("Log"), "log.entries", actor.has(Role.ADMINISTRATOR)),
    ]
    return [
        NavItem(str(label), url_for(endpoint), _current(endpoint))
        for label, endpoint, shown in sections
        if shown
    ]


def _current(endpoint: str) -> str:
    """Return the ``aria-current`` value of a section for the open page."""
    if request.endpoint == endpoint:
        return "page"
    package = endpoint.partition(".")[0]
    return "true" if request.blueprint in _WITHIN.get(package, ()) else ""


def _context() -> dict[str, Any]:
    actor = actor_or_none()
    return {
        "school": current_school(),
        "actor": actor,
        "nav": partial(_nav, actor),  # computed on demand: not every response is a whole page
    }


def init_app(app: Flask) -> None:
    """Add the context of the layout to every template."""
    app.context_processor(_context)
