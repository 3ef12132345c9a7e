"""Whether a table is shown as a list or as a table."""

from flask import Response, current_app, request

from app.core.htmx import is_poll

VIEW_COOKIE = "view"
VIEWS = ("list", "table")


def wanted_view() -> tuple[str, bool]:
    """Return how to show the table, and whether that is a guess: a list on phones."""
    for wanted in (request.args.get("view"), request.cookies.get(VIEW_COOKIE)):
        if wanted in VIEWS:
            return wanted, False
    return ("list" if "Mobi" in request.user_agent.string else "table"), True


def remember_view(response: Response) -> Response:
    """Remember list or table in a cookie; the value is one word and not personal data."""
    wanted = request.args.get("view", "")
    if wanted in VIEWS and not is_poll():
        response.set_cookie(
            VIEW_COOKIE,
            wanted,
            max_age=400 * 24 * 3600,
            httponly=True,
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            samesite="Lax",
        )
    return response
