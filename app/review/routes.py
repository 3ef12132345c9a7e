"""The pages on which the office checks the school's data and reads what an import did."""

from http import HTTPStatus

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core import clock
from app.core.access import OFFICE, Role, current_actor, requires
from app.imports import runs
from app.imports.queries import list_runs, load_last_runs, load_run, load_stops
from app.review import service
from app.review.entries import ReviewKind
from app.review.queries import load_page
from app.review.words import EXPLANATIONS, TITLES, VERDICTS

blueprint = Blueprint("review", __name__, url_prefix="/office")


@blueprint.get("/review")
@requires(*OFFICE)
def entries() -> ResponseReturnValue:
    """Show what needs a look, by kind, and when the last import was."""
    return render_template(
        "review/entries.html",
        page=load_page(clock.now()),
        titles=TITLES,
        explanations=EXPLANATIONS,
        verdicts=VERDICTS,
    )


@blueprint.post("/review")
@requires(*OFFICE)
def settle() -> ResponseReturnValue:
    """Tick one entry off, or all that were shown of a kind, or put one back on the list."""
    kind = request.form.get("kind", type=ReviewKind)
    if kind is None:
        abort(HTTPStatus.UNPROCESSABLE_ENTITY)
    shall = "back" not in request.form
    name = "shown" if "every" in request.form else "subject" if shall else "back"
    subjects = request.form.getlist(name)
    count = service.settle(current_actor(), kind, subjects, shall=shall, now=clock.now())
    if not count:
        message = _("This was done already, or it has changed meanwhile.")
    elif shall:
        message = ngettext("Ticked off.", "%(num)d ticked off.", count)
    else:
        message = _("It is on the list again.")
    flash(message, kind)
    return redirect(url_for(".entries", _anchor="told"), HTTPStatus.SEE_OTHER)


@blueprint.get("/imports")
@requires(*OFFICE)
def imports() -> ResponseReturnValue:
    """Show the last runs of the import."""
    return render_template("review/imports.html", runs=list_runs(), verdicts=VERDICTS)


@blueprint.get("/imports/<int:run_id>")
@requires(*OFFICE)
def run(run_id: int) -> ResponseReturnValue:
    """Show what a run did, or why it was stopped."""
    page, last = load_run(run_id), load_last_runs().last
    return render_template(
        "review/run.html",
        run=page,
        stops=load_stops(run_id),
        changed=[
            one for one in page.report.tables if one.added or one.changed or one.gone or one.faulty
        ],
        verdicts=VERDICTS,
        is_last=last is not None and last.id == run_id,
    )


@blueprint.post("/imports/<int:run_id>/stops/<int:stop_id>")
@requires(Role.ADMINISTRATOR)
def agree(run_id: int, stop_id: int) -> ResponseReturnValue:
    """Say that what stopped the import is right, so that the next one does it."""
    runs.agree(current_actor(), run_id, stop_id, now=clock.now())
    return redirect(url_for(".run", run_id=run_id, _anchor=f"stop-{stop_id}"), HTTPStatus.SEE_OTHER)
