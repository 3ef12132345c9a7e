"""The family's pages: the table, the overview, and the actions on a talk."""

import secrets
from http import HTTPStatus
from typing import Any

from flask import (
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.session import signed_in
from app.bookings import moving, remarks, service
from app.core import clock
from app.core.access import FAMILY, current_actor, requires
from app.core.errors import DomainError, NotFoundError
from app.core.htmx import is_htmx, is_poll
from app.core.ids import id_of
from app.core.memory import Stamp
from app.family import (
    answer_routes,
    ask_routes,
    calendar_routes,
    consent_routes,
    history,
    outcomes,
    queries,
    start_routes,
    switch_routes,
)
from app.family.blueprint import blueprint
from app.family.forms import BookForm, EmptyForm, MoveForm, RemarkForm
from app.family.messages import messages_of
from app.family.overview import load_overview
from app.family.queries import TablePage
from app.family.reasons import why_not_moved
from app.family.rendering import remember_view, shown, wanted_view
from app.school.queries import stamp_of

__all__ = [
    "answer_routes",
    "ask_routes",
    "blueprint",
    "calendar_routes",
    "consent_routes",
    "start_routes",
    "switch_routes",
]


@blueprint.get("/talks")
@requires(*FAMILY)
def overview() -> ResponseReturnValue:
    """Show all the family's talks, and the rounds they can book in."""
    page = load_overview(current_actor(), now=clock.now())
    return render_template("family/overview.html", page=page)


@blueprint.get("/talks/log")
@requires(*FAMILY)
def log() -> ResponseReturnValue:
    """Show who in the household changed what, and when."""
    lines = history.load(current_actor(), now=clock.now())
    return render_template("family/log.html", lines=lines)


@blueprint.get("/rounds/<int:round_id>/children/<int:student_id>")
@requires(*FAMILY)
def table(round_id: int, student_id: int) -> ResponseReturnValue:
    """Show the table; a poll gets what has changed since its marker, or 204 No Content."""
    actor, now = current_actor(), clock.now()
    talk_id = request.args.get("move", type=id_of)
    page = queries.load_table(
        actor,
        round_id,
        student_id,
        now=now,
        moving=talk_id,
        stamp=signed_in().stamp,
        afresh="done" in request.args,  # a time may be lost: offer none that is gone as well
    )
    if not page.round.takes_bookings:
        return redirect(url_for(".ask", round_id=round_id))
    if is_htmx() and is_poll():
        parts = shown(page, wanted_view()[0]).changes(request.args["marker"])
        if parts is not None:
            return (parts, HTTPStatus.OK) if parts else ("", HTTPStatus.NO_CONTENT)
    outcome = outcomes.load_outcome(
        actor,
        page,
        submission=request.args.get("done"),
        moved=request.args.get("moved", type=id_of),
        cancelled=request.args.get("cancelled", type=id_of),
    )
    return _render(page, outcome=outcome)


@blueprint.post("/rounds/<int:round_id>/children/<int:student_id>")
@requires(*FAMILY)
def book(round_id: int, student_id: int) -> ResponseReturnValue:
    """Book the ticked cells; without JavaScript, redirect to the table or show it again."""
    actor, now = current_actor(), clock.now()
    error, result, status = "", None, HTTPStatus.OK
    try:
        form = BookForm.read(request.form)
        result = service.book(
            actor,
            round_id,
            student_id,
            form.choices,
            together=form.together,
            submission=form.submission,
            now=now,
            stamp=signed_in().stamp,
        )
    except DomainError as refusal:
        error, status = refusal.message, refusal.status
    if result and result.booked and not is_htmx():
        return _redirect(round_id, student_id, done=request.form["submission"])
    stamp = (result and result.stamp) or _stamp_after()
    lost = bool(result and result.lost)  # then the picture is older than who was first
    page = queries.load_table(actor, round_id, student_id, now=now, stamp=stamp, afresh=lost)
    if result is None:
        return _render(page, error=error, status=status, chosen=_ticked())
    outcome = outcomes.outcome_of(page, result)
    return _render(
        page,
        outcome=outcome,
        status=HTTPStatus.CONFLICT if result.lost or result.gone else HTTPStatus.OK,
        chosen=frozenset() if outcome.booked else _ticked(),
    )


@blueprint.post("/talks/<int:booking_id>/move")
@requires(*FAMILY)
def move(booking_id: int) -> ResponseReturnValue:
    """Move a talk to the tapped time; the old time is kept until the new one is booked."""
    actor, now = current_actor(), clock.now()
    form = MoveForm()
    talk = queries.load_talk(actor, booking_id, now=now, cancelled=True)
    error, status, is_taken = "", HTTPStatus.OK, False
    choice = form.choice() if form.validate_on_submit() else None
    if choice is None:
        error, status = _first_error(form), HTTPStatus.UNPROCESSABLE_ENTITY
    else:
        try:
            moving.move(actor, booking_id, choice, submission=form.submission.data or "", now=now)
        except DomainError as refusal:
            error, status = refusal.message, refusal.status
            is_taken = isinstance(refusal, moving.CellTaken)
    if not error and not is_htmx():
        return _redirect(talk.round_id, talk.child.student_id, moved=booking_id)
    page = queries.load_table(
        actor,
        talk.round_id,
        talk.child.student_id,
        now=now,
        moving=booking_id if error else None,
        stamp=_stamp_after(),
        afresh=is_taken,
    )
    if choice and is_taken:
        error = why_not_moved(page.cards, choice, talk) or error
    if error:
        return _render(page, error=error, status=status)
    moved = queries.load_talk(actor, booking_id, now=now, cancelled=True)
    return _render(page, outcome=outcomes.outcome_of_move(page, moved))


@blueprint.get("/talks/<int:booking_id>/cancel")
@requires(*FAMILY)
def ask_cancel(booking_id: int) -> ResponseReturnValue:
    """Ask the family to confirm that a talk should be cancelled."""
    talk = queries.load_talk(current_actor(), booking_id, now=clock.now())
    return render_template("family/cancel.html", talk=talk, form=EmptyForm())


@blueprint.post("/talks/<int:booking_id>/cancel")
@requires(*FAMILY)
def cancel(booking_id: int) -> ResponseReturnValue:
    """Cancel a talk and show the table, where the time is free again."""
    actor, now = current_actor(), clock.now()
    talk = queries.load_talk(actor, booking_id, now=now, cancelled=True)
    error, status = "", HTTPStatus.OK
    try:
        service.cancel(actor, booking_id, now=now)
    except DomainError as refusal:
        error, status = refusal.message, refusal.status
    if not error and not is_htmx():
        return _redirect(talk.round_id, talk.child.student_id, cancelled=booking_id)
    page = queries.load_table(
        actor, talk.round_id, talk.child.student_id, now=now, stamp=_stamp_after()
    )
    outcome = None if error else outcomes.outcome_of_cancelling(page, talk)
    return _render(page, error=error, status=status, outcome=outcome)


@blueprint.route("/talks/<int:booking_id>/remark", methods=["GET", "POST"])
@requires(*FAMILY)
def remark(booking_id: int) -> ResponseReturnValue:
    """Show and save the remark for the teacher."""
    actor, now = current_actor(), clock.now()
    talk = queries.load_talk(actor, booking_id, now=now)
    if not talk.may_remark:
        raise NotFoundError
    form = RemarkForm(remark=talk.remark)
    status = HTTPStatus.OK
    if form.is_submitted():
        if form.validate():
            try:
                text = (form.remark.data or "").strip()
                remarks.set_remark(actor, booking_id, text, now=now)
                flash(_("Your remark is saved.") if text else _("There is no remark now."))
                return redirect(url_for(".overview"), HTTPStatus.SEE_OTHER)
            except DomainError as refusal:
                form.remark.errors = [refusal.message]
                status = refusal.status
        else:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render_template("family/remark.html", talk=talk, form=form), status


def _stamp_after() -> Stamp:
    """Return the stamp as this request's own change has left it."""
    return stamp_of(signed_in().stamp.circle)


def _redirect(round_id: int, student_id: int, **done: Any) -> ResponseReturnValue:
    """Redirect a page without JavaScript to the table, which reports what was done."""
    url = url_for(".table", round_id=round_id, student_id=student_id, **done)
    return redirect(url, HTTPStatus.SEE_OTHER)


def _render(
    page: TablePage,
    *,
    error: str = "",
    status: int = HTTPStatus.OK,
    outcome: outcomes.Outcome | None = None,
    chosen: frozenset[str] = frozenset(),
) -> ResponseReturnValue:
    submission = secrets.token_urlsafe(24)
    messages = messages_of(
        current_app.jinja_env.get_template("family/_messages.html").module,
        error=error,
        outcome=outcome,
        several=len(page.evenings) > 1,
        chosen=chosen,
        submission=submission,
    )
    view, guessed = wanted_view()
    table = shown(page, view)
    text = table.fragment(
        messages=messages, submission=submission, chosen=sorted(chosen), guessed=guessed
    )
    response = make_response(text if is_htmx() else table.whole(text), status)
    return remember_view(response)


def _ticked() -> frozenset[str]:
    return frozenset(request.form.getlist("cells"))


def _first_error(form: MoveForm) -> str:
    for errors in form.errors.values():
        for message in errors:
            return str(message)
    return _("This choice cannot be read. Choose a time from the table.")
