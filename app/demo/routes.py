"""Sign in with one click; only in the demo, and only from the machine it runs on."""

from ipaddress import ip_address
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug import Response

from app.accounts import service, session, staff
from app.core import clock
from app.core.access import public
from app.core.errors import NotFoundError, found
from app.demo.roles import demo_roles

blueprint = Blueprint("demo", __name__, url_prefix="/demo")


@blueprint.app_context_processor
def _roles() -> dict[str, Any]:
    roles = demo_roles() if _is_here() else ()
    return {"demo_roles": [(it.label, url_for("demo.sign_in", key=it.key)) for it in roles]}


@blueprint.post("/sign-in/<key>")
@public
def sign_in(key: str) -> Response:
    """Start a session as one of the demo's people."""
    if not _is_here():
        raise NotFoundError
    role = found(next((role for role in demo_roles() if role.key == key), None))
    now = clock.now()
    opened = service.open_session(
        staff.account_at(role.address, now=now),
        way="demo",
        remember=False,
        browser=session.this_browser(),
        now=now,
    )
    return session.begin(opened)


def _is_here() -> bool:
    """Whether the browser runs on this machine; requests through a proxy do not count."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
