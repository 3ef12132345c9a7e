"""Ask Google Calendar in the name of a teacher, and say what its answer means."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import google_auth_httplib2
import httplib2
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2.service_account import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from app.calendars.answers import as_object, is_busy, log_answer, part_of, seconds_to_wait
from app.calendars.errors import AlreadyThere, Delayed, Disappeared, Refusal, Refused
from app.calendars.lines import Lines
from app.config import Settings
from app.core import clock
from app.outbox.errors import Unprepared

# It writes answers into the log that it cannot read.
logging.getLogger("googleapiclient").setLevel(logging.CRITICAL)
logger = logging.getLogger(__name__)

SCOPES = ("https://www.googleapis.com/auth/calendar.events",)
"""Each of them has to be granted to the service account, or all are refused."""

BUSY = frozenset(
    {"backendError", "quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"}
    | {"RATE_LIMIT_EXCEEDED", "calendarLimitsExceeded"}
)
"""Reasons of 403 that pass."""

REFUSALS = {
    "accessNotConfigured": Refusal.CALENDAR_OFF,
    "insufficientPermissions": Refusal.DELEGATION_MISSING,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Refusal.DELEGATION_MISSING,
    "notACalendarUser": Refusal.MAILBOX_UNKNOWN,
}

Events = Any  # a resource of the client, whose methods come from a document of Google's


class ConferenceRefused(Exception):
    """This calendar takes the event, but not with a meeting."""


@dataclass
class Line:
    """What one thread asks with: a client, its connection, and a sign-in for each teacher.

    httplib2 is not made for several threads at once.
    """

    key: Credentials
    http: httplib2.Http
    events: Events
    signed_in: dict[str, Credentials] = field(default_factory=dict)

    def credentials(self, account: str) -> Credentials:
        """Return what signs in for a teacher, with its token if it has one."""
        return self.signed_in.setdefault(
            account,
            self.key.with_subject(account),  # type: ignore[no-untyped-call]
        )

    def end(self) -> None:
        """Close the connection."""
        self.http.close()


class Google:
    """Google Calendar, as one service account may use it for teachers."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; nothing is asked yet."""
        self._settings = settings
        self._lines = Lines(self._line, Line.end)
        self._key: Credentials | None = None

    def ask(self, account: str, request: Callable[[Events], Any]) -> Mapping[str, Any]:
        """Return Google's answer to a request about events, {} for none.

        Raises AlreadyThere if the id is taken, and ConferenceRefused.
        """
        if not self._settings.has_google:
            raise Unprepared("Google is not set")
        domain = self._settings.google_workspace_domain.casefold()
        if domain and account.casefold().rpartition("@")[2] != domain:
            raise Refused(Refusal.OUTSIDE_DOMAIN, "not of the school's domain at google")
        with self._lines.line() as line:
            return _ask(line, account, request)

    def forget(self) -> None:
        """Sign in and connect anew at the next request."""
        self._key = None
        self._lines.close()

    def _line(self) -> Line:
        http = httplib2.Http(timeout=self._settings.calendar_http_timeout)
        http.follow_redirects = False
        endpoint = self._settings.google_calendar_endpoint
        client = build(
            "calendar",
            "v3",
            http=http,
            static_discovery=True,
            cache_discovery=False,
            client_options={"api_endpoint": endpoint.rstrip("/") + "/"} if endpoint else {},
        )
        self._key = self._key or self._read_key()
        return Line(self._key, http, client.events())

    def _read_key(self) -> Credentials:
        try:
            return Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
                self._settings.google_service_account_file, scopes=SCOPES
            )
        except (AttributeError, GoogleAuthError, KeyError, OSError, TypeError, ValueError):
            raise Unprepared("the key file for Google cannot be read") from None


