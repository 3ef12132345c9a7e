"""The list of rounds, and the form to create and change a round."""

from http import HTTPStatus

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import clock
from app.core.access import OFFICE, current_actor, requires
from app.core.i18n import local_day, zone
from app.round_setup import (
    conflict_routes,
    queries,
    service,
    step_routes,  # noqa: F401  (its views)
)
from app.round_setup.blueprint import blueprint
from app.round_setup.copying import moved
from app.round_setup.fields import fault
from app.round_setup.forms import CopyForm, RoundForm
from app.round_setup.link_warnings import load_unmade
from app.round_setup.week_warnings import Doubt, doubt_of
from app.rounds.loading import load_spec
from app.rounds.queries import load_round
from app.rounds.spec import BadRound


@blueprint.get("/office/rounds")
@requires(*OFFICE)
def rounds() -> ResponseReturnValue:
    """Show all rounds: coming, past and archived."""
    return render_template("round_setup/rounds.html", page=queries.load_rounds(now=clock.now()))


@blueprint.route("/office/rounds/new", methods=["GET", "POST"])
@requires(*OFFICE)
def new() -> ResponseReturnValue:
    """Show the empty form, and create the round it describes."""
    return _edit(None)


@blueprint.route("/office/rounds/<int:round_id>/settings", methods=["GET", "POST"])
@requires(*OFFICE)
def settings(round_id: int) -> ResponseReturnValue:
    """Show a round in the form, and change it; ask about conflicting talks first."""
    return _edit(round_id)


@blueprint.post("/office/rounds/times")
@requires(*OFFICE)
def times() -> ResponseReturnValue:
    """Draw one evening of a form that is still being filled in."""
    form = RoundForm()
    for entry in form.evenings:
        if entry.name == request.args.get("evening"):
            entry.form.draw_draft()
            return render_template(
                "round_setup/_evening.html",
                entry=entry,
                number=form.evenings.entries.index(entry) + 1,
                alone=request.args.get("alone") == "1",
            )
    return "", HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/office/rounds/week")
@requires(*OFFICE)
def week() -> ResponseReturnValue:
    """Draw the reference week of a form being filled in, and what is odd about it."""
    form = RoundForm()
    return render_template("round_setup/_week.html", form=form, doubt=_doubt(form))


@blueprint.route("/office/rounds/<int:round_id>/copy", methods=["GET", "POST"])
@requires(*OFFICE)
def copy(round_id: int) -> ResponseReturnValue:
    """Ask for the new date, and create a draft copy of the round on it."""
    info, form, status = load_round(round_id), CopyForm(), HTTPStatus.OK
    if form.is_submitted():
        now = clock.now()
        day = form.read(today=local_day(now))
        if day is not None:
            spec = moved(load_spec(round_id), day, zone(), now=now)
            try:
                copy_id = service.make_round(current_actor(), spec, now=now)
                return redirect(url_for(".settings", round_id=copy_id), HTTPStatus.SEE_OTHER)
            except BadRound as error:
                fault(form.day, _why_no_copy(error))
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render_template("round_setup/copy.html", round=info, form=form), status


def _why_no_copy(error: BadRound) -> str:
    """Return the reason: the clock skips a time that night, or the round itself is at fault."""
    if error.field.startswith("evenings"):
        return error.message
    return _("%(fault)s Change that in the settings of this round first.", fault=error.message)


def _edit(round_id: int | None) -> ResponseReturnValue:
    """Show the form; when it was sent to be saved, make or change the round."""
    present = None if round_id is None else load_spec(round_id)
    form = RoundForm(obj=present, classes=present.home_class_ids if present else None)
    form.offer(queries.load_choices(), present)
    saves = request.form.get("do", "save") == "save" or conflict_routes.answered()
    if not form.is_submitted() or not saves:
        return _show(form, round_id)
    now = clock.now()
    spec = form.read(today=local_day(now))
    if spec is not None:
        try:
            if round_id is not None:
                return conflict_routes.save(current_actor(), round_id, spec, now=now)
            new_id = service.make_round(current_actor(), spec, now=now)
            return redirect(url_for(".progress", round_id=new_id), HTTPStatus.SEE_OTHER)
        except BadRound as error:
            form.refuse(error)
    return _show(form, round_id, faulty=True)


def _doubt(form: RoundForm) -> Doubt | None:
    return doubt_of(form.reference_week.data or "", form.days())


def _show(form: RoundForm, round_id: int | None, *, faulty: bool = False) -> ResponseReturnValue:
    """Show the form; any button other than save alters the form itself."""
    focus = None
    if not faulty:
        focus = form.alter(request.form.get("do", ""))
        for entry in form.evenings:
            entry.form.draw_draft()
    page = render_template(
        "round_setup/form.html",
        form=form,
        round=load_round(round_id) if round_id else None,
        found_faults=form.faults() if faulty else [],
        focus=focus,
        doubt=_doubt(form),
        unmade=load_unmade(current_app.config["SETTINGS"]),
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if faulty else HTTPStatus.OK
