"""The session cookie and the token of its forms: each is signed or verified once in a process."""

import hmac
import time

from flask import Flask, Request, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.core.memory import Memory

# By secret key and cookie: what it says, and when it was signed (seconds since the epoch).
_VERIFIED: Memory[tuple[object, str], tuple[dict[str, object], float]] = Memory(4096)
# By secret key and what the session holds: the token as forms send it.
_SIGNED: Memory[tuple[object, str], str] = Memory(4096)


def csrf_token() -> str:
    """Return the token for this session's forms; it is signed once in a process."""
    known = _SIGNED.get((current_app.secret_key, session.get("csrf_token", "")))
    if known is None:
        known = str(generate_csrf())  # which also gives a new session its own
        _SIGNED.put((current_app.secret_key, session["csrf_token"]), known)
    return known


class FormTokens(CSRFProtect):
    """Flask-WTF's check, which need not unsign the very token that this process signed.

    All that it would find in it is the session's own token: it has no end of its own, and Referer
    is not compared (WTF_CSRF_... in ``create_app``).
    """

    def protect(self, *, apply_exemptions: bool = False) -> None:
        """Let a form with its session's token through; refuse it with any other."""
        if request.endpoint and request.method == "POST" and _is_signed_here():
            g.csrf_valid = True  # Flask-WTF's own mark, for its forms
        else:
            super().protect(apply_exemptions=apply_exemptions)


def _is_signed_here() -> bool:
    own = session.get("csrf_token")
    known = _SIGNED.get((current_app.secret_key, own)) if own else None
    sent = request.form.get("csrf_token", "")
    return known is not None and hmac.compare_digest(sent.encode(), known.encode())


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions in signed cookies; a table left open sends the same one with each poll."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return what the cookie says; an empty session if it is forged, too old or missing."""
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        max_age = app.permanent_session_lifetime.total_seconds()
        said, signed_at = _VERIFIED.get((app.secret_key, cookie)) or self._verify(app, cookie)
        return self.session_class(said if time.time() - signed_at <= max_age else {})

    def _verify(self, app: Flask, cookie: str) -> tuple[dict[str, object], float]:
        serializer = self.get_signing_serializer(app)
        assert isinstance(serializer, URLSafeTimedSerializer)  # noqa: S101  (there is a secret key)
        try:
            said, signed_at = serializer.loads(cookie, return_timestamp=True)
        except BadSignature:
            return {}, 0
        verified = said, signed_at.timestamp()
        # A list, such as of messages to show, could be changed by whoever gets it.
        if all(isinstance(value, str | int) for value in said.values()):
            _VERIFIED.put((app.secret_key, cookie), verified)
        return verified