def _ask(line: Line, account: str, request: Callable[[Events], Any]) -> Mapping[str, Any]:
    credentials, asked = line.credentials(account), request(line.events)
    # Its own renewal cannot read a portal's answer, so ours goes before and after.
    wire = google_auth_httplib2.AuthorizedHttp(credentials, http=line.http, max_refresh_attempts=0)
    try:
        if not credentials.valid:
            _sign_in(credentials, line.http)
        try:
            answer = asked.execute(http=wire, num_retries=0)
        except HttpError as fault:
            if fault.resp.status != 401:
                raise
            _sign_in(credentials, line.http)  # the token may have ended early
            answer = request(line.events).execute(http=wire, num_retries=0)
    except HttpError as fault:
        raise _of_answer(asked.method, fault) from None
    except (GoogleAuthError, httplib2.HttpLib2Error, HTTPException, OSError) as fault:
        raise _of_network(fault) from None
    log_answer(logger, asked.method, 200, "", "")
    return {} if answer == "" else as_object(answer, "google")  # "" is what it makes of a 204


def _sign_in(credentials: Credentials, transport: httplib2.Http) -> None:
    try:
        credentials.refresh(google_auth_httplib2.Request(transport))  # type: ignore[no-untyped-call]
    except (AttributeError, TypeError, ValueError) as fault:
        if isinstance(fault, GoogleAuthError):
            raise
        raise Delayed("sign-in at google: an answer of somebody else") from None


def _of_network(fault: Exception) -> Delayed | Refused:
    """Return what it means that no answer came, or that the sign-in was refused."""
    if not isinstance(fault, RefreshError) or fault.retryable:
        return Delayed(f"google: {type(fault).__name__}")
    told = fault.args[1] if len(fault.args) > 1 else None
    error = str(told.get("error") or "") if isinstance(told, dict) else ""
    described = str(told.get("error_description") or "") if isinstance(told, dict) else ""
    text = f"sign-in at google: {error[:40] or 'an answer of somebody else'}"
    logger.warning("%s", text)
    if not error:
        return Delayed(text)
    return Refused(_refusal(error, described.casefold()), text)


def _refusal(error: str, described: str) -> Refusal:
    if error in {"unauthorized_client", "access_denied", "invalid_scope"}:
        return Refusal.DELEGATION_MISSING
    if "timeframe" in described:
        return Refusal.CLOCK_WRONG
    if "user" in described or "disabled" in error:
        return Refusal.MAILBOX_UNKNOWN
    if "signature" in described or "account not found" in described:
        return Refusal.KEY_REFUSED
    return Refusal.SIGN_IN_REFUSED


def _of_answer(method: str, fault: HttpError) -> Exception:
    status = int(fault.resp.status)
    reason, message = _reason(fault.content)
    log_answer(logger, method, status, reason, "")
    text = f"google {status} {reason}".strip()
    wait = seconds_to_wait(fault.resp.get("retry-after"), now=clock.now())
    if status == 409 and reason == "duplicate":
        return AlreadyThere(text)
    if is_busy(status) or not reason or (status == 403 and reason in BUSY):
        return Delayed(text, retry_after=wait)
    if status in {404, 410}:
        return Disappeared(text, was_there=status == 410)
    if status == 400 and "conference" in message:
        return ConferenceRefused(text)
    if status == 401:
        return Refused(Refusal.SIGN_IN_REFUSED, text)
    if status == 403:
        return Refused(REFUSALS.get(reason, Refusal.ACCESS_DENIED), text)
    return Refused(Refusal.EVENT_REFUSED, text)


def _reason(content: bytes) -> tuple[str, str]:
    """Return the reason of an error, "" if it is not Google's, and the small words beside it."""
    try:
        told = part_of(as_object(json.loads(content), "google"), "error")
    except (Delayed, ValueError):
        return "", ""
    first = next(iter(told.get("errors") or ()), None)
    reason = first.get("reason") if isinstance(first, dict) else told.get("status")
    return str(reason or ""), str(told.get("message") or "").casefold()
