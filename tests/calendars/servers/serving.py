"""A server on loopback that does what a provider does, and the faults that a test switches on."""

import json
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PORTAL = "<html><body>Welcome to the guest network of the school. Please sign in.</body></html>"


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: Any
    raw: bytes
    at: float = field(default_factory=monotonic)

    @property
    def json(self) -> Any:
        return json.loads(self.raw or b"null")

    @property
    def values(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw.decode()))


@dataclass
class Answer:
    status: int
    body: Any = None  # an object as JSON, a text as HTML
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """What happens to the next request of this method whose path holds ``on``.

    ``done`` says whether the provider does what it was asked all the same. Without an answer it
    hangs until the test ends or ``release()``, or drops the connection; ``late`` hangs first and
    does it then, and ``told`` says so even then.
    """

    method: str
    on: str = "/events"
    answer: Answer | None = None
    done: bool = False
    drop: bool = False
    late: bool = False
    told: bool = False

    def fits(self, request: Request) -> bool:
        return request.method == self.method and self.on in request.path


class Server:
    """``with Server() as server``; a provider's own class says what it answers."""

    tls: ssl.SSLContext | None = None

    def __init__(self):
        self.faults: list[Fault] = []
        self.seen: list[Request] = []
        self.outbox: list[tuple[str, str]] = []  # who was mailed by the provider, and what
        self.lock = threading.RLock()
        self._released = threading.Event()

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def asked(self, method: str, on: str = "/events") -> list[Request]:
        return [it for it in self.seen if it.method == method and on in it.path]

    def release(self) -> None:
        """Let what hangs go on, and wait until it is done."""
        self._released.set()
        self._idle.wait(2)
        self._released = threading.Event()

    def __enter__(self):
        outer = self

        class Handler(_Handler):
            server_of_test = outer

        self._http = _Http(("127.0.0.1", 0), Handler)
        if self.tls:
            self._http.socket = self.tls.wrap_socket(self._http.socket, server_side=True)
        scheme = "https" if self.tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._http.server_address[1]}"
        self._idle = threading.Event()
        self._idle.set()
        self._hanging = 0
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def wait(self) -> None:
        with self.lock:
            self._hanging += 1
            self._idle.clear()
            released = self._released
        released.wait(10)

    def waited(self) -> None:
        with self.lock:
            self._hanging -= 1
            if not self._hanging:
                self._idle.set()

    def take_fault(self, request: Request) -> Fault | None:
        with self.lock:
            self.seen.append(request)
            fault = next((it for it in self.faults if it.fits(request)), None)
            if fault:
                self.faults.remove(fault)
            return fault


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing: clients hang up in these tests."""


class _Handler(BaseHTTPRequestHandler):
    server_of_test: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def _serve(self):
        server = self.server_of_test
        url = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(
            self.command, unquote(url.path), dict(parse_qsl(url.query)), self.headers, raw
        )
        fault = server.take_fault(request)
        if fault is None:
            return self._send(server.answer(request))
        if fault.late:
            server.wait()
        answer = server.answer(request) if fault.done or fault.late else None
        if fault.told:
            with suppress(OSError):
                self._send(answer)
        if fault.late:
            server.waited()
        if fault.answer:
            return self._send(fault.answer)
        if not fault.drop and not fault.late:
            server.wait()
            server.waited()
        self.close_connection = True
        with suppress(OSError):  # the client may have been first
            self.connection.shutdown(socket.SHUT_RDWR)
        return answer

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _serve  # noqa: N815

    def _send(self, answer: Answer) -> None:
        is_page = isinstance(answer.body, str)
        body = answer.body.encode() if is_page else json.dumps(answer.body).encode()
        if answer.body is None:
            body = b""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if body:
            kind = "text/html" if is_page else "application/json; charset=utf-8"
            self.send_header("Content-Type", kind)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
