"""What is read at secret addresses, by programs and within other sites."""

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.access import public
from app.core.ical import MEDIA_TYPE
from app.feeds.service import load_feed

blueprint = Blueprint("feeds", __name__)


@blueprint.get("/ical/<secret>.ics")
@public
def calendar(secret: str) -> ResponseReturnValue:
    """Return somebody's talks to a program that shows calendars; 304 if it has them."""
    feed = load_feed(secret, has=request.if_none_match.contains, now=clock.now())
    response = make_response(b"" if feed.content is None else feed.content)
    if feed.content is None:
        response.status_code = 304
    response.headers["Content-Type"] = MEDIA_TYPE
    response.set_etag(feed.tag)
    return _unseen(response)


def _unseen(response: Response) -> Response:
    """Ask again each time, and let no search engine remember the address."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
