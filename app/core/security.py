"""The headers of every response (OWASP ASVS 5.0, chapters 3.4 and 14.3)."""

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, Response, current_app

from app.core.htmx import is_htmx

# A redirect, data, a file to keep: what a browser shows of it loads and sends nothing.
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_NOBODY = "'none'"


@lru_cache(maxsize=8)
def page_policy(style: str, ancestors: tuple[str, ...] = ()) -> str:
    """Return the policy of a page: this one style may be written into it, no other and no script.

    ``ancestors`` are the sites that may show it within theirs.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'sha256-{digest}'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(ancestors) or _NOBODY}",
        )
    )


def _is_part(response: Response) -> bool:
    """Whether the response becomes part of a page, for which the headers of that page hold.

    A browser adds htmx's header only to what our own scripts request, never to a link, a form or
    what another site embeds. Pictures are our own, or a logo, which cannot be an SVG.
    """
    files = ("text/css", "text/javascript", "application/javascript", "image/")
    return is_htmx() or (response.mimetype or "").startswith(files)


def add_headers(response: Response) -> Response:
    """Add what is missing of the headers of every response."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if current_app.config["SETTINGS"].https:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in headers:
        # Every page names people, so a shared browser must not keep it (ASVS 14.3.2).
        headers["Cache-Control"] = "no-store"
        response.vary.update(("HX-Request", "Cookie"))
    if _is_part(response):
        return response
    if "Content-Security-Policy" not in headers:
        is_page = response.mimetype == "text/html" and not response.location
        page_style: Any = current_app.jinja_env.globals["page_style"]
        headers["Content-Security-Policy"] = page_policy(page_style()) if is_page else POLICY
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    return response


def init_app(app: Flask, *, page_style: Callable[[], str]) -> None:
    """Add the headers to all responses.

    ``page_style`` is asked for the style of each page, which templates call by the same name.
    """
    app.jinja_env.globals["page_style"] = page_style
    app.after_request(add_headers)
