"""What htmx and our pages tell about a request."""

from flask import request


def is_htmx() -> bool:
    """Whether htmx requests a fragment; a boosted or restored request wants the whole page."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-Request-Type") != "full"


def is_poll() -> bool:
    """Whether a page polls for changes; such a request carries a ``marker``."""
    return request.method == "GET" and "marker" in request.args
