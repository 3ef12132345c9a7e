"""What stands around every page: the school, who is signed in, and where to go."""

import hashlib
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _

from app.core.access import Actor, Role, actor_or_none
from app.settings.current import current_school

# The packages whose pages lie within a section; families and teachers have one page each.
_WITHIN = {
    "planning": {"planning", "evenings", "exports"},
    "families": {"families"},
    "log": {"log"},
}


class NavItem(NamedTuple):
    """A section of the site; ``current`` is "page", "true" for a page within it, or empty."""

    label: str
    url: str
    current: str


def load_zone() -> ZoneInfo:
    """Return the school's time zone."""
    return current_school().zone


def static_url(path: str) -> str:
    """Return the address of a static file; it changes with the file, so browsers may keep it."""
    return url_for("static", filename=path, v=_digest(Path(current_app.static_folder or "") / path))


@lru_cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _nav(actor: Actor | None) -> list[NavItem]:
    if actor is None:
        return []
    sections = [
        (_("My talks"), "bookings.overview", actor.has(Role.GUARDIAN, Role.STUDENT)),
        (_("As a teacher"), "bookings.teaching", actor.has(Role.TEACHER)),
        (_("Rounds"), "planning.rounds", actor.is_office),
        (_("Families"), "families.people", actor.is_office),
        (_("Log"), "log.entries", actor.has(Role.ADMINISTRATOR)),
    ]
    return [
        NavItem(label, url_for(endpoint), _current(endpoint))
        for label, endpoint, shown in sections
        if shown
    ]


def _current(endpoint: str) -> str:
    """Return how the open page stands to a section, in the words of ``aria-current``."""
    if request.endpoint == endpoint:
        return "page"
    package = endpoint.partition(".")[0]
    return "true" if request.blueprint in _WITHIN.get(package, ()) else ""


def _context() -> dict[str, Any]:
    actor = actor_or_none()
    return {
        "school": current_school(),
        "actor": actor,
        "nav": partial(_nav, actor),  # not every answer is a whole page
        "static_url": static_url,
    }


def init_app(app: Flask) -> None:
    """Give every template its surroundings."""
    app.context_processor(_context)
