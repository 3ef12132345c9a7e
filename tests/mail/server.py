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


HANG_UP = "hang up"


class _Handler:
    def __init__(self, server):
        self._server = server

    async def _answer(self, command, smtp):
        await asyncio.sleep(self._server.slow.get(command, 0))
        if command == self._server.holds:
            self._server.is_holding = True
            while self._server.holds:  # noqa: ASYNC110  the test's thread ends it
                await asyncio.sleep(0.01)
        answer = self._server.answers.get(command)
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else None
        if answer == HANG_UP:
            smtp.transport.close()
            await asyncio.Event().wait()  # until the lost connection ends this
        return answer

    async def handle_MAIL(self, smtp, _session, envelope, address, options):  # noqa: N802
        if answer := await self._answer("MAIL", smtp):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, smtp, _session, envelope, address, _options):  # noqa: N802
        if answer := await self._answer("RCPT", smtp):
            return answer
        if address in self._server.unknown:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, smtp, _session, _envelope):  # noqa: N802
        self._server.goodbyes += 1
        return await self._answer("QUIT", smtp) or "221 Bye"

    async def handle_DATA(self, smtp, session, envelope):  # noqa: N802
        if answer := await self._answer("DATA", smtp):
            return answer
        self._server.recipients.extend(envelope.rcpt_tos)
        self._server.secured.append(session.ssl is not None)
        self._server.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        await self._answer("KEPT", smtp)
        return "250 OK"


class _OnItsSocket(Controller):
    """Listens on a socket that is bound already: no port is ever guessed."""

    connections = 0

    def _create_server(self):
        return self.loop.create_server(
            self._factory_invoker, sock=self.socket, ssl=self.ssl_context
        )

    def factory(self):
        self.connections += 1
        return super().factory()


class MailServer:
    """``with MailServer() as server``: see ``messages``; ``settings`` lead the site to it.

    ``answers`` has an answer by command, or a list: one for each time, in which None is the usual
    one and HANG_UP is none at all. "KEPT" is the moment after a mail was taken, before its answer.
    """

    def __init__(
        self,
        *,
        tls="none",
        user="",
        password="",
        answers=None,
        slow=None,
        unknown=(),
        idle=300,
    ):
        self.answers = answers or {}
        self.slow = slow or {}  # seconds before the answer
        self.unknown = unknown  # addresses
        self.holds = ""  # a command that gets no answer while it stands here
        self.is_holding = False
        self.goodbyes = 0
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
        options = {"timeout": idle}
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

    @property
    def connections(self):
        return self._controller.connections

    def _check(self, _server, _session, _envelope, _mechanism, data):
        return AuthResult(success=data == self._credentials, handled=False)

    def __enter__(self):
        self._controller.start()
        self._controller.connections = 0  # the first was its own, to see whether it runs
        return self

    def __exit__(self, *_):
        self._controller.stop()
