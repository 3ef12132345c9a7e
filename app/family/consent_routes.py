"""A student of 18 decides on the account page whether parents see the talks."""

from http import HTTPStatus

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import clock
from app.core.access import Role, current_actor, requires
from app.core.switches import sent_word
from app.family import consent
from app.family.blueprint import blueprint


@blueprint.post("/account/parents")
@requires(Role.STUDENT)
def let_parents_in() -> ResponseReturnValue:
    """Let the parents in if the box is ticked, else no longer."""
    lets_in = sent_word("lets_in", "y", "") == "y"
    consent.decide(current_actor(), lets_in=lets_in, now=clock.now())
    flash(
        _("Saved: your parents see your talks.")
        if lets_in
        else _("Saved: your parents do not see your talks.")
    )
    return redirect(url_for("accounts.account"), HTTPStatus.SEE_OTHER)
