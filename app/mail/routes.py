"""The demo's mailbox: shows visitors what the school would have mailed."""

from ipaddress import ip_address

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.errors import NotFoundError
from app.mail import box

blueprint = Blueprint("mail", __name__, url_prefix="/demo/mailbox")


@blueprint.before_request
def _demo_on_this_machine_only() -> None:
    """Answer 404, except in a demo and to requests from this machine."""
    address = request.remote_addr or "0.0.0.0"  # noqa: S104  a test of it, not a binding
    through_a_proxy = "X-Forwarded-For" in request.headers  # then only the proxy is local
    if not current_app.config["SETTINGS"].demo or through_a_proxy:
        raise NotFoundError
    if not ip_address(address.partition("%")[0]).is_loopback:
        raise NotFoundError


@blueprint.get("")
@public
def mailbox() -> ResponseReturnValue:
    """List the last mails."""
    return render_template("mail/mailbox.html", letters=box.load_letters())


@blueprint.get("/<int:letter_id>")
@public
def letter(letter_id: int) -> ResponseReturnValue:
    """Show the text of one mail."""
    return render_template("mail/letter.html", letter=box.load_letter(letter_id))
