"""Sign in at Microsoft, by msal: a token for all mailboxes that the school lets us use."""

import logging
import re
from json import JSONDecodeError
from pathlib import Path
from threading import Lock
from typing import Any

import msal
import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from app.calendars.answers import is_busy
from app.calendars.errors import Delayed, Refusal, Refused
from app.config import Settings
from app.outbox.errors import Unprepared

# It writes answers into the log that it cannot read, tokens included.
logging.getLogger("msal").setLevel(logging.CRITICAL)
logger = logging.getLogger(__name__)

REFUSALS = {
    90002: Refusal.TENANT_UNKNOWN,
    900023: Refusal.TENANT_UNKNOWN,
    700016: Refusal.CLIENT_UNKNOWN,
    7000112: Refusal.CLIENT_UNKNOWN,
    7000215: Refusal.SECRET_WRONG,
    7000222: Refusal.SECRET_EXPIRED,
    700027: Refusal.CERTIFICATE_REFUSED,
    700024: Refusal.CLOCK_WRONG,
}
BUSY = frozenset({90006, 90012, 90024, 90033, 90055, 50196})
"""Codes of AADSTS: those that name a fault in the set-up, and those that pass."""


class _Wire(requests.Session):
    """What msal asks with. It tells nobody the status of an answer, and that decides."""

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._timeout = timeout
        self.status = 0  # of the last answer; msal may repeat that one from memory

    def request(self, *args: Any, **options: Any) -> requests.Response:
        options = {"timeout": self._timeout, **options}
        answer = super().request(*args, **options)
        self.status = answer.status_code
        return answer


class Entra:
    """The app registration of the school. Nothing is asked before the first token."""

    def __init__(self, settings: Settings) -> None:
        """Keep what is needed."""
        self._settings = settings
        self._lock = Lock()
        self._application: msal.ConfidentialClientApplication | None = None
        self._session = _Wire(settings.calendar_http_timeout)

    def token(self, *, refused: str = "") -> str:
        """Return a token, from msal's memory while it holds; not the one that Graph refused."""
        with self._lock:
            try:
                return self._token(refused)
            except (msal.exceptions.MsalError, requests.RequestException) as fault:
                raise Delayed(f"sign-in at microsoft: {type(fault).__name__}") from None
            except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as fault:
                raise _of_answer_of_others(fault) from None

    def forget(self) -> None:
        """Forget tokens, and failures: msal repeats them for a minute without asking."""
        with self._lock:
            self._application = None
            self._session.close()

    def _token(self, refused: str) -> str:
        if self._application is None:
            credential = _credential(self._settings)
            self._application = msal.ConfidentialClientApplication(
                self._settings.ms_client_id,
                client_credential=credential,
                authority=self._settings.authority,
                instance_discovery=False if self._settings.ms_authority else None,
                http_client=self._session,
            )
        scopes = [self._settings.graph_scope]
        answer = self._application.acquire_token_for_client(scopes)
        if refused and answer.get("access_token") == refused:
            self._application.remove_tokens_for_client()
            answer = self._application.acquire_token_for_client(scopes)
        if token := answer.get("access_token"):
            return str(token)
        raise _of_answer(answer, self._session.status)


def _credential(settings: Settings) -> str | dict[str, str]:
    """Return what msal signs in with: the certificate, else the secret."""
    if settings.ms_client_certificate_file:
        certificate = _read(settings.ms_client_certificate_file)
        key = _read(settings.ms_client_certificate_key_file)
        try:
            public = load_pem_x509_certificate(certificate.encode()).public_key()
            private = load_pem_private_key(key.encode(), password=None)
        except (TypeError, ValueError):
            raise Unprepared("the certificate for Microsoft cannot be read") from None
        if private.public_key() != public:
            raise Unprepared("the key for Microsoft is not that of the certificate")
        return {"private_key": key, "public_certificate": certificate}
    secret = settings.ms_client_secret
    if settings.ms_client_secret_file:
        secret = _read(settings.ms_client_secret_file).strip()
    if not secret:
        raise Unprepared("no secret or certificate for Microsoft is set")
    return secret


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise Unprepared("a file with the secret for Microsoft cannot be read") from None


def _of_answer(answer: dict[str, Any], status: int) -> Delayed | Refused:
    error = str(answer.get("error") or "")
    found = re.findall(r"AADSTS(\d+)", str(answer.get("error_description")))
    codes = [int(code) for code in [*(answer.get("error_codes") or ()), *found]]
    text = f"sign-in at microsoft: AADSTS{codes[0]}" if codes else "sign-in at microsoft"
    logger.warning("sign-in: %s, request %s", codes[:1], answer.get("trace_id", "-"))
    if not error or is_busy(status) or error == "temporarily_unavailable" or BUSY & {*codes}:
        return Delayed(text)
    refusals = [REFUSALS[code] for code in codes if code in REFUSALS]
    return Refused(refusals[0] if refusals else Refusal.SIGN_IN_REFUSED, text)


def _of_answer_of_others(fault: Exception) -> Delayed | Refused:
    """Return what it means that msal cannot read an answer: a proxy or portal gave it.

    It says the same of a tenant that nobody knows, which is the one thing not to try again.
    """
    cause = fault.__context__ or fault
    unknown = "invalid_tenant" in str(cause) or "AADSTS90002" in str(cause)
    if unknown and not isinstance(cause, JSONDecodeError):
        return Refused(Refusal.TENANT_UNKNOWN, "sign-in at microsoft: tenant unknown")
    return Delayed(f"sign-in at microsoft: {type(cause).__name__}")
