"""What is read at secret addresses, by programs and within other sites."""

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.feeds import load_subscriber
from app.accounts.models import FeedKind
from app.core import clock
from app.core.access import public
from app.core.errors import found
from app.core.ical import MEDIA_TYPE
from app.core.links import Page, endpoint_of
from app.core.security import page_policy
from app.feeds.board import load_board
from app.feeds.service import load_feed
from app.mail.message import page_url
from app.settings.colours import stylesheet
from app.settings.current import remember_school

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


@blueprint.get("/board/<secret>")
@public
def board(secret: str) -> ResponseReturnValue:
    """Show a teacher's own list within the sites that the school has named."""
    of = found(load_subscriber(secret, (FeedKind.BOARD,)))
    remember_school(of.school)
    page = render_template(
        "feeds/board.html",
        board=load_board(of, now=clock.now()),
        site=page_url(endpoint_of(Page.OWN_EVENINGS)),
    )
    response = make_response(page)
    style = stylesheet(of.school.accent)
    response.headers["Content-Security-Policy"] = page_policy(style, of.school.frame_origins)
    return _unseen(response)


def _unseen(response: Response) -> Response:
    """Ask again each time, and let no search engine remember the address."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
