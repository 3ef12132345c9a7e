"""The office's pages of an evening: the matrix, and the lists behind its figures."""

from http import HTTPStatus

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.bookings.calling_off import service as calling_off
from app.bookings.calling_off.queries import unanswered as load_unanswered
from app.core import clock
from app.core.access import OFFICE, current_actor, requires
from app.core.errors import found
from app.core.htmx import is_htmx
from app.core.i18n import time_text
from app.core.ids import id_of
from app.evenings import asked_routes, change_routes, lists, queries
from app.evenings.blueprint import blueprint
from app.evenings.forms import NoteForm, TimesForm, read_filter
from app.rounds.queries import load_round

__all__ = ["asked_routes", "blueprint", "change_routes"]


@blueprint.get("/office/rounds/<int:round_id>/evening")
@requires(*OFFICE)
def overview(round_id: int) -> ResponseReturnValue:
    """Show teachers by times; if the request has a current marker, answer 204 No Content."""
    marker = request.args.get("marker")
    if marker and marker == queries.evening_marker(round_id):
        return "", HTTPStatus.NO_CONTENT
    page = queries.load_evening(round_id, read_filter(request.args), now=clock.now())
    return render_template(
        "evenings/_evening.html" if is_htmx() else "evenings/evening.html",
        page=page,
        form=TimesForm(formdata=None),
        times={moment: time_text(moment) for moment in page.matrix.moments},
        student_url=student_url(round_id),
        picked=request.args.get("block", type=id_of),
    )


@blueprint.get("/office/rounds/<int:round_id>/talks")
@requires(*OFFICE)
def talks(round_id: int) -> ResponseReturnValue:
    """Show the talks of a round that match the filter, by time."""
    page = lists.load_talks(round_id, read_filter(request.args), _number())
    return render_template("evenings/talks.html", page=page, student_url=student_url(round_id))


@blueprint.get("/office/rounds/<int:round_id>/silent")
@requires(*OFFICE)
def silent(round_id: int) -> ResponseReturnValue:
    """Show the students who can book a talk but have none."""
    page = lists.load_silent(round_id, read_filter(request.args), _number(), now=clock.now())
    return render_template("evenings/silent.html", page=page, student_url=student_url(round_id))


@blueprint.get("/office/rounds/<int:round_id>/unanswered")
@requires(*OFFICE)
def unanswered(round_id: int) -> ResponseReturnValue:
    """Show the called-off talks that wait for the family's answer."""
    return render_template(
        "evenings/unanswered.html",
        round=load_round(round_id),
        rows=load_unanswered(round_id),
        form=NoteForm(formdata=None),
        student_url=student_url(round_id),
    )


@blueprint.post("/office/rounds/<int:round_id>/unanswered/<int:booking_id>")
@requires(*OFFICE)
def finish(round_id: int, booking_id: int) -> ResponseReturnValue:
    """Tick off a called-off talk after somebody spoke with the family."""
    form = NoteForm()
    found(next((row for row in load_unanswered(round_id) if row.booking_id == booking_id), None))
    if form.validate_on_submit():
        calling_off.finish(current_actor(), booking_id, note=form.note.data or "", now=clock.now())
        flash(_("Done. It is off the list."))
    else:
        flash(" ".join(error for errors in form.errors.values() for error in errors))
    return redirect(url_for(".unanswered", round_id=round_id), HTTPStatus.SEE_OTHER)


def student_url(round_id: int) -> str:
    """Return the URL of the student's page without the id at its end.

    Calling url_for() for each is too slow: a page has hundreds.
    """
    if "people.student" in current_app.view_functions:
        return url_for("people.student", student_id=0).removesuffix("0")
    return url_for(".talks", round_id=round_id, student="")


def _number() -> int:
    return request.args.get("page", 1, type=id_of)
