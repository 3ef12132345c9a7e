"""The demo's processes: the site and its worker, started and stopped together."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from flask_babel import gettext as _

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 60
STOP_SECONDS = 15
LOOK_SECONDS = 0.2


class PortTaken(Exception):
    """The port is already in use."""


def listen(host: str, port: int) -> socket.socket:
    """Bind a port before doing anything else. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise PortTaken from error


class Site:
    """The site and the worker as child processes.

    Use it as a context manager: on exit it stops both and waits for them.
    """

    def __init__(self, listener: socket.socket, database_url: str) -> None:
        """Serve on an open listener; ``fault`` is set to a message if a child ends by itself."""
        host, port = listener.getsockname()[:2]
        self._address = (host, port)
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self.fault = ""
        self._listener = listener
        self._environment = {
            **os.environ,
            "TIENMINUTEN_DEMO": "1",
            "TIENMINUTEN_DATABASE_URL": database_url,
            "TIENMINUTEN_SITE_URL": self.url,
            "FLASK_APP": "wsgi",
        }
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        """Start both; from now on a signal to this process stops them."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: self._stop.set())
        socket_number = self._listener.fileno()
        site = (
            *("gunicorn", "wsgi:application", "--no-control-socket", "--log-level", "warning"),
            *("--bind", f"fd://{socket_number}", "--worker-class", "gthread"),
            *("--workers", "2", "--threads", "4", "--graceful-timeout", "5", "--preload"),
        )
        self._start(_("The site"), site, pass_fds=(socket_number,))
        self._start(_("The worker"), ("flask", "worker"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Terminate both; kill them after STOP_SECONDS."""
        for child in self._children.values():
            child.terminate()
        for child in self._children.values():
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def wait_until_ready(self) -> bool:
        """Wait until the site answers; return False if it fails or is stopped first."""
        for _try in range(int(READY_SECONDS / LOOK_SECONDS)):
            if self._is_over():
                return False
            if self._answers():
                return True
        self.fault = _("The site does not answer.")
        return False

    def wait(self) -> None:
        """Wait for a signal, or until one of the two ends by itself."""
        while not self._is_over():
            pass

    def _start(self, name: str, command: Sequence[str], pass_fds: Sequence[int] = ()) -> None:
        self._children[name] = subprocess.Popen(  # noqa: S603  no external input
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self._environment,
            pass_fds=pass_fds,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C only reaches this process, which stops them in order
        )

    def _is_over(self) -> bool:
        """Wait a moment, then check once."""
        if self._stop.wait(LOOK_SECONDS):
            return True
        ended = [name for name, child in self._children.items() if child.poll() is not None]
        if ended:
            self.fault = _("%(name)s stopped by itself; above stands why.", name=ended[0])
        return bool(ended)

    def _answers(self) -> bool:
        with closing(http.client.HTTPConnection(*self._address, timeout=5)) as connection:
            try:
                connection.request("GET", "/health/live")
                return connection.getresponse().status == http.HTTPStatus.OK
            except (OSError, http.client.HTTPException):
                return False
