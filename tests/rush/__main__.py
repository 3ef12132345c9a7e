"""The opening rush: households come by the hundred and book, on SQLite and on PostgreSQL.

`python -m tests.rush --rate 1500 --seconds 20` lets 1,500 households a minute come for 20
seconds, half of them in the first quarter. Each has a page open and does what people do: sign
in if need be, look, think for some seconds, book, look again when somebody else was first; the
page asks every five seconds what is new. Nobody waits for an answer before coming (open loop),
and a time is counted from the moment somebody wanted something, not from when it could be sent.

Afterwards everything that was confirmed is compared with what is stored. Only on this machine:
the site, the database and the households share its processors, so /proc/stat is read too.
"""

import argparse
import asyncio
import math
import random
import signal
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import func, select

from app.bookings.models import Booking, Claim
from app.core import clock
from app.extensions import db
from app.rounds.models import Slot
from tests import services
from tests.rush.browser import Browser, Page, Record
from tests.rush.machine import Load
from tests.rush.school import Family, RushSchool, build
from tests.sites import Databases, Site, running_sites

THINK = (1.0, 4.0)
TALKS = (3, 6)
POLL_SECONDS = 5
PHONES = 0.7  # of the households; a phone gets the list alone, a computer the table too
PHONE, COMPUTER = "Mozilla/5.0 (Linux; Android 15; Mobile) Mobi", "Mozilla/5.0 (X11; Linux x86_64)"
DURABLE = {"listen_addresses": "", "max_connections": "200"}  # PostgreSQL as it is by itself
KINDS = ("sign-in", "table", "booking", "taken", "poll")


async def household(
    site: Site,
    school: RushSchool,
    family: Family,
    record: Record,
    at: float,
) -> None:
    """Live through the rush as one household."""
    chance = random.Random(family.token)
    agent = PHONE if chance.random() < PHONES else COMPUTER
    browser = Browser(site.base_url, record, _cookies(site, family), agent)
    await _until(at)
    if not family.signed_in:
        await _sign_in(browser, family, at)
        at = time.perf_counter()
    for child in family.children:
        path = f"/rounds/{school.round_id}/children/{child}"
        status, html = await browser.send("table", at, path)
        if status != 200:
            return
        pages = [Page.read(html)]  # the newest is what the household sees
        asking = asyncio.create_task(_ask(browser, path, pages))
        try:
            await _book(browser, path, child, pages, record, chance)
        finally:
            asking.cancel()
        at = time.perf_counter()


async def _sign_in(browser: Browser, family: Family, at: float) -> None:
    """Open the mailed link, press its button, and come to the first page."""
    path = f"/sign-in/link/{family.token}"
    _status, html = await browser.send("sign-in", at, path)
    form = {"csrf_token": Page.read(html).csrf}
    await browser.send("sign-in", time.perf_counter(), path, form)
    await browser.send("sign-in", time.perf_counter(), "/talks")


async def _book(
    browser: Browser,
    path: str,
    child: int,
    pages: list[Page],
    record: Record,
    chance: random.Random,
) -> None:
    had: set[str] = set()
    wanted, tries = chance.randint(*TALKS), 0
    while len(had) < wanted and tries < 3 * wanted:
        tries += 1
        at = time.perf_counter() + chance.uniform(*THINK)
        await _until(at)
        page = pages[-1]
        offers = sorted(offer for offer in page.free if offer not in had)
        if not offers:
            return
        offer = chance.choice(offers)
        cell = chance.choice(page.free[offer])
        form = {"csrf_token": page.csrf, "submission": page.submission, "cells": cell}
        status, html = await browser.send("booking", at, path, form)
        if status in {200, 409}:
            pages.append(Page.read(html))
        if status == 200:
            had.add(offer)
            slot = int(cell.split("-")[0])
            record.confirmed.add((child, slot, int(offer)))


async def _ask(browser: Browser, path: str, pages: list[Page]) -> None:
    """Ask every few seconds what is new, as the page does by itself."""
    at = time.perf_counter()
    while True:
        at += POLL_SECONDS
        await _until(at)
        status, html = await browser.send("poll", at, f"{path}?marker={pages[-1].marker}")
        if status == 200:
            pages.append(Page.read(html))


