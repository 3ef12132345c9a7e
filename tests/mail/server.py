"""A real mail server on loopback that keeps what it gets, or answers as it is told."""

import asyncio
import ssl
from email import message_from_bytes, policy
from pathlib import Path
from socket import create_server

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

# Made for these tests and of no use anywhere else; valid for "localhost" until 2126.
CERTIFICATE = Path(__file__).with_name("localhost.pem")


def _certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


class _Handler:
    def __init__(self, server):
        self._server = server

    async def handle_RCPT(self, _smtp, _session, envelope, address, _options):  # noqa: N802
        await asyncio.sleep(self._server.slow.get("RCPT", 0))
        if answer := self._server.answers.get("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, _smtp, _session, _envelope):  # noqa: N802
        await asyncio.sleep(self._server.slow.get("QUIT", 0))
        return self._server.answers.get("QUIT", "221 Bye")

    async def handle_DATA(self, _smtp, session, envelope):  # noqa: N802
        await asyncio.sleep(self._server.slow.get("DATA", 0))
        if answer := self._server.answers.get("DATA"):
            return answer
        self._server.recipients.extend(envelope.rcpt_tos)
        self._server.secured.append(session.ssl is not None)
        self._server.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class _OnItsSocket(Controller):
    """Listens on a socket that is bound already: no port is ever guessed."""

    def _create_server(self):
        return self.loop.create_server(
            self._factory_invoker, sock=self.socket, ssl=self.ssl_context
        )


class MailServer:
    """``with MailServer() as server``: see ``messages``; ``settings`` lead the site to it."""

    def __init__(self, *, tls="none", user="", password="", answers=None, slow=None):
        self.answers = answers or {}
        self.slow = slow or {}  # seconds before the answer
        self.messages, self.recipients, self.secured = [], [], []
        listener = create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        self.settings = {
            "smtp_host": "localhost" if tls != "none" else "127.0.0.1",
            "smtp_port": port,
            "smtp_tls": tls,
            "smtp_user": user,
            "smtp_password": password,
        }
        options = {}
        if tls == "starttls":
            options |= {"tls_context": _certificate(), "require_starttls": True}
        if user:
            options |= {"authenticator": self._check, "auth_required": True}
        self._credentials = LoginPassword(user.encode(), password.encode())
        self._controller = _OnItsSocket(
            _Handler(self),
            hostname="127.0.0.1",
            port=port,
            ssl_context=_certificate() if tls == "tls" else None,
            **options,
        )
        self._controller.socket = listener

    def _check(self, _server, _session, _envelope, _mechanism, data):
        return AuthResult(success=data == self._credentials, handled=False)

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()
