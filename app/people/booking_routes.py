"""Book, move, switch and cancel talks for a family that calls the office."""

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.bookings import office, switching
from app.bookings.moving import CellTaken
from app.bookings.office import ReasonMissing
from app.bookings.rules import Choice, TooManyTalks
from app.bookings.service import Result
from app.core import clock
from app.core.access import OFFICE, current_actor, requires
from app.core.errors import DomainError, NotFoundError
from app.core.i18n import moment_text
from app.core.ids import id_of
from app.people.blueprint import blueprint
from app.people.forms import BookForForm, MoveForForm, ReasonForm, SwitchForForm
from app.people.table import OfficeTable, load_table
from app.people.talk import load_talk
from app.rounds.places import WORDS


@blueprint.get("/students/<int:student_id>/rounds/<int:round_id>")
@requires(*OFFICE)
def table(student_id: int, round_id: int) -> ResponseReturnValue:
    """Show a child's times, to book talks or, with ``move``, to move one."""
    household_id = request.args.get("household", type=id_of)
    moving = request.args.get("move", type=id_of)
    page = load_table(round_id, student_id, household_id, now=clock.now(), moving=moving)
    form = MoveForForm(formdata=None) if page.moving else BookForForm(formdata=None)
    return _render(page, form)


@blueprint.post("/students/<int:student_id>/rounds/<int:round_id>")
@requires(*OFFICE)
def book(student_id: int, round_id: int) -> ResponseReturnValue:
    """Book the ticked times for the family; times that others took first can be chosen again."""
    now, form = clock.now(), BookForForm()
    error, status, result = "", HTTPStatus.UNPROCESSABLE_ENTITY, None
    if form.validate_on_submit():
        try:
            result = office.book_for(
                current_actor(),
                round_id,
                student_id,
                form.household_id,
                form.cells.data or [],
                reason=form.reason.data or "",
                beyond_maximum=form.beyond.data,
                now=now,
            )
        except ReasonMissing as refusal:
            form.reason.errors, status = [refusal.message], refusal.status
        except TooManyTalks as refusal:
            form.beyond.errors, status = [refusal.message], refusal.status
        except DomainError as refusal:
            error, status = refusal.message, refusal.status
        else:
            _tell_booked(len(result.booked))
            if not result.lost and not result.gone:
                return _to_table(student_id, round_id, form.household_id)
            status = HTTPStatus.CONFLICT
    page = load_table(round_id, student_id, form.household_id, now=now)
    return _render(page, form, error=error, status=status, result=result)


@blueprint.post("/talks/<int:booking_id>/move")
@requires(*OFFICE)
def move(booking_id: int) -> ResponseReturnValue:
    """Move a family's talk; the old time is kept until the new one is booked."""
    now, form = clock.now(), MoveForForm()
    talk, taken = load_talk(booking_id, now=now), list[Choice]()
    error, status = "", HTTPStatus.UNPROCESSABLE_ENTITY
    choice = form.choice() if form.validate_on_submit() else None
    if choice:
        try:
            office.move_for(
                current_actor(), booking_id, choice, reason=form.reason.data or "", now=now
            )
        except DomainError as refusal:
            error, status = refusal.message, refusal.status
            taken = [choice] if isinstance(refusal, CellTaken) else []
        else:
            flash(_("The talk is moved. The family gets a mail."))
            return _to_table(talk.student_id, talk.round_id, talk.household_id)
    page = load_table(talk.round_id, talk.student_id, talk.household_id, now=now, moving=booking_id)
    for _teacher, _starts_at, why in page.lost(taken):
        error = _(
            "This time is not free: %(why)s. The talk is still at %(time)s. Choose another time.",
            why=why,
            time=moment_text(talk.talk.starts_at),
        )
    return _render(page, form, error=error, status=status)


@blueprint.route("/talks/<int:booking_id>/cancel", methods=["GET", "POST"])
@requires(*OFFICE)
def cancel(booking_id: int) -> ResponseReturnValue:
    """Ask for the reason, then cancel a family's talk."""
    now, form, status = clock.now(), ReasonForm(), HTTPStatus.OK
    talk = load_talk(booking_id, now=now)
    if form.validate_on_submit():
        try:
            office.cancel_for(current_actor(), booking_id, reason=form.reason.data or "", now=now)
            flash(
                _("The talk is cancelled.")
                if talk.student_left
                else _("The talk is cancelled. The family gets a mail.")
            )
            return redirect(url_for(".student", student_id=talk.student_id), HTTPStatus.SEE_OTHER)
        except DomainError as refusal:
            form.reason.errors, status = [refusal.message], refusal.status
    elif form.is_submitted():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render_template("people/cancel.html", talk=talk, form=form), status


@blueprint.route("/talks/<int:booking_id>/where", methods=["GET", "POST"])
@requires(*OFFICE)
def switch(booking_id: int) -> ResponseReturnValue:
    """Ask where a family's talk is, and why, and change it."""
    now, status = clock.now(), HTTPStatus.OK
    talk = load_talk(booking_id, now=now)
    form = SwitchForForm.about(talk.talk)
    if len(talk.talk.choosable) < 2:
        raise NotFoundError
    if form.validate_on_submit():
        try:
            switching.switch_for(
                current_actor(),
                booking_id,
                form.modality.data,
                reason=form.reason.data or "",
                now=now,
            )
        except DomainError as refusal:
            form.modality.errors, status = [refusal.message], refusal.status
        else:
            place = WORDS[form.modality.data]
            flash(_("The talk is now: %(place)s. The family gets a mail.", place=place))
            return redirect(url_for(".student", student_id=talk.student_id), HTTPStatus.SEE_OTHER)
    elif form.is_submitted():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render_template("people/switch.html", talk=talk, form=form), status


def _tell_booked(number: int) -> None:
    if number:
        flash(
            ngettext(
                "The talk is reserved. The family gets a mail.",
                "%(num)d talks are reserved. The family gets a mail.",
                number,
            )
        )


def _to_table(student_id: int, round_id: int, household_id: int | None) -> ResponseReturnValue:
    url = url_for(
        ".table", student_id=student_id, round_id=round_id, household=household_id or None
    )
    return redirect(url, HTTPStatus.SEE_OTHER)


def _render(
    page: OfficeTable,
    form: BookForForm | MoveForForm,
    *,
    error: str = "",
    status: int = HTTPStatus.OK,
    result: Result | None = None,
) -> ResponseReturnValue:
    chosen = {*request.form.getlist("cells"), *request.form.getlist("cell")}
    return (
        render_template(
            "people/table.html",
            page=page,
            form=form,
            error=error,
            lost=_words_with_reason(page.lost(result.lost if result else ())),
            gone=_words(page.gone(result.gone if result else ())),
            chosen=chosen,
        ),
        status,
    )


def _words_with_reason(cells: Iterable[tuple[str, datetime, str]]) -> list[str]:
    return [
        _("%(teacher)s, %(time)s (%(why)s)", teacher=teacher, time=moment_text(starts_at), why=why)
        for teacher, starts_at, why in cells
    ]


def _words(cells: Iterable[tuple[str, datetime]]) -> list[str]:
    return [
        _("%(teacher)s, %(time)s", teacher=teacher, time=moment_text(starts_at))
        for teacher, starts_at in cells
    ]
