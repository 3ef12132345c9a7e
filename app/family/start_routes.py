"""Where a family begins: at what there is to choose, else at the overview."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.access import FAMILY, current_actor, requires
from app.family.blueprint import blueprint
from app.family.start import first_to_choose


@blueprint.get("/talks/start")
@requires(*FAMILY)
def start() -> ResponseReturnValue:
    """Lead to the table of a child, or to asking; invitations link here."""
    first = first_to_choose(current_actor(), now=clock.now())
    if first is None:
        return redirect(url_for("family.overview"))
    round_, child = first
    if not round_.takes_bookings:
        return redirect(url_for("family.ask", round_id=round_.id))
    return redirect(url_for("family.table", round_id=round_.id, student_id=child.student_id))
