"""Links to pages of higher packages, set by the composition root; and to telephone numbers."""

import re
from collections.abc import Mapping
from enum import Enum, auto

from flask import Flask, current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect


class Page(Enum):
    """A page of a higher package."""

    HOME = auto()  # the first page of whoever is signed in
    OWN_TALKS = auto()  # for a family
    LETTING_IN = auto()  # takes a decision of a student of 18
    ALTERNATIVES = auto()  # for a talk that the school called off; takes ``booking_id``
    OWN_EVENINGS = auto()  # for a teacher
    ASKED = auto()  # what a family asks for; takes ``round_id``
    PLAN = auto()  # of a round, for the office; takes ``run_id``


def endpoint_of(page: Page) -> str:
    """Return the Flask endpoint of the page."""
    endpoints: Mapping[Page, str] = current_app.extensions["pages"]
    return endpoints[page]


def page_of(target: str) -> str:
    """Return the page of a form that was sent: its own address, or the nearest above with a page."""
    urls = current_app.create_url_adapter(request)
    path, mark, query = target.partition("?")
    while urls and path.strip("/"):
        try:
            urls.match(path, method="GET")
        except (HTTPException, RequestRedirect):
            path, mark, query = path.rpartition("/")[0], "", ""
        else:
            return path + mark + query
    return "/"


def dialled(number: str) -> str:
    """Return a number as a telephone takes it: digits, and a plus in front.

    In "+31 (0)6" the zero is for who calls from the same country, without the +31.
    """
    if number.startswith(("+", "00")):
        number = number.replace("(0)", "")
    return re.sub(r"(?!^\+)\D", "", number)


def init_app(app: Flask, endpoints: Mapping[Page, str]) -> None:
    """Store the endpoint of every page, and add ``home_url`` and ``dialled`` to the templates."""
    app.extensions["pages"] = endpoints
    app.jinja_env.filters["dialled"] = dialled
    app.jinja_env.globals["home_url"] = lambda: url_for(endpoint_of(Page.HOME))
