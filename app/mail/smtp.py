"""Pass mails to the school's mail server, many over one connection."""

import smtplib
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from email.message import EmailMessage
from time import monotonic
from typing import Any

from app.config import Settings
from app.outbox.errors import Permanent, Transient, Unprepared

TIMEOUT = 20.0  # seconds per step
MOST = 120.0  # seconds per mail: well below the outbox lease, or another worker would send it too
MAILS = 100  # per connection: servers refuse more than some number, each in its own words


class _Session(smtplib.SMTP):
    """An SMTP session with a deadline for each mail, however slow each step is."""

    def __init__(self, *args: Any, ends_at: float, **options: Any) -> None:
        self.ends_at = ends_at
        self.mails = 0
        self.in_doubt = False  # a mail's text went out, and no answer came back
        super().__init__(*args, **options)

    def _hurry(self) -> None:
        left = self.ends_at - monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock:
            self.sock.settimeout(min(TIMEOUT, left))

    def getreply(self) -> tuple[int, bytes]:
        self._hurry()
        reply = super().getreply()
        self.in_doubt = False
        return reply

    def send(self, s: Any) -> None:
        self._hurry()
        self.in_doubt = isinstance(s, bytes)  # commands are str
        super().send(s)

    def carry(self, message: EmailMessage) -> None:
        """Deliver one of the mails of this session."""
        self.mails += 1
        self.send_message(message)


class _TlsSession(_Session, smtplib.SMTP_SSL):
    """The same with implicit TLS."""


class _Line:
    """A connection to the mail server for many mails, made anew when it has to be."""

    def __init__(self) -> None:
        self._session: _Session | None = None

    def deliver(self, message: EmailMessage, settings: Settings) -> None:
        """Deliver one mail; raises what smtplib raises, and Transient if sign-in fails."""
        try:
            self._deliver(message, settings)
        except BaseException as fault:
            if not _is_about_recipient(fault):
                self.hang_up()
            raise

    def _deliver(self, message: EmailMessage, settings: Settings) -> None:
        ends_at = monotonic() + MOST
        session = self._session
        if session is not None and session.mails < MAILS:
            session.ends_at = ends_at
            try:
                return session.carry(message)
            except (smtplib.SMTPException, OSError) as fault:
                if _is_about_recipient(fault) or session.in_doubt:
                    raise
                # It may be about the mails before: the server counts them, or hung up meanwhile.
                # So ask over a new connection, whose answer counts.
        self.hang_up()
        self._session = session = _connect(settings, ends_at)
        _sign_in(session, settings)
        return session.carry(message)

    def hang_up(self) -> None:
        """End the connection, if there is one."""
        session, self._session = self._session, None
        if session is not None:
            # A mail is sent once the server accepted it, whatever QUIT returns.
            with suppress(smtplib.SMTPException, OSError):
                session.quit()
            session.close()


_line: ContextVar[_Line | None] = ContextVar("_line", default=None)


@contextmanager
def one_connection() -> Generator[None]:
    """Let the mails of a block share a connection, opened by the first and closed at the end."""
    line = _Line()
    before = _line.set(line)
    try:
        yield
    finally:
        _line.reset(before)
        line.hang_up()


def deliver(message: EmailMessage, settings: Settings) -> None:
    """Deliver one mail, over the connection of ``one_connection`` or one of its own.

    Raises Unprepared if no mail server is configured, Permanent if the server refuses this mail
    (5xx), and Transient otherwise: the server is unreachable, asks to wait (4xx), or rejects our
    password, which the operator can correct.
    """
    if not settings.smtp_host:
        raise Unprepared("no mail server is set")
    line = _line.get()
    if line is None:
        with one_connection():
            return deliver(message, settings)
    try:
        line.deliver(message, settings)
    except smtplib.SMTPRecipientsRefused as error:
        raise _by_code(_code(error)) from None
    except smtplib.SMTPNotSupportedError:
        raise Permanent("the mail server cannot take this kind of address") from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _by_code(error.smtp_code) from None
    except (smtplib.SMTPException, OSError) as error:
        raise Transient(f"mail server: {type(error).__name__}") from None


def _connect(settings: Settings, ends_at: float) -> _Session:
    # The name for EHLO; smtplib would look it up on the network for each mail.
    name = settings.mail_from.rpartition("@")[2]
    address = (settings.smtp_host, settings.smtp_port, name)
    if settings.smtp_tls == "tls":
        context = ssl.create_default_context()
        return _TlsSession(*address, timeout=TIMEOUT, context=context, ends_at=ends_at)
    return _Session(*address, timeout=TIMEOUT, ends_at=ends_at)


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


def _is_about_recipient(fault: BaseException) -> bool:
    """Return whether this address alone is refused for good, so that other mails can follow."""
    refused = isinstance(fault, smtplib.SMTPRecipientsRefused) and 500 <= _code(fault) < 600
    return refused or isinstance(fault, smtplib.SMTPNotSupportedError)


def _code(fault: smtplib.SMTPRecipientsRefused) -> int:
    code, _answer = next(iter(fault.recipients.values()))
    return code


def _by_code(code: int) -> Transient | Permanent:
    return Permanent(f"smtp {code}") if 500 <= code < 600 else Transient(f"smtp {code}")
