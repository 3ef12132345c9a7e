"""The office asks for talks for a family that calls."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import clock
from app.core.access import OFFICE, current_actor, requires
from app.core.errors import DomainError
from app.core.ids import id_of
from app.family.ask_form import read_asked
from app.people.asking import load_ask_for
from app.people.blueprint import blueprint
from app.people.forms import AskForForm
from app.requests import office


@blueprint.route("/students/<int:student_id>/rounds/<int:round_id>/ask", methods=["GET", "POST"])
@requires(*OFFICE)
def ask(student_id: int, round_id: int) -> ResponseReturnValue:
    """Tick with whom the family wants to talk; it gets its times when the round is planned."""
    now, form = clock.now(), AskForForm()
    household_id = request.values.get("household", type=id_of)
    page = load_ask_for(round_id, student_id, household_id, now=now)
    asked, fault, status = None, "", HTTPStatus.OK
    if form.is_submitted():
        asked, status = read_asked(page.asking), HTTPStatus.UNPROCESSABLE_ENTITY
    if asked and form.validate():
        try:
            office.ask_for(
                current_actor(),
                round_id,
                student_id,
                page.asking.child.household_id,
                asked,
                reason=form.reason.data or "",
                now=now,
            )
            flash(_("Saved."))
            return redirect(url_for(".student", student_id=student_id), HTTPStatus.SEE_OTHER)
        except DomainError as refusal:
            fault, status = refusal.message, refusal.status
    return (
        render_template("people/ask.html", page=page, form=form, sent=asked, fault=fault),
        status,
    )
