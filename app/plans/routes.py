"""The office's pages of plans."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core import clock
from app.core.access import OFFICE, current_actor, requires
from app.core.errors import DomainError
from app.core.htmx import is_htmx
from app.core.ids import id_of
from app.core.switches import sent_word
from app.planner import publishing, runs, settings, withdrawing
from app.planner.publishing import Published
from app.planner.withdrawing import Withdrawn
from app.plans.blueprint import blueprint
from app.plans.forms import PlanningForm
from app.plans.queries import PlanPage, load_plan, load_plans


@blueprint.get("/office/rounds/<int:round_id>/plans")
@requires(*OFFICE)
def plans(round_id: int) -> ResponseReturnValue:
    """Show the plans of a round, and the button that makes one."""
    return render_template("plans/plans.html", page=load_plans(round_id, now=clock.now()))


@blueprint.post("/office/rounds/<int:round_id>/plans")
@requires(*OFFICE)
def make(round_id: int) -> ResponseReturnValue:
    """Let the worker make a plan, and show how far it is."""
    now = clock.now()
    try:
        run_id = runs.ask(current_actor(), round_id, now=now)
    except DomainError as refusal:
        page = load_plans(round_id, now=now)
        return (
            render_template("plans/plans.html", page=page, error=refusal.message),
            refusal.status,
        )
    return redirect(url_for(".plan", run_id=run_id), HTTPStatus.SEE_OTHER)


@blueprint.route("/office/rounds/<int:round_id>/plans/settings", methods=["GET", "POST"])
@requires(*OFFICE)
def planning(round_id: int) -> ResponseReturnValue:
    """Say how a round is planned."""
    page = load_plans(round_id, now=clock.now())
    form, status = PlanningForm.of(page.planning), HTTPStatus.OK
    if form.validate_on_submit():
        settings.save_planning(current_actor(), round_id, form.planning(), now=clock.now())
        flash(_("Saved."))
        return redirect(url_for(".plans", round_id=round_id), HTTPStatus.SEE_OTHER)
    if form.is_submitted():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render_template("plans/planning.html", page=page, form=form), status


@blueprint.get("/office/plans/<int:run_id>")
@requires(*OFFICE)
def plan(run_id: int) -> ResponseReturnValue:
    """Show how far a search is, or what it found."""
    page = load_plan(run_id, now=clock.now())
    if is_htmx() and page.run.is_active:
        return render_template("plans/_progress.html", page=page)
    if is_htmx():  # it has ended: the whole page is another one
        return "", HTTPStatus.OK, {"HX-Refresh": "true"}
    return render_template("plans/plan.html", page=page)


@blueprint.post("/office/plans/<int:run_id>/stop")
@requires(*OFFICE)
def stop(run_id: int) -> ResponseReturnValue:
    """Let a search end, and keep the best plan so far."""
    runs.stop(current_actor(), run_id, now=clock.now())
    return redirect(url_for(".plan", run_id=run_id), HTTPStatus.SEE_OTHER)


@blueprint.post("/office/plans/<int:run_id>/publish")
@requires(*OFFICE)
def publish(run_id: int) -> ResponseReturnValue:
    """Make talks of a plan, or of the ticked ones, and tell the families."""
    ticked = request.form.getlist("requests", type=id_of)
    chosen = sent_word("which", "all", "ticked") == "ticked"
    if chosen and not ticked:
        error = _("Tick what you want to publish.")
        return _plan(load_plan(run_id, now=clock.now()), error), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        done = publishing.publish(
            current_actor(), run_id, only=set(ticked) if chosen else None, now=clock.now()
        )
    except DomainError as refusal:
        return _plan(load_plan(run_id, now=clock.now()), refusal.message), refusal.status
    flash(_published(done))
    return redirect(url_for(".plan", run_id=run_id), HTTPStatus.SEE_OTHER)


@blueprint.route("/office/plans/<int:run_id>/withdraw", methods=["GET", "POST"])
@requires(*OFFICE)
def withdraw(run_id: int) -> ResponseReturnValue:
    """Ask first, then take back what a plan made."""
    page, error, status = load_plan(run_id, now=clock.now()), "", HTTPStatus.OK
    if request.method == "POST":
        try:
            done = withdrawing.withdraw(current_actor(), run_id, now=clock.now())
        except DomainError as refusal:
            error, status = refusal.message, refusal.status
        else:
            flash(_withdrawn(done))
            return redirect(url_for(".plan", run_id=run_id), HTTPStatus.SEE_OTHER)
    return render_template("plans/withdraw.html", page=page, error=error), status


def _plan(page: PlanPage, error: str) -> str:
    return render_template("plans/plan.html", page=page, error=error)


def _published(done: Published) -> str:
    told = [
        ngettext("%(num)d talk has a time.", "%(num)d talks have a time.", done.made),
        ngettext("%(num)d has another time.", "%(num)d have another time.", done.moved),
        ngettext(
            "%(num)d found no place any more: somebody was first.",
            "%(num)d found no place any more: others were first.",
            done.left,
        ),
    ]
    numbers = (done.made, done.moved, done.left)
    said = [text for text, number in zip(told, numbers, strict=True) if number]
    return (
        " ".join([*said, _("The families get a mail.")])
        if said
        else _("Nothing was left to publish.")
    )


def _withdrawn(done: Withdrawn) -> str:
    said = ngettext(
        "%(num)d talk is a request again.", "%(num)d talks are requests again.", done.cancelled
    )
    back = ngettext(
        "%(num)d is back at its old time.", "%(num)d are back at their old times.", done.returned
    )
    return " ".join([said, *([back] if done.returned else []), _("The families get a mail.")])
