"""The page of the log. Read-only: nothing here or elsewhere changes a line."""

from datetime import date
from itertools import groupby

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.core.access import Role, requires
from app.core.clock import FIRST_YEAR, LAST_YEAR
from app.core.fields import clean
from app.core.ids import id_of
from app.log.groups import ActionGroup, group_names
from app.log.queries import Filters, load_log

FILTERS = ("since", "until", "group", "person", "round")

blueprint = Blueprint("log", __name__)


def _day(text: str) -> date:
    """Parse a date in a plausible year. Raises ValueError."""
    day = date.fromisoformat(text)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(text)
    return day


@blueprint.get("/office/log")
@requires(Role.ADMINISTRATOR)
def entries() -> ResponseReturnValue:
    """Show who did what and when; the URL holds the filters."""
    filters = Filters(
        since=request.args.get("since", type=_day),
        until=request.args.get("until", type=_day),
        group=request.args.get("group", type=ActionGroup),
        person=clean(request.args.get("person"))[:100],
        round_id=request.args.get("round", type=id_of),
        before=request.args.get("before", type=id_of),
    )
    page = load_log(filters)
    asked = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    return render_template(
        "log/entries.html",
        page=page,
        days=[(day, list(lines)) for day, lines in groupby(page.lines, key=lambda it: it.day)],
        filters=filters,
        asked=asked,
        groups=group_names(),
    )
