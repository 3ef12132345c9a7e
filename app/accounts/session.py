"""Who is signed in, and the check that enforces each view's mark.

The browser's signed cookie holds one random secret; all else is in ``sign_in_sessions``, so the
server can end a session. Only this module uses Flask-Login.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from hmac import digest as hmac_digest
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug import Response

from app.accounts import clock_back, known, policy, queries, service
from app.accounts.devices import device_name
from app.accounts.queries import SignedIn
from app.accounts.secrets import new_token
from app.core import clock
from app.core.access import Actor, Role, actor_or_none, current_actor
from app.core.errors import NotFoundError
from app.core.htmx import is_htmx, is_poll
from app.core.i18n import language, speak_to_student
from app.core.links import page_of
from app.settings.current import current_school, remember_school

__all__ = ["Actor", "actor_or_none", "current_actor", "init_app"]

HOME = "/"
BROWSER_LIVES = timedelta(hours=1)
_KEPT = ("language",)  # cookie keys that survive signing in and out
# Files, and what must answer without the database.
_OF_NOBODY = {"static", "health.live", "health.ready", "health.worker"}
_NO_LOSS = {"accounts.stay", "accounts.sign_out", "accounts.end_all_devices"}


class _Visitor(UserMixin):
    """Flask-Login's user; its id is the session's secret."""

    def __init__(self, token: str, signed_in: SignedIn | None = None) -> None:
        self.id = token
        self.signed_in = signed_in


def init_app(app: Flask, login_manager: LoginManager) -> None:
    """Install the check; before CSRF, so that a form sent too late leads to the sign-in page."""
    login_manager.init_app(app)
    login_manager.session_protection = None  # phones change networks; the secret is enough
    login_manager.user_loader(_load)
    app.permanent_session_lifetime = policy.REMEMBERED_LIFE
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.before_request(_wall)
    app.jinja_env.globals["session_seconds_left"] = seconds_left
    app.jinja_env.globals["tab_key"] = tab_key


def _load(token: str) -> _Visitor | None:
    """Return the live session with this secret, and record once a minute that it is in use.

    Polling does not count as use: otherwise a forgotten table would never be signed out.
    """
    signed_in = queries.load_signed_in(token)
    if signed_in is None:
        return None
    signed_in = _follow_clock(signed_in)
    now = _time_of(signed_in)
    if now >= _ends_at(signed_in):
        return None
    remember_school(signed_in.school)
    if now - signed_in.seen_at >= service.SEEN_EVERY and not is_poll():
        service.note_seen(signed_in.session_id, now=now, ahead=signed_in.ahead)
        signed_in = replace(signed_in, seen_at=now)
    return _Visitor(token, signed_in)


def _follow_clock(signed_in: SignedIn) -> SignedIn:
    now = clock.now()
    ahead = policy.time_ahead(signed_in.ahead, signed_in.seen_at, now)
    if ahead > signed_in.ahead:
        clock_back.note(signed_in.session_id, now=now, ahead=ahead)
    return signed_in if ahead == signed_in.ahead else replace(signed_in, ahead=ahead)


def _time_of(signed_in: SignedIn) -> datetime:
    return clock.now() + signed_in.ahead


def _ends_at(signed_in: SignedIn) -> datetime:
    # Use the present roles: a new administrator gets the shorter limits at once.
    ends_at = policy.session_ends_at(
        signed_in.actor.roles,
        remembered=signed_in.remembered,
        created_at=signed_in.created_at,
        seen_at=signed_in.seen_at,
    )
    return min(ends_at, signed_in.expires_at)


def _wall() -> ResponseReturnValue | None:
    """Let actors through who may open this view; refuse a view without a mark to everybody."""
    if request.endpoint is None or request.endpoint in _OF_NOBODY:
        return None  # a 404, which Flask returns itself; or nobody need be known
    g.signed_in = getattr(current_user, "signed_in", None)
    g.actor = g.signed_in.actor if g.signed_in else None
    if (
        g.actor
        and g.actor.has(Role.STUDENT)
        and current_school().has_words_for_students(language())
    ):
        speak_to_student()
    access = getattr(current_app.view_functions[request.endpoint], "access", None)
    if access is None:
        raise NotFoundError
    if not access:
        return None
    if g.actor is None:
        return _to_sign_in()
    if not g.actor.has(*access):
        raise NotFoundError
    return None


def _to_sign_in() -> ResponseReturnValue:
    """Redirect to the sign-in page, and from there back to the open page."""
    if is_htmx() and is_poll():
        return Response(status=401)  # the page stays with its ticks; its dialog reports it
    asks = request.method in {"GET", "HEAD"}
    if not asks and request.endpoint not in _NO_LOSS:
        session["unsent"] = 1  # the page after signing in says so, too
        flash(_("You are not signed in any more, so this was not done. Sign in and try again."))
    if is_htmx():
        # A redirect would swap the sign-in page into a part of the table.
        headers = {"HX-Redirect": url_for("accounts.sign_in", next=safe_path(_open_page()))}
        return Response(status=401, headers=headers)
    back = request.full_path if request.query_string else request.path
    if not asks:
        return redirect(url_for("accounts.sign_in", next=safe_path(page_of(back))), 303)
    return redirect(url_for("accounts.sign_in", next=safe_path(back)))


def _open_page() -> str:
    """Return the path of the page in which htmx asks; "" if its header is not a URL."""
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return ""
    return f"{page.path}?{page.query}" if page.query else page.path


def safe_path(path: str | None) -> str | None:
    """Return a path of this site, or None for anything that could lead elsewhere."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")):
        return None
    if not path.isprintable() or "\\" in path or " " in path:
        return None
    return None if path == HOME else path


