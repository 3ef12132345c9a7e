"""Families that book, move and cancel whatever happens, and what each of them read meanwhile."""

import asyncio
import html
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.rush.browser import TIMEOUT, Browser, Page, Record
from tests.rush.household import PHONE, arrivals, until

PATIENCE = 60  # seconds for which somebody sends the same form again
AGAIN_AFTER = 0.5
TALKS = 3  # that a family books; the second it moves, the third it cancels
WATCHED = ("/", "/sign-in", "/talks", "/health/ready", "/health/live")
WATCHED_EVERY = 0.2
MOST_WORDS = 150  # characters of a page that the table shows
NUMBER = re.compile(r"\b[0-9a-f]{8}\b")


@dataclass(frozen=True)
class Answer:
    """An answer of the site; status 0 if there was none."""

    asked_at: float
    came_at: float
    path: str
    status: int
    headers: dict[str, str]
    body: str

    @property
    def to_sign_in(self) -> str:
        """Where it leads if it says that nobody is signed in."""
        target = self.headers.get("hx-redirect") or self.headers.get("location", "")
        return target if target.startswith("/sign-in") else ""

    @property
    def words(self) -> str:
        """What a person reads of a page or of a part of one, without the reference number."""
        main = re.search(r"<main\b.*?</main>", self.body, re.DOTALL)
        text = re.sub(r"<(script|style|form)\b.*?</\1>", " ", main[0] if main else self.body)
        text = html.unescape(re.sub(r"<[^>]+>", " ", text))
        return NUMBER.sub("…", " ".join(text.split()))


@dataclass
class Notes(Record):
    """What a crowd asked, was told and read."""

    asked: int = 0  # changes that somebody wanted
    changed_at: list[float] = field(default_factory=list)  # when each confirmed one was told
    taken: int = 0
    unanswered: int = 0  # within a person's patience
    longest: float = 0.0  # that anybody waited for an answer, in seconds
    failed: list[Answer] = field(default_factory=list)  # what was not an answer to a change
    pages: list[Answer] = field(default_factory=list)  # who just looks


