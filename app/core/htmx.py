"""What htmx and our pages say of a request."""

from flask import request


def is_htmx() -> bool:
    """Whether htmx asks for a part; a boosted or restored whole page is not a part."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-Request-Type") != "full"


def is_poll() -> bool:
    """Whether a page asks by itself if something changed; such a request carries a ``marker``."""
    return request.method == "GET" and "marker" in request.args
