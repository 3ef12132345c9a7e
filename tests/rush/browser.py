"""A household's browser, in so far as the rush needs one: cookies, forms and a clock."""

import asyncio
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import brotli

TIMEOUT = 60


@dataclass
class Record:
    """What was measured, and what the site promised."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    confirmed: set[tuple[int, int, int]] = field(default_factory=set)  # student, slot, offer


@dataclass
class Page:
    """What a household sees of its table."""

    marker: str
    csrf: str
    submission: str
    free: dict[str, list[str]]  # values of cells by offer

    @classmethod
    def read(cls, html: str) -> "Page":
        """Read the markup as table.js does: by names of fields."""
        free = defaultdict(list)
        for value in sorted(set(re.findall(r'name="cells" id="[^"]+" value="(\d+-\d+)"', html))):
            free[value.split("-")[1]].append(value)
        return cls(
            _first(r"marker=([^\"&]+)", html),
            _first(r'name="csrf_token" value="([^"]+)"', html),
            _first(r'name="submission" value="([^"]+)"', html),
            free,
        )


class Browser:
    """One household's browser: cookies, and one connection per request."""

    def __init__(self, base_url: str, record: Record, cookies: dict[str, str], agent: str):
        self.host, self.agent = urlsplit(base_url).netloc, agent
        self.record, self.cookies = record, cookies

    async def send(
        self, kind: str, wanted_at: float, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Send a request, count it from when it was wanted, and return status and body."""
        try:
            async with asyncio.timeout(TIMEOUT):
                status, body = await self._exchange(path, form)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            status, body = 0, ""
        kind = "taken" if status == 409 else kind
        self.record.times[kind].append((time.perf_counter() - wanted_at) * 1000)
        if status not in {200, 204, 303, 302, 409}:
            self.record.errors[f"{kind} {status}"] += 1
        return status, body

    async def _exchange(self, path: str, form: dict[str, str] | None) -> tuple[int, str]:
        content = urlencode(form).encode() if form else b""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = [
            f"{'POST' if form else 'GET'} {path} HTTP/1.1",
            *(f"Host: {self.host}", f"Cookie: {cookie}", "Connection: close"),
            *("Accept-Encoding: br", "Accept-Language: nl", f"User-Agent: {self.agent}"),
            f"Content-Length: {len(content)}",
            "Content-Type: application/x-www-form-urlencoded",
            *(["HX-Request: true"] if form or "marker=" in path else []),
        ]
        address, port = self.host.split(":")
        reader, writer = await asyncio.open_connection(address, int(port))
        try:
            writer.write("\r\n".join([*head, "", ""]).encode() + content)
            answer = await reader.read()
        finally:
            writer.close()
        head_bytes, _gap, body = answer.partition(b"\r\n\r\n")
        lines = head_bytes.decode().split("\r\n")
        headers = [line.split(": ", 1) for line in lines[1:]]
        for name, value in headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
            if (name.lower(), value) == ("content-encoding", "br"):
                body = brotli.decompress(body)
        return int(lines[0].split()[1]), body.decode()


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""