class Person(Browser):
    """A browser whose owner sends the same again until there is an answer."""

    record: Notes

    async def once(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """Send a request once."""
        asked_at = time.perf_counter()
        self.told = {}
        try:
            async with asyncio.timeout(TIMEOUT):
                status, body = await self._exchange(path, form)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            status, body = 0, ""
        return Answer(asked_at, time.perf_counter(), path, status, self.told, body)

    async def insist(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """Send a request until the site has dealt with it."""
        give_up_at = time.perf_counter() + PATIENCE
        while True:
            answer = await self.once(path, form)
            self.record.longest = max(self.record.longest, answer.came_at - answer.asked_at)
            if answer.to_sign_in:
                page = await self.once(answer.to_sign_in)
                answer = replace(answer, body=page.body)
            elif 0 < answer.status < 500:
                return answer
            self.record.failed.append(answer)
            self.record.resent += 1
            if time.perf_counter() > give_up_at:
                self.record.unanswered += 1
                return answer
            await asyncio.sleep(AGAIN_AFTER)


@dataclass
class Family:
    """A family: its child, whom it may talk to, and what became of each talk it was promised."""

    number: int
    child: int
    path: str  # of its table
    cookies: dict[str, str]
    offers: Sequence[str]  # ids, in the order in which it wants them
    talks: dict[str, str | None] = field(default_factory=dict)  # by offer: cell, None if cancelled

    async def visit(self, base_url: str, notes: Notes, at: float) -> None:
        """Book some talks, move one and cancel one."""
        await until(at)
        self._person, self._notes = Person(base_url, notes, self.cookies, PHONE), notes
        self._chance, self._ids = random.Random(self.number), set()
        looked = await self._person.insist(self.path)
        if looked.status != 200:
            notes.failed.append(looked)
            return
        self._page = Page.read(looked.body)
        for index, offer in enumerate(self.offers[:TALKS]):
            talk = await self._book(offer)
            if notes.unanswered:  # nobody tries for ever
                return
            if talk and index == 1:
                await self._move(offer, talk)
            if talk and index == 2:
                await self._cancel(offer, talk)

    async def _book(self, offer: str) -> str | None:
        """Book a time with somebody and return the talk's id."""
        for _try in range(5):  # somebody else may be first
            cell = self._free(offer)
            if cell is None:
                return None
            answer = await self._change(self.path, cells=cell)
            if answer.status == 200:
                self.talks[offer] = cell
                self._notes.promise(self.child, cell)
                now = set(re.findall(r"/talks/(\d+)/cancel", answer.body))
                (talk,) = now - self._ids
                self._ids = now
                return talk
            if answer.status != 409:
                return None
        return None

    async def _move(self, offer: str, talk: str) -> None:
        for _try in range(5):
            cell = self._free(offer)
            if cell is None:
                return
            answer = await self._change(f"/talks/{talk}/move", cell=cell)
            if answer.status == 200:
                self._forget(offer)
                self.talks[offer] = cell
                self._notes.promise(self.child, cell)
            if answer.status != 409:
                return

    async def _cancel(self, offer: str, talk: str) -> None:
        if (await self._change(f"/talks/{talk}/cancel")).status == 200:
            self._forget(offer)
            self.talks[offer] = None

    def _free(self, offer: str) -> str | None:
        """Return one of the first times: others want them too."""
        free = sorted(self._page.free.get(offer, ()), key=lambda cell: int(cell.split("-")[0]))
        return self._chance.choice(free[:3]) if free else None

    def _forget(self, offer: str) -> None:
        slot, offer_ = map(int, self.talks[offer].split("-"))
        self._notes.confirmed.discard((self.child, slot, offer_))

    async def _change(self, path: str, **fields: str) -> Answer:
        page, notes = self._page, self._notes
        form = {"csrf_token": page.csrf, "submission": page.submission, **fields}
        notes.asked += 1
        answer = await self._person.insist(path, form)
        if answer.status in {200, 409}:
            page.update(answer.body)
        if answer.status == 200:
            notes.changed_at.append(answer.came_at)
        elif answer.status == 409:
            notes.taken += 1
        elif answer.status:
            notes.failed.append(answer)
        return answer


class Crowd:
    """Families who come within some seconds, on a thread of their own; and one who just looks.

    ``held`` are how many of them, the last ones, wait until they are let in.
    """

    def __init__(
        self,
        base_url: str,
        families: Sequence[Family],
        seconds: float,
        looker: Family,
        held: int = 0,
    ) -> None:
        self.families, self.notes = families, Notes()
        self._held, self._let_in, self._over = held, threading.Event(), threading.Event()
        self._base_url, self._seconds, self._looker = base_url, seconds, looker
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def let_in(self) -> None:
        """Let those come who wait."""
        self._let_in.set()

    def wait(self, seconds: float = 150) -> None:
        """Wait until all are done; whoever looks goes on until then."""
        self.let_in()
        self._over.set()
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "the families did not come to an end"
        if self._fault:
            raise self._fault

    def _run(self) -> None:
        try:
            asyncio.run(self._all())
        except BaseException as fault:  # noqa: BLE001  for the test's own thread
            self._fault = fault

    async def _all(self) -> None:
        start = time.perf_counter() + 0.5
        moments = arrivals(len(self.families), self._seconds, random.Random(2))
        watching = asyncio.create_task(self._watch())
        try:
            async with asyncio.TaskGroup() as group:
                for left, family in enumerate(reversed(self.families)):
                    group.create_task(self._visit(family, start + moments[left], left < self._held))
            await _happens(self._over)
        finally:
            watching.cancel()

    async def _visit(self, family: Family, at: float, held: bool) -> None:
        if held:
            await _happens(self._let_in)
        await family.visit(self._base_url, self.notes, at)

    async def _watch(self) -> None:
        """Open one page after the other, as somebody does who does not know what goes on."""
        person = Person(self._base_url, self.notes, self._looker.cookies)
        while True:
            for path in (*WATCHED, self._looker.path):
                self.notes.pages.append(await person.once(path))
                await asyncio.sleep(WATCHED_EVERY)


async def _happens(event: threading.Event) -> None:
    while not event.is_set():  # noqa: ASYNC110  another thread sets it
        await asyncio.sleep(0.05)


def most(answers: Sequence[Answer], offline: str) -> list[tuple[int, int, str]]:
    """Return what was read: how often, with which status, which words; the most frequent first."""
    read: dict[tuple[int, str], int] = defaultdict(int)
    for answer in answers:
        words = answer.words if answer.status else offline
        short = f"{words[:MOST_WORDS].rsplit(' ', 1)[0]} …"
        read[answer.status, words if len(words) <= MOST_WORDS else short] += 1
    return sorted(((n, status, words) for (status, words), n in read.items()), reverse=True)
