"""The office's page of what families ask for in a round."""

from http import HTTPStatus

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.access import OFFICE, current_actor, requires
from app.core.errors import NotFoundError
from app.core.switches import sent_word
from app.evenings.asked import load_requests
from app.evenings.blueprint import blueprint
from app.requests import office


@blueprint.get("/office/rounds/<int:round_id>/requests")
@requires(*OFFICE)
def requests(round_id: int) -> ResponseReturnValue:
    """Show who asks for what, which teachers have too few times, and remarks."""
    page = load_requests(round_id)
    if not page.round.takes_requests and not page.rows:
        raise NotFoundError
    return render_template("evenings/requests.html", page=page)


@blueprint.post("/office/requests/<int:request_id>/withdraw")
@requires(*OFFICE)
def withdraw(request_id: int) -> ResponseReturnValue:
    """Withdraw a family's request that cannot be planned."""
    round_id = office.withdraw(current_actor(), request_id, now=clock.now())
    return redirect(url_for(".requests", round_id=round_id), HTTPStatus.SEE_OTHER)


@blueprint.post("/office/wishes/<int:wishes_id>/handled")
@requires(*OFFICE)
def handle(wishes_id: int) -> ResponseReturnValue:
    """Note that a remark is dealt with, or not yet."""
    handled = sent_word("handled", "0", "1") == "1"
    round_id = office.handle(current_actor(), wishes_id, handled=handled, now=clock.now())
    url = url_for(".requests", round_id=round_id, _anchor="remarks")
    return redirect(url, HTTPStatus.SEE_OTHER)
