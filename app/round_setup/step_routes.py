"""The page on which the office leads a round from draft to archive."""

from http import HTTPStatus

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from app.core import clock
from app.core.access import OFFICE, current_actor, requires
from app.core.switches import sent_word
from app.round_setup import steps
from app.round_setup.blueprint import blueprint
from app.round_setup.link_warnings import load_without_link
from app.round_setup.progress import load_progress
from app.rounds.models import RoundState


@blueprint.get("/office/rounds/<int:round_id>")
@requires(*OFFICE)
def progress(round_id: int) -> ResponseReturnValue:
    """Show the progress of a round, and the next step."""
    page = load_progress(round_id, now=clock.now())
    without_link = load_without_link(page.round, current_app.config["SETTINGS"])
    return render_template("round_setup/progress.html", page=page, without_link=without_link)


@blueprint.post("/office/rounds/<int:round_id>/state")
@requires(*OFFICE)
def step(round_id: int) -> ResponseReturnValue:
    """Take the step whose button was pressed."""
    state = RoundState(sent_word("state", *RoundState))
    steps.take(round_id, state, current_actor(), now=clock.now())
    return _back(round_id)


@blueprint.post("/office/rounds/<int:round_id>/timetable")
@requires(*OFFICE)
def timetable(round_id: int) -> ResponseReturnValue:
    """Show teachers who comes to them, or hide it again."""
    visible = sent_word("visible", "0", "1") == "1"
    steps.show_timetable(round_id, current_actor(), visible=visible, now=clock.now())
    return _back(round_id)


@blueprint.post("/office/rounds/<int:round_id>/nudge")
@requires(*OFFICE)
def nudge(round_id: int) -> ResponseReturnValue:
    """Mail the families of whom nobody has said anything."""
    count = steps.remind_families(round_id, current_actor(), now=clock.now())
    flash(ngettext("%(num)d mail goes out.", "%(num)d mails go out.", count))
    return _back(round_id)


@blueprint.post("/office/rounds/<int:round_id>/remind")
@requires(*OFFICE)
def remind(round_id: int) -> ResponseReturnValue:
    """Remind the teachers who have not checked their times."""
    count = steps.remind_teachers(round_id, current_actor(), now=clock.now())
    flash(ngettext("%(num)d teacher gets a mail.", "%(num)d teachers get a mail.", count))
    return _back(round_id)


def _back(round_id: int) -> ResponseReturnValue:
    return redirect(url_for(".progress", round_id=round_id), HTTPStatus.SEE_OTHER)
