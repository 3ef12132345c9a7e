"""The demo's mailbox: shows visitors what the school would have mailed."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.errors import NotFoundError
from app.core.loopback import is_on_this_machine
from app.mail import box

blueprint = Blueprint("mail", __name__, url_prefix="/demo/mailbox")


@blueprint.before_request
def _demo_on_this_machine_only() -> None:
    """Answer 404, except in a demo and to requests from this machine."""
    if not current_app.config["SETTINGS"].demo or not is_on_this_machine():
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
