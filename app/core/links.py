"""Pages to which packages below them link: named here, found by the composition root."""

from collections.abc import Mapping
from enum import Enum, auto

from flask import Flask, current_app, url_for


class Page(Enum):
    """A page of a higher package."""

    HOME = auto()  # the first page of whoever is signed in
    OWN_TALKS = auto()  # of a family
    ALTERNATIVES = auto()  # to a talk that the school called off; takes ``booking_id``
    OWN_EVENINGS = auto()  # of a teacher


def endpoint_of(page: Page) -> str:
    """Return Flask's name of the page."""
    endpoints: Mapping[Page, str] = current_app.extensions["pages"]
    return endpoints[page]


def init_app(app: Flask, endpoints: Mapping[Page, str]) -> None:
    """Keep the endpoint of every page, and give templates ``home_url``."""
    app.extensions["pages"] = endpoints
    app.jinja_env.globals["home_url"] = lambda: url_for(endpoint_of(Page.HOME))
