"""Pass a mail to the school's mail server."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from time import monotonic
from typing import Any

from app.config import Settings
from app.outbox.errors import Permanent, Transient, Unprepared

TIMEOUT = 20.0  # seconds per step
MOST = 120.0  # seconds in all: well below the outbox lease, or another worker would send it too


class _Hurried(smtplib.SMTP):
    """An SMTP session with a deadline, however slow each step is."""

    ends_at = 0.0

    def _hurry(self) -> None:
        self.ends_at = self.ends_at or monotonic() + MOST
        left = self.ends_at - monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock:
            self.sock.settimeout(min(TIMEOUT, left))

    def getreply(self) -> tuple[int, bytes]:
        self._hurry()
        return super().getreply()

    def send(self, s: Any) -> None:
        self._hurry()
        super().send(s)


class _HurriedTls(_Hurried, smtplib.SMTP_SSL):
    """The same with implicit TLS."""


def deliver(message: EmailMessage, settings: Settings) -> None:
    """Deliver one mail.

    Raises Unprepared if no mail server is configured, Permanent if the server refuses this mail
    (5xx), and Transient otherwise: the server is unreachable, asks to wait (4xx), or rejects our
    password, which the operator can correct.
    """
    if not settings.smtp_host:
        raise Unprepared("no mail server is set")
    try:
        server = _connect(settings)
        try:
            _sign_in(server, settings)
            server.send_message(message)
        finally:
            # The mail is sent once the server accepted it, whatever QUIT returns.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()
    except smtplib.SMTPRecipientsRefused as error:
        raise _by_code(next(code for code, _ in error.recipients.values())) from None
    except smtplib.SMTPNotSupportedError:
        raise Permanent("the mail server cannot take this kind of address") from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _by_code(error.smtp_code) from None
    except (smtplib.SMTPException, OSError) as error:
        raise Transient(f"mail server: {type(error).__name__}") from None


def _connect(settings: Settings) -> smtplib.SMTP:
    # The name for EHLO; smtplib would look it up on the network for each mail.
    name = settings.mail_from.rpartition("@")[2]
    if settings.smtp_tls == "tls":
        return _HurriedTls(
            settings.smtp_host,
            settings.smtp_port,
            local_hostname=name,
            timeout=TIMEOUT,
            context=ssl.create_default_context(),
        )
    return _Hurried(settings.smtp_host, settings.smtp_port, local_hostname=name, timeout=TIMEOUT)


def _sign_in(server: smtplib.SMTP, settings: Settings) -> None:
    try:
        if settings.smtp_tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
    except smtplib.SMTPAuthenticationError as error:
        raise Transient(f"mail server: sign-in refused ({error.smtp_code})") from None
    except smtplib.SMTPNotSupportedError:
        raise Transient("mail server: no TLS or no sign-in there") from None


def _by_code(code: int) -> Transient | Permanent:
    return Permanent(f"smtp {code}") if 500 <= code < 600 else Transient(f"smtp {code}")
