"""Ask Microsoft Graph about a mailbox, and say what its answer means."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from app.calendars.answers import as_object, is_busy, log_answer, part_of, seconds_to_wait
from app.calendars.entra import Entra
from app.calendars.errors import AlreadyThere, Delayed, Disappeared, Refusal, Refused
from app.calendars.lines import Lines
from app.config import Settings
from app.core import clock
from app.outbox.errors import Unprepared

logger = logging.getLogger(__name__)

NO_MAILBOX = {
    "ErrorInvalidUser",
    "ErrorMailboxNotEnabledForRESTAPI",
    "ErrorNonExistentMailbox",
    "MailboxNotEnabledForRESTAPI",
    "MailboxNotSupportedForRESTAPI",
    "Request_ResourceNotFound",
    "ResourceNotFound",
}
"""Codes of 404 that are about the teacher, not about the event."""


class _Bearer(AuthBase):
    """A token. As an AuthBase, or requests would rather take a password from ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Graph:
    """Graph, as one app registration may use it."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; nothing is asked yet."""
        self._settings = settings
        self._entra = Entra(settings)
        self._lines = Lines(requests.Session, requests.Session.close)

    def ask(
        self,
        method: str,
        account: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """Return Graph's answer about a path below a mailbox, {} for none.

        Raises AlreadyThere if it had this ``transactionId`` before.
        """
        if not self._settings.has_microsoft:
            raise Unprepared("Microsoft is not set")
        url = f"{self._settings.graph_base_url.rstrip('/')}/users/{quote(account, safe='@')}/{path}"
        token = self._entra.token()
        answer = self._send(token, method, url, json=body, params=params)
        if answer.status_code == 401:  # it may have ended early, or the app was changed
            token = self._entra.token(refused=token)
            answer = self._send(token, method, url, json=body, params=params)
        return _read(method, answer)

    def forget(self) -> None:
        """Sign in and connect anew at the next request."""
        self._entra.forget()
        self._lines.close()

    def _send(self, token: str, method: str, url: str, **options: Any) -> requests.Response:
        headers = {
            # Ordinary ids change when a teacher moves an event to another calendar.
            "Prefer": 'IdType="ImmutableId"',
            "Accept": "application/json",
            "client-request-id": str(uuid.uuid4()),
        }
        try:
            with self._lines.line() as session:
                return session.request(
                    method,
                    url,
                    auth=_Bearer(token),
                    headers=headers,
                    timeout=self._settings.calendar_http_timeout,
                    allow_redirects=False,
                    **options,
                )
        except requests.RequestException as fault:
            raise Delayed(f"microsoft: {type(fault).__name__}") from None


def _read(method: str, answer: requests.Response) -> Mapping[str, Any]:
    status = answer.status_code
    said = _json(answer)
    code = str(part_of(said, "error").get("code") or "") if isinstance(said, dict) else ""
    log_answer(logger, method, status, code, answer.headers.get("request-id", ""))
    if status == 204:
        return {}
    if 200 <= status < 300:
        return as_object(said, "microsoft")
    text = f"microsoft {status} {code}".strip()
    wait = seconds_to_wait(answer.headers.get("Retry-After"), now=clock.now())
    if code == "ErrorDuplicateTransactionId":
        raise AlreadyThere(text)
    if is_busy(status) or not code:  # without a code it is not Graph that answers
        raise Delayed(text, retry_after=wait)
    if (status == 404 and code == "ErrorItemNotFound") or status == 410:
        raise Disappeared(text)
    if status == 404 and code in NO_MAILBOX:
        raise Refused(Refusal.MAILBOX_UNKNOWN, text)
    if status == 401:
        raise Refused(Refusal.SIGN_IN_REFUSED, text)
    if status == 403:
        raise Refused(Refusal.ACCESS_DENIED, text)
    raise Refused(Refusal.EVENT_REFUSED, text)


def _json(answer: requests.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None
