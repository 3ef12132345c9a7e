"""What a household does in the rush: sign in, look, think, book, look again."""

import asyncio
import random
import time
from dataclasses import dataclass

from tests.bench.builds import School
from tests.rush.browser import Browser, Page, Record

THINK = (1.0, 4.0)
TALKS = (3, 6)
POLL_SECONDS = 5
PHONES = 0.7  # of the households; a phone gets the list alone, a computer the table too
PHONE, COMPUTER = "Mozilla/5.0 (Linux; Android 15; Mobile) Mobi", "Mozilla/5.0 (X11; Linux x86_64)"


@dataclass
class Rush:
    """Where the households come, what they know, and what is noted of them."""

    base_url: str
    school: School
    record: Record
    haste: float = 1  # how many times as fast as a person somebody thinks

    async def household(self, family: dict, at: float) -> None:
        """Live through the rush as one household."""
        chance = random.Random(family["token"])
        agent = PHONE if chance.random() < PHONES else COMPUTER
        browser = Browser(self.base_url, self.record, family["cookies"], agent)
        await until(at)
        if not family["signed_in"]:
            if not await _sign_in(browser, family["token"], at):
                return  # whoever is not let in asks for another mail, and comes later
            at = time.perf_counter()
        for child in family["children"]:
            path = f"/rounds/{self.school.round_id}/children/{child}"
            status, html = await browser.send("table", at, path)
            if status != 200:
                return
            page = Page.read(html)
            asking = asyncio.create_task(_ask(browser, page))
            try:
                await self._book(browser, path, child, page, chance)
            finally:
                asking.cancel()
            at = time.perf_counter()

    async def _book(
        self, browser: Browser, path: str, child: int, page: Page, chance: random.Random
    ) -> None:
        had: set[str] = set()
        wanted, tries = chance.randint(*TALKS), 0
        while len(had) < wanted and tries < 3 * wanted:
            tries += 1
            at = time.perf_counter() + chance.uniform(*THINK) / self.haste
            await until(at)
            offers = sorted(offer for offer in page.free if offer not in had)
            if not offers:
                return
            offer = chance.choice(offers)
            cell = chance.choice(page.free[offer])
            form = {"csrf_token": page.csrf, "submission": page.submission, "cells": cell}
            status, html = await browser.send("booking", at, path, form)
            if status in {200, 409}:
                page.update(html)
            if status == 200:
                had.add(offer)
                self.record.promise(child, cell)

    async def all(self, families: list[dict], seconds: float) -> None:
        """Let these households come within so many seconds, and wait until they are done."""
        start = time.perf_counter() + 0.5
        moments = arrivals(len(families), seconds, random.Random(2))
        async with asyncio.TaskGroup() as group:
            for family, moment in zip(families, moments, strict=True):
                group.create_task(self.household(family, start + moment))


async def _sign_in(browser: Browser, token: str, at: float) -> bool:
    """Open the mailed link, press its button, and come to the first page; return whether it did."""
    path = f"/sign-in/link/{token}"
    _status, html = await browser.send("sign-in", at, path)
    form = {"csrf_token": Page.read(html).csrf}
    status, _html = await browser.send("sign-in", time.perf_counter(), path, form)
    if status in {302, 303}:
        status, _html = await browser.send("sign-in", time.perf_counter(), "/talks")
    return status == 200


async def _ask(browser: Browser, page: Page) -> None:
    """Ask every few seconds what is new, as the page does by itself."""
    at = time.perf_counter()
    while True:
        at += POLL_SECONDS
        await until(at)
        asked = page.marker
        status, html = await browser.send("poll", at, page.poll)
        if status == 200 and page.marker == asked:  # else a booking's answer was there first
            page.update(html)


async def until(moment: float) -> None:
    """Wait for a moment of the performance counter."""
    await asyncio.sleep(max(0.0, moment - time.perf_counter()))


def arrivals(count: int, seconds: float, chance: random.Random) -> list[float]:
    """Return when households come: half of them in the first quarter."""
    early = [chance.uniform(0, seconds / 4) for _ in range(count // 2)]
    return early + [chance.uniform(seconds / 4, seconds) for _ in range(count - count // 2)]
