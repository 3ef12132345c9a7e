"""The office says when a family can be planned."""

from datetime import datetime
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import clock
from app.core.access import OFFICE, current_actor, requires
from app.core.errors import DomainError
from app.core.ids import id_of
from app.people.blueprint import blueprint
from app.people.forms import ReasonForm
from app.people.times import TimesPage, load_times
from app.requests import office


@blueprint.route("/students/<int:student_id>/rounds/<int:round_id>/times", methods=["GET", "POST"])
@requires(*OFFICE)
def times(student_id: int, round_id: int) -> ResponseReturnValue:
    """Forbid parts of evenings for a family, and overrule what it said itself."""
    household_id = request.values.get("household", type=id_of)
    page, form, status = load_times(round_id, student_id, household_id), ReasonForm(), HTTPStatus.OK
    if form.validate_on_submit():
        try:
            office.set_times(
                current_actor(),
                round_id,
                student_id,
                page.child.household_id,
                forbidden=_ticked(page, "forbidden"),
                overruled=_ticked(page, "overruled"),
                reason=form.reason.data or "",
                now=clock.now(),
            )
            flash(_("Saved."))
            return redirect(url_for(".student", student_id=student_id), HTTPStatus.SEE_OTHER)
        except DomainError as refusal:
            form.reason.errors, status = [refusal.message], refusal.status
    elif form.is_submitted():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    sent = {name: set(request.form.getlist(name)) for name in ("forbidden", "overruled")}
    return (
        render_template(
            "people/times.html", page=page, form=form, sent=sent if form.is_submitted() else None
        ),
        status,
    )


def _ticked(page: TimesPage, name: str) -> set[tuple[int, datetime]]:
    ticked = set(request.form.getlist(name))
    return {
        (line.part.evening_id, line.part.starts_at)
        for _evening, lines in page.evenings
        for line in lines
        if line.part.value in ticked
    }
