"""What else happens while families choose: an office that edits, workers that die, an import."""

import asyncio
import os
import re
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field

import html5lib

from tests import services
from tests.bench.builds import Build, School, Server
from tests.rush.browser import Browser, Record

FILES = services.ROOT / "tests" / "data" / "school-open"
WATCHED_EVERY = 0.25


@dataclass
class Office:
    """An administrator who changes the round's explanation each second; a family watches."""

    base_url: str
    school: School
    watcher: dict
    record: Record = field(default_factory=Record)  # its own: nobody waits for the office's pages
    saved: list[float] = field(default_factory=list)  # when each edition was answered
    stale: float = 0  # the seconds after which somebody still saw an older edition
    seen: set[int] = field(default_factory=set)

    async def edit(self) -> None:
        """Change the round again and again, until cancelled."""
        browser = Browser(self.base_url, self.record, self.school.administrator)
        path = f"/office/rounds/{self.school.round_id}/settings"
        fields: dict[str, str | list[str]] = {}
        while True:
            at = time.perf_counter()
            _status, page = await browser.send("office", at, path)
            # Once: reading the page takes this program 50 ms, for which all households would wait.
            fields = fields or _fields(page)
            form = fields | {"explanation": f"Uitgave {len(self.saved)}.", "do": "save"}
            status, _page = await browser.send("office", at, path, form)
            if status != 303:
                self.record.errors[f"the round was not changed: {status}"] += 1
            self.saved.append(time.perf_counter())
            await asyncio.sleep(max(0.0, at + 1 - time.perf_counter()))

    async def watch(self) -> None:
        """Look which edition the table shows, until cancelled."""
        browser = Browser(self.base_url, self.record, self.watcher["cookies"])
        while True:
            asked = time.perf_counter()
            _status, page = await browser.send("watch", asked, self.school.path(self.watcher))
            shown = re.search(r"Uitgave (\d+)\.", page)
            edition = int(shown[1]) if shown else -1
            self.seen.add(edition)
            if len(self.saved) > edition + 1:  # the next one was saved by now, perhaps before
                self.stale = max(self.stale, asked - self.saved[edition + 1])
            await asyncio.sleep(WATCHED_EVERY)

    def told(self) -> str:
        """Say how often the office changed something and how old what was seen was."""
        return (
            f"the office changed the round {len(self.saved)} times; {len(self.seen)} editions were "
            f"seen, the oldest {self.stale:.2f} s after the next; errors: {dict(self.record.errors)}"
        )


def _fields(page: str) -> dict[str, str | list[str]]:
    """Return what the form with the explanation would send as it stands."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    form = next(it for it in tree.iter("form") if it.find(".//textarea") is not None)
    found: dict[str, list[str]] = {}
    for one in form.iter():
        name = one.get("name")
        if not name or one.tag == "button" or one.get("disabled") is not None:
            continue
        if one.tag == "select":
            chosen = [it.get("value", "") for it in one.iter("option") if "selected" in it.attrib]
        elif one.get("type") in {"checkbox", "radio"}:
            chosen = [one.get("value", "y")] if "checked" in one.attrib else []
        else:
            chosen = [one.text or "" if one.tag == "textarea" else one.get("value", "")]
        found.setdefault(name, []).extend(chosen)
    return found


async def kill_workers(server: Server, times: int, seconds: float) -> None:
    """Kill a worker now and then, as the kernel does when memory is short."""
    for number in range(times):
        await asyncio.sleep(seconds / (times + 1))
        workers = server.workers()
        with suppress(ProcessLookupError):
            os.kill(workers[number % len(workers)], signal.SIGKILL)


async def import_twice(build: Build, url: str) -> str:
    """Run the school's import and that of the next night, as a timer does."""
    ended = []
    for folder in (FILES / "csv-utf8", FILES / "next-night" / "csv-utf8"):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "flask", "--app", "wsgi", "imports", "run", str(folder)),
            "--allow-removal",
            cwd=build.tree,
            env=build.environment(url),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        ended.append(await process.wait())
    # 1 is well too: something is left for a human to say, such as a student's new number.
    return f"two imports ended{' badly' * (max(ended) > 1)}: {ended}"
