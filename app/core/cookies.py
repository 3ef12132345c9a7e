"""The session cookie and the token of its forms: what is signed is signed and verified once."""

import time

from flask import Flask, Request, current_app, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
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
