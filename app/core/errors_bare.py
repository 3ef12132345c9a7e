"""Error pages for when the database is away: all that could fail was done when they were written.

They know no school and no reader, so they say everything in each language of the site.
"""

from http import HTTPStatus
from typing import NamedTuple

from flask import Flask, Response, current_app, g, request
from markupsafe import escape

from app.core.htmx import is_htmx, is_poll
from app.core.i18n import LANGUAGES
from app.core.links import page_of
from app.core.security import page_policy

RETRY_AFTER = 30  # seconds; a database that is restarted takes about as long


class _Kind(NamedTuple):
    """What an answer is for: a part of a page for htmx, or a page; in place of a form's answer?"""

    status: HTTPStatus
    part: bool
    sent: bool


_KINDS = [
    _Kind(status, part, sent)
    for status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INTERNAL_SERVER_ERROR)
    for part in (False, True)
    for sent in (False, True)
]


def prepare(app: Flask) -> None:
    """Write all of them, so that nothing need be read or translated when one is needed."""
    app.extensions["bare_errors"] = {kind: _write(app, kind) for kind in _KINDS}


def _write(app: Flask, kind: _Kind) -> str:
    """Return the text of one, with gaps for the number and for where its button leads."""
    sections = {}
    for code in LANGUAGES:
        with app.app_context(), app.test_request_context():
            g.language = code
            sections[code] = app.jinja_env.get_template("errors/_words.html").module
    with app.app_context(), app.test_request_context():
        template = app.jinja_env.get_template(f"errors/{'_bare' if kind.part else 'bare'}.html")
        return template.render(kind._asdict(), sections=sections)


def answer(status: HTTPStatus, number: str) -> Response:
    """Return the answer to a request that failed, complete but for the headers of every response."""
    sent = request.method not in {"GET", "HEAD"}
    kind = _Kind(status, is_htmx(), sent)
    if "bare_errors" not in current_app.extensions:
        prepare(current_app)
    text = current_app.extensions["bare_errors"][kind]
    path = request.full_path if request.query_string else request.path
    address = escape(page_of(path) if sent else path)
    text = text.replace("{number}", number).replace("{address}", address)
    # The page in which a poll failed stays as it is, and asks again by itself.
    response = Response("" if is_poll() else text, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = page_policy("")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
