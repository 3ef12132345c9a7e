"""The five lines htmx needs on the server."""

import json

from flask import Response, request


def is_htmx() -> bool:
    """Whether htmx asks for a part; a boosted or restored whole page is not a part."""
    return request.headers.get("HX-Request") == "true"


def is_poll() -> bool:
    """Whether a page asks by itself if something changed; such a request carries a ``marker``."""
    return request.method == "GET" and "marker" in request.args


def trigger(response: Response, event: str, detail: object = None) -> Response:
    """Let the page raise ``event`` after it swapped this answer in."""
    response.headers["HX-Trigger"] = json.dumps({event: detail})
    return response
