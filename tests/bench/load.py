"""Many browsers: the next request of each leaves when its last was answered."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import brotli

from tests.bench.builds import School
from tests.rush.browser import Page

CONNECTIONS = 32
KEPT_FOR = 25  # requests
PHONE, COMPUTER = "Mozilla/5.0 (Linux; Android 15; Mobile) Mobi", "Mozilla/5.0 (X11; Linux x86_64)"


class Line:
    """A connection that is kept for some requests, as browsers and proxies do.

    Not for ever: one process serves all of a connection, and the other would perhaps get nobody.
    """

    def __init__(self, base_url: str) -> None:
        self.host, self._left = base_url.removeprefix("http://"), 0

    async def send(self, head: str, content: bytes = b"") -> tuple[int, dict[str, str], bytes]:
        """Send a request, and return status, headers and body."""
        if not self._left:
            await self.end()
            self._reader, self._writer = await asyncio.open_connection(*self.host.split(":"))
            self._left = KEPT_FOR
        self._left -= 1
        self._writer.write(f"{head}Host: {self.host}\r\n\r\n".encode() + content)
        top = (await self._reader.readuntil(b"\r\n\r\n")).decode().rstrip()
        first, *lines = top.split("\r\n")
        headers = {key.lower(): value for key, _, value in (it.partition(": ") for it in lines)}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection", "").lower() == "close":
            self._left = 0
        return int(first.split()[1]), headers, body

    async def end(self) -> None:
        """Close the connection, if there is one."""
        if hasattr(self, "_writer"):
            self._writer.close()
            await self._writer.wait_closed()


@dataclass
class Home:
    """A family with its page open."""

    path: str
    cookies: dict[str, str]
    agent: str
    page: Page | None = None
    talks: set[str] = field(default_factory=set)
    wanted: list[str] = field(default_factory=list)  # cells to book, nobody else's

    async def send(self, line: Line, path: str, form: dict[str, str] | None = None) -> bool:
        """Send what the page sends; return whether the answer was as it should be."""
        content = urlencode(form).encode() if form else b""
        lines = [
            f"{'POST' if form else 'GET'} {path} HTTP/1.1",
            f"Cookie: {'; '.join(f'{name}={value}' for name, value in self.cookies.items())}",
            *("Accept-Encoding: br", "Accept-Language: nl", f"User-Agent: {self.agent}"),
            *("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(content)}"),
            *(["HX-Request: true"] if form or "marker=" in path else []),
            "",
        ]
        status, headers, body = await line.send("\r\n".join(lines), content)
        if form and status == 200:
            self._read(headers, body)
        return status in {200, 204}

    def _read(self, headers: dict[str, str], body: bytes) -> None:
        text = (brotli.decompress(body) if "content-encoding" in headers else body).decode()
        self.page = Page.read(text)
        self.talks = set(re.findall(r"/talks/(\d+)/cancel", text))

    async def look(self, line: Line) -> AsyncIterator[bool]:
        """Open the table."""
        yield await self.send(line, self.path)

    async def ask(self, line: Line) -> AsyncIterator[bool]:
        """Ask what is new."""
        yield await self.send(line, self.page.poll)

    async def book(self, line: Line) -> AsyncIterator[bool]:
        """Book the wanted cells, one after the other."""
        for cell in self.wanted:
            page = self.page
            form = {"csrf_token": page.csrf, "submission": page.submission, "cells": cell}
            yield await self.send(line, self.path, form)

    async def cancel(self, line: Line) -> AsyncIterator[bool]:
        """Cancel all its talks."""
        while self.talks:
            form = {"csrf_token": self.page.csrf}
            yield await self.send(line, f"/talks/{min(self.talks)}/cancel", form)


@dataclass
class Took:
    """How long requests took in milliseconds, and how long all together."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0
    wrong: int = 0

    @property
    def each(self) -> float:
        """Return the milliseconds of the clock that a request took of the machine."""
        return self.seconds / len(self.times) * 1000


async def closed_loop(
    base_url: str, works: Iterator[Callable], connections: int = CONNECTIONS
) -> Took:
    """Let each connection do the next family's work until there is none."""
    took, begun = Took(), time.perf_counter()

    async def connection() -> None:
        line = Line(base_url)
        for work in works:
            at = time.perf_counter()
            async for good in work(line):
                now = time.perf_counter()
                took.times.append((now - at) * 1000)
                took.wrong += not good
                at = now
        await line.end()

    await asyncio.gather(*(connection() for _ in range(connections)))
    took.seconds = time.perf_counter() - begun
    return took


def homes(school: School, count: int) -> list[Home]:
    """Return families that have signed in; 7 of 10 have a phone."""
    signed_in = [it for it in school.families if it["signed_in"]][:count]
    return [
        Home(school.path(family), dict(family["cookies"]), PHONE if number % 10 < 7 else COMPUTER)
        for number, family in enumerate(signed_in)
    ]


async def opened(base_url: str, families: list[Home]) -> None:
    """Open each family's page, and keep the cookie that comes with it."""
    line = Line(base_url)
    for home in families:
        cookie = "; ".join(f"{name}={value}" for name, value in home.cookies.items())
        head = f"GET {home.path} HTTP/1.1\r\nCookie: {cookie}\r\nUser-Agent: {home.agent}\r\n"
        status, headers, body = await line.send(head)
        assert status == 200, body.decode()[:1000]
        home.page = Page.read(body.decode())
        if "session=" in headers.get("set-cookie", ""):
            home.cookies["session"] = headers["set-cookie"].partition("session=")[2].split(";")[0]
    await line.end()


def share_out(school: School, families: list[Home], each: int) -> list[list[str]]:
    """Return for each family cells that no other family gets, so that nobody is too late."""
    taken, shares = set(), []
    for number, home in enumerate(families):
        mine, busy = [], set()
        offers = sorted(home.page.free)
        for offer in offers[number % len(offers) :] + offers[: number % len(offers)]:
            teacher = school.offers[offer][1]
            for cell in home.page.free[offer]:
                slot = int(cell.split("-")[0])
                near = busy & {slot - 1, slot, slot + 1}  # the next time would be tight
                if len(mine) < each and not near and (teacher, slot) not in taken:
                    taken.add((teacher, slot))
                    busy.add(slot)
                    mine.append(cell)
                    break
        shares.append(mine)
    return shares