def signed_in() -> SignedIn:
    """Return the session of this request; for views marked with ``@requires``."""
    found: SignedIn = g.signed_in
    return found


def seconds_left() -> int:
    """Return in how many seconds this request's session ends if it is not used again."""
    here = signed_in()
    return max(0, int((_ends_at(here) - _time_of(here)).total_seconds()))


def is_fresh() -> bool:
    """Whether the user has proved only recently who they are."""
    here = signed_in()
    return policy.is_fresh(here.created_at, _time_of(here))


def tab_key() -> str:
    """Return who is signed in and in which session, as two words that name neither.

    What a tab keeps is found under them: by the same person alone, in whichever session.
    """
    here = signed_in()
    return f"{_word('person', here.actor.person_id)} {_word('session', here.session_id)}"


def _word(kind: str, id_: int) -> str:
    key = str(current_app.secret_key).encode()
    return hmac_digest(key, f"tab {kind} {id_}".encode(), "sha256").hex()[:24]


def begin(opened: service.Opened) -> Response:
    """Set the cookie of a new session and redirect to the page that the user wanted.

    Nothing of the old cookie stays, so nobody can have planted a session in it; a session that was
    still open here ends.
    """
    target = safe_path(session.get("next")) or HOME
    unsent = "unsent" in session
    if g.signed_in is not None:
        before: SignedIn = g.signed_in
        service.end_session(before.actor, before.session_id, now=clock.now())
    # A choice of whoever used this browser before is not this person's.
    chosen = session.get("language", "") if session.get("chosen") else ""
    _clear_cookie()
    if chosen:
        service.choose_language(opened.person_id, chosen)
    elif opened.language:
        session["language"] = opened.language
    login_user(_Visitor(opened.token))
    for key in ("_id", "_fresh"):  # Flask-Login's own keys, which we do not use
        session.pop(key, None)
    session.permanent = opened.remembered
    if unsent:
        flash("", "unsent")  # the next page has the words, in this person's language
    response = redirect(target, 303)
    known.make_known(response, opened.email_key)
    return response


def choose_language(code: str) -> None:
    """Use this language from now on: for who is signed in, or signs in next in this browser."""
    session["language"] = code
    if g.actor is not None:
        service.choose_language(g.actor.person_id, code)
    else:
        session["chosen"] = True  # to be kept for the person


def forget() -> None:
    """Remove the session from the browser's cookie."""
    logout_user()
    _clear_cookie()


def _clear_cookie() -> None:
    kept = {key: session[key] for key in _KEPT if key in session}
    session.clear()
    session.update(kept)


def this_browser(address: str = "") -> service.Browser:
    """Return what the request says about its browser; ``address`` is the mail address used."""
    return service.Browser(
        request.remote_addr or "",
        device_name(request.user_agent.string),
        known.known_as(address, request.cookies) if address else "",
    )


def _cookie_name() -> str:
    return "__Host-browser" if current_app.config["SESSION_COOKIE_SECURE"] else "browser"


def browser_secret() -> str:
    """Return the random cookie of a browser that requested a mail, or ""."""
    return request.cookies.get(_cookie_name(), "")


def give_browser_secret(response: Response, secret: str) -> Response:
    """Set the cookie that identifies the browser when its mail comes."""
    response.set_cookie(
        _cookie_name(),
        secret,
        max_age=BROWSER_LIVES,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def new_browser_secret() -> str:
    """Return the browser's cookie or a new one: a second mail must work in the same browser."""
    return browser_secret() or new_token()