def _cookies(site: Site, family: Family) -> dict[str, str]:
    if not family.signed_in:
        return {"browser": family.browser}
    serializer = site.app.session_interface.get_signing_serializer(site.app)
    return {"session": serializer.dumps({"_user_id": family.token})}


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.perf_counter()))


def arrivals(count: int, seconds: float, chance: random.Random) -> list[float]:
    """Return when households come: half of them in the first quarter."""
    early = [chance.uniform(0, seconds / 4) for _ in range(count // 2)]
    return early + [chance.uniform(seconds / 4, seconds) for _ in range(count - count // 2)]


async def rush(site: Site, school: RushSchool, seconds: float) -> Record:
    """Let all households come, and wait until they are done."""
    record = Record()
    start = time.perf_counter() + 1
    moments = arrivals(len(school.families), seconds, random.Random(2))
    await asyncio.gather(
        *(
            household(site, school, family, record, start + moment)
            for family, moment in zip(school.families, moments, strict=True)
        )
    )
    return record


def check(site: Site, record: Record) -> str:
    """Compare what was confirmed with what is stored, and look for anybody in two places."""
    with site.app.app_context():
        stored = db.session.execute(
            select(Booking.student_id, Slot.id, Booking.offer_id, Booking.teacher_key)
            .join(
                Slot,
                (Slot.evening_id == Booking.evening_id) & (Slot.starts_at == Booking.starts_at),
            )
            .where(Booking.cancelled_at.is_(None))
        ).all()
        claims = dict(
            db.session.execute(
                select(Claim.booking_id, func.count())
                .where(Claim.booking_id.is_not(None))
                .group_by(Claim.booking_id)
            ).all()
        )
        doubles = sum(n - 1 for n in Counter((row[3], row[1]) for row in stored).values())
        doubles += sum(n - 1 for n in Counter((row[0], row[1]) for row in stored).values())
        db.session.remove()
    kept = {(row[0], row[1], row[2]) for row in stored}
    # Two ticks each of teaching, the teacher and two guardians.
    incomplete = sum(count != 8 for count in claims.values()) + abs(len(claims) - len(stored))
    return (
        f"{len(record.confirmed)} confirmed, {len(record.confirmed - kept)} of them missing, "
        f"{len(kept - record.confirmed)} stored but never confirmed, {doubles} doubles, "
        f"{incomplete} with claims amiss"
    )


def measure(database: str, rate: int, seconds: float) -> None:
    """Print one rush on one database."""
    with ExitStack() as stack:
        enter = stack.enter_context
        folder = Path(enter(tempfile.TemporaryDirectory(prefix="tienminuten-rush-")))
        server = None if database == "sqlite" else enter(services.postgresql(DURABLE))
        site = enter(running_sites(Databases(folder, server), folder))(workers=2, threads=4)
        with site.app.app_context():
            school = build(round(rate * seconds / 60))
        load = Load()
        record = asyncio.run(rush(site, school, seconds))
        print(f"\n{database}, {clock.now():%Y-%m-%d %H:%M} UTC: {rate} households a minute")
        print(load.told())
        print(f"{'':10}{'count':>8}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
        for kind in KINDS:
            print(_line(kind, sorted(record.times[kind])), flush=True)
        errors = ", ".join(f"{n} x {what}" for what, n in record.errors.items())
        print(f"errors: {errors or 'none'}; {check(site, record)}")


def _line(kind: str, times: list[float]) -> str:
    if not times:
        return f"{kind:10}{0:8}"
    p50, p95 = (times[min(len(times) - 1, math.ceil(len(times) * p) - 1)] for p in (0.5, 0.95))
    return f"{kind:10}{len(times):8}{p50:9.0f}{p95:9.0f}{times[-1]:9.0f}"


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=int, default=1500, help="households a minute")
    parser.add_argument("--seconds", type=float, default=20, help="how long they keep coming")
    parser.add_argument("--database", choices=services.DATABASES, help="only this one")
    arguments = parser.parse_args()
    # Asked to stop, the run still ends its servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for database in [arguments.database] if arguments.database else services.DATABASES:
        measure(database, arguments.rate, arguments.seconds)


if __name__ == "__main__":
    main()
