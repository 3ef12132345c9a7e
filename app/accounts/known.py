"""Browsers in which somebody has signed in at a mail address before.

Such a browser has its own allowance of attempts at that address (``limits``), so that no stranger
can keep its owner out. A cookie holds a random name, signed together with the address; the server
stores nothing of it, and it grants no access.
"""

import hmac
from collections.abc import Mapping
from datetime import timedelta

from flask import current_app
from werkzeug import Response

from app.accounts.secrets import new_token
from app.school.names import email_key

LIVES = timedelta(days=180)


def _cookie_name() -> str:
    return "__Host-known" if current_app.config["SESSION_COOKIE_SECURE"] else "known"


def _sign(name: str, key: str) -> str:
    secret: str = current_app.config["SECRET_KEY"]
    return hmac.new(secret.encode(), f"known {name} {key}".encode(), "sha256").hexdigest()


def known_as(address: str, cookies: Mapping[str, str]) -> str:
    """Return the name of a browser that has signed in at this mail address before, or ""."""
    name, _, signature = cookies.get(_cookie_name(), "").partition(".")
    fits = hmac.compare_digest(signature.encode(), _sign(name, email_key(address)).encode())
    return name if name and fits else ""


def make_known(response: Response, key: str) -> None:
    """Make the browser known at the mail address with this key."""
    if not key:
        return
    name = new_token()
    response.set_cookie(
        _cookie_name(),
        f"{name}.{_sign(name, key)}",
        max_age=LIVES,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
