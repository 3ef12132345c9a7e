"""The page on which an administrator hands out a code to sign in."""

from http import HTTPStatus

from flask import render_template
from flask.typing import ResponseReturnValue

from app.accounts import codes
from app.accounts.secrets import shown_code
from app.core import clock
from app.core.access import Role, current_actor, requires
from app.core.errors import DomainError
from app.people.blueprint import blueprint
from app.people.forms import ReasonForm


@blueprint.route("/people/<int:person_id>/code", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def code(person_id: int) -> ResponseReturnValue:
    """Say what a code opens; show a new one, once: no other page and no log has it."""
    form, status, new = ReasonForm(), HTTPStatus.OK, ""
    who = codes.load_recipient(person_id)
    if form.is_submitted():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.validate():
            try:
                new = codes.hand_out(
                    current_actor(), person_id, reason=form.reason.data or "", now=clock.now()
                )
            except DomainError as refusal:
                form.reason.errors, status = [refusal.message], refusal.status
            else:
                status = HTTPStatus.OK
    page = render_template(
        "people/code.html",
        form=form,
        who=who,
        code=shown_code(new) if new else "",
        minutes=int(codes.LIFE.total_seconds() // 60),
    )
    return page, status
