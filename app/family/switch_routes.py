"""The page on which a family chooses where a talk is, if the round offers more than one way."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.bookings import switching
from app.core import clock
from app.core.access import FAMILY, current_actor, requires
from app.core.errors import DomainError, NotFoundError
from app.family import queries
from app.family.blueprint import blueprint
from app.family.forms import SwitchForm
from app.rounds.places import WORDS


@blueprint.route("/talks/<int:booking_id>/where", methods=["GET", "POST"])
@requires(*FAMILY)
def switch(booking_id: int) -> ResponseReturnValue:
    """Ask where the talk is, and change it."""
    actor, now = current_actor(), clock.now()
    talk = queries.load_talk(actor, booking_id, now=now)
    form, status = SwitchForm.about(talk), HTTPStatus.OK
    if len(talk.choosable) < 2 or not (talk.may_switch or form.is_submitted()):
        raise NotFoundError
    if form.is_submitted() and not form.validate():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    elif form.is_submitted():
        try:
            switching.switch(actor, booking_id, form.modality.data, now=now)
        except DomainError as refusal:
            form.modality.errors = [refusal.message]
            status = refusal.status
        else:
            flash(_("Your talk is now: %(place)s.", place=WORDS[form.modality.data]))
            return redirect(url_for(".overview"), HTTPStatus.SEE_OTHER)
    return render_template("family/switch.html", talk=talk, form=form), status
