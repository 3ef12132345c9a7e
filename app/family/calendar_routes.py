"""The family's own calendar: a talk as a file, and the address to subscribe to."""

from http import HTTPStatus

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.models import FeedKind
from app.bookings.entries import talk_file
from app.core import clock
from app.core.access import FAMILY, current_actor, requires
from app.core.ical import MEDIA_TYPE
from app.core.switches import sent_word
from app.family import queries
from app.family.blueprint import blueprint
from app.feeds.addresses import change_address, load_address


@blueprint.route("/talks/calendar", methods=["GET", "POST"])
@requires(*FAMILY)
def calendar() -> ResponseReturnValue:
    """Show the address of the own calendar; make another one, or end it."""
    if request.method == "POST":
        act = sent_word("act", "make", "stop")
        flash(change_address(current_actor(), FeedKind.FAMILY, act, now=clock.now()))
        return redirect(url_for(".calendar"), HTTPStatus.SEE_OTHER)
    own = load_address(current_actor(), FeedKind.FAMILY)
    return render_template("feeds/calendar.html", own=own, back=url_for(".overview"))


@blueprint.get("/talks/<int:booking_id>.ics")
@requires(*FAMILY)
def calendar_file(booking_id: int) -> ResponseReturnValue:
    """Return one talk as a calendar file, also after it was cancelled: then it says so."""
    talk = queries.load_talk(current_actor(), booking_id, now=clock.now(), cancelled=True)
    response = make_response(talk_file([talk]))
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Content-Disposition"] = f'attachment; filename="{_("talk")}.ics"'
    return response
