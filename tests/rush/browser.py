"""A household's browser, in so far as the rush needs one: cookies, forms and a clock."""

import asyncio
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import brotli

TIMEOUT = 60
TRIES = 10  # when a connection breaks, a browser or its user sends the same again
MARKER = r'(?:[?;&]marker=(?!session\b)|name="marker" value=")([^"&]+)'
CELL = re.compile(r'<input\b[^>]*name="cells"[^>]*?value="(\d+-\d+)"')


@dataclass
class Record:
    """What was measured, and what the site promised."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    confirmed: set[tuple[int, int, int]] = field(default_factory=set)  # student, slot, offer
    resent: int = 0
    used_up: int = 0  # mailed links whose answer was lost: a link works once

    def forget_times(self) -> None:
        """Keep what was promised alone."""
        self.times.clear()

    def promise(self, child: int, cell: str) -> None:
        """Note a confirmed talk."""
        slot, offer = cell.split("-")
        self.confirmed.add((child, int(slot), int(offer)))


@dataclass
class Page:
    """What a household sees of its table."""

    marker: str = ""
    asks: str = ""  # where it asks what is new
    csrf: str = ""
    submission: str = ""
    free: dict[str, list[str]] = field(default_factory=dict)  # values of cells by offer

    @classmethod
    def read(cls, html: str) -> "Page":
        """Read a page."""
        page = cls()
        page.update(html)
        return page

    def update(self, html: str) -> None:
        """Read a page, or a part of one: what it does not hold stays as it was."""
        self.asks = unescape(_first(r'id="poll"\s+hx-get="([^"]+)"', html)) or self.asks
        self.marker = _first(MARKER, html) or self.marker
        self.csrf = _first(r'name="csrf_token" value="([^"]+)"', html) or self.csrf
        self.submission = _first(r'name="submission" value="([^"]+)"', html) or self.submission
        free = set(CELL.findall(html))
        if 'id="table"' not in html:
            named = set(re.findall(r'"[a-z-]*?(\d+-\d+)"', html))  # cells that changed
            free |= {cell for cells in self.free.values() for cell in cells if cell not in named}
        self.free = defaultdict(list)
        for cell in sorted(free):
            self.free[cell.split("-")[1]].append(cell)

    @property
    def poll(self) -> str:
        """Return the address that says what is new since what was told last."""
        path, _, query = self.asks.partition("?")
        return f"{path}?{urlencode(dict(parse_qsl(query)) | {'marker': self.marker})}"


class Browser:
    """One household's browser: cookies, and one connection per request."""

    def __init__(self, base_url: str, record: Record, cookies: dict[str, str], agent: str = ""):
        self.host, self.agent = urlsplit(base_url).netloc, agent
        self.record, self.cookies = record, dict(cookies)
        self.headers: dict[str, str] = {}  # sent with each request, beside the usual ones
        self.told: dict[str, str] = {}  # the headers of the last answer

    async def send(
        self, kind: str, wanted_at: float, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Send a request, count it from when it was wanted, and return status and body."""
        status, body = 0, ""
        for tried in range(TRIES):
            try:
                async with asyncio.timeout(TIMEOUT):
                    status, body = await self._exchange(path, form)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                status = 0
            if status:
                break
            self.record.resent += 1
            await asyncio.sleep(0.1 * tried)
        kind = "taken" if status == 409 else kind
        self.record.times[kind].append((time.perf_counter() - wanted_at) * 1000)
        if status == 410 and tried:
            self.record.used_up += 1
        elif status not in {200, 204, 303, 302, 409}:
            self.record.errors[f"{kind} {status}"] += 1
        return status, body

    async def _exchange(self, path: str, form: dict[str, str] | None) -> tuple[int, str]:
        content = urlencode(form, doseq=True).encode() if form else b""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = [
            f"{'POST' if form else 'GET'} {path} HTTP/1.1",
            *(f"Host: {self.host}", f"Cookie: {cookie}", "Connection: close"),
            *("Accept-Encoding: br", "Accept-Language: nl", f"User-Agent: {self.agent}"),
            f"Content-Length: {len(content)}",
            "Content-Type: application/x-www-form-urlencoded",
            *(["HX-Request: true"] if form or "marker=" in path else []),
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        address, port = self.host.split(":")
        reader, writer = await asyncio.open_connection(address, int(port))
        try:
            writer.write("\r\n".join([*head, "", ""]).encode() + content)
            answer = await reader.read()
        finally:
            writer.close()
        head_bytes, _gap, body = answer.partition(b"\r\n\r\n")
        first, *lines = head_bytes.decode().split("\r\n")
        headers = [line.split(": ", 1) for line in lines]
        self.told = told = {name.lower(): value for name, value in headers}
        if not answer or len(body) < int(told.get("content-length", 0)):
            return 0, ""  # the server died
        for name, value in headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        if told.get("content-encoding") == "br":
            body = brotli.decompress(body)
        return int(first.split()[1]), body.decode()


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""
