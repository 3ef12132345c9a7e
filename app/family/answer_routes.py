"""The page where a family answers a called-off talk; the mail's only link leads here."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.bookings.calling_off import service as calling_off
from app.core import clock
from app.core.access import FAMILY, current_actor, requires
from app.core.errors import DomainError
from app.core.i18n import moment_text
from app.family import alternatives, answering, queries
from app.family.answer_form import AlternativeForm
from app.family.blueprint import blueprint


@blueprint.get("/talks/<int:booking_id>/alternatives")
@requires(*FAMILY)
def choose_alternative(booking_id: int) -> ResponseReturnValue:
    """Show what the family can book instead of a talk."""
    return _show(booking_id)


@blueprint.post("/talks/<int:booking_id>/alternatives")
@requires(*FAMILY)
def take_alternative(booking_id: int) -> ResponseReturnValue:
    """Book the tapped time, or record that the family needs no other talk."""
    actor, now = current_actor(), clock.now()
    form = AlternativeForm()
    form.validate_on_submit()
    try:
        if form.none.data:
            calling_off.answer(actor, booking_id, now=now)
            flash(_("Thank you. The school sees that you need no other talk."))
        else:
            chosen = form.choice()
            if chosen is None:
                return _show(booking_id, _("Choose a time."), HTTPStatus.UNPROCESSABLE_ENTITY)
            new = answering.take(actor, booking_id, *chosen, now=now)
            talk = queries.load_talk(actor, new, now=now)
            flash(
                _(
                    "Your talk is reserved: %(teacher)s, %(time)s. You also get a mail.",
                    teacher=talk.teacher,
                    time=moment_text(talk.starts_at),
                )
            )
    except DomainError as refusal:
        return _show(booking_id, refusal.message, refusal.status)
    return redirect(url_for(".overview"), HTTPStatus.SEE_OTHER)


def _show(booking_id: int, error: str = "", status: int = HTTPStatus.OK) -> ResponseReturnValue:
    page = alternatives.load_alternatives(current_actor(), booking_id, now=clock.now())
    return render_template("family/alternatives.html", page=page, error=error), status
