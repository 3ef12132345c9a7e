"""What surrounds every page: the school, the signed-in user, and the navigation."""

import hashlib
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l  # looked up where it is shown

from app.core.access import (
    FAMILY,
    SIGNED_IN,
    Actor,
    Role,
    actor_or_none,
    current_actor,
    public,
    requires,
)
from app.settings.current import current_school

blueprint = Blueprint("layout", __name__)

STYLES = ("base.css", "family.css")  # in the order of their layers
KEPT_FOR_GOOD = "public, max-age=31536000, immutable"

# Packages whose pages belong to a section; families and teachers have one page each.
_WITHIN = {
    "round_setup": {"round_setup", "evenings", "exports"},
    "people": {"people"},
    "review": {"review"},
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
    """Redirect to the user's own first page."""
    actor = current_actor()
    if actor.has(*FAMILY):
        return redirect(url_for("family.overview"))
    return redirect(
        url_for("teaching.overview" if actor.has(Role.TEACHER) else "round_setup.rounds")
    )


@blueprint.get("/site.css")
@public
def style_sheet() -> ResponseReturnValue:
    """Serve the style sheets of every page as one file: each request costs a phone a round trip."""
    response = make_response(_styles())
    response.add_etag()
    response.headers["Content-Type"] = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = KEPT_FOR_GOOD  # its URL changes with it
    return response.make_conditional(request)


def style_sheet_url() -> str:
    """Return the URL of the style sheets; it changes with them, so browsers may cache them."""
    return url_for("layout.style_sheet", v=_digest(_styles()))


@cache
def _styles() -> bytes:
    folder = Path(current_app.static_folder or "") / "css"
    return b"".join((folder / name).read_bytes() for name in STYLES)


def load_zone() -> ZoneInfo:
    """Return the school's time zone."""
    return current_school().zone


def static_url(path: str) -> str:
    """Return the URL of a static file; it changes with the file, so browsers may cache it."""
    return url_for("static", filename=path, v=_file_digest(path))


@cache
def _file_digest(path: str) -> str:
    return _digest((Path(current_app.static_folder or "") / path).read_bytes())


@cache
def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _nav(actor: Actor | None) -> list[NavItem]:
    if actor is None:
        return []
    sections = [
        (_l("My talks"), "family.overview", actor.has(*FAMILY)),
        (_l("As a teacher"), "teaching.overview", actor.has(Role.TEACHER)),
        (_l("Rounds"), "round_setup.rounds", actor.is_office),
        (_l("Families"), "people.people", actor.is_office),
        (_l("To check"), "review.entries", actor.is_office),
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
        "static_url": static_url,
        "style_sheet_url": style_sheet_url,
    }


def init_app(app: Flask) -> None:
    """Add the context of the layout to every template."""
    app.context_processor(_context)
