"""Sign in with one click; only in the demo, and only from the machine it runs on."""

from typing import Any

from flask import Blueprint, url_for
from werkzeug import Response

from app.accounts import service, session, staff
from app.core import clock
from app.core.access import public
from app.core.errors import NotFoundError, found
from app.core.loopback import is_on_this_machine
from app.demo.roles import demo_roles

blueprint = Blueprint("demo", __name__, url_prefix="/demo")


@blueprint.app_context_processor
def _roles() -> dict[str, Any]:
    roles = demo_roles() if is_on_this_machine() else ()
    return {"demo_roles": [(it.label, url_for("demo.sign_in", key=it.key)) for it in roles]}


@blueprint.post("/sign-in/<key>")
@public
def sign_in(key: str) -> Response:
    """Start a session as one of the demo's people."""
    if not is_on_this_machine():
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
