"""Small rushes inside the large one, of families that do nothing else: what must end well.

Hot: fifty want one time. Twin: one family wants one time on six devices. Crossing: eight families
of one teacher want each other's time at the same moment, one of them a free one, and nobody may
end without a talk.
"""

import asyncio
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.bench.builds import School
from tests.rush.browser import Browser, Page, Record

HOT, TWIN, RING = 50, 6, 8


@dataclass
class Edges:
    """The families of the small rushes."""

    school: School
    hot: list[tuple[dict, str]]  # family, and its offer of the one teacher
    ring: list[tuple[dict, str]]
    twin: dict
    seated: list[tuple["Device", str]] = field(default_factory=list)  # of the ring: its cell
    spare: list[str] = field(default_factory=list)  # other times of the first of them

    @classmethod
    def choose(cls, school: School) -> "Edges":
        """Take families that share a teacher; nobody else may be asked to do anything else."""
        signed_in = {it["children"][0]: it for it in school.families if it["signed_in"]}
        pupils = defaultdict(list)
        for offer, (child, teacher) in school.offers.items():
            if child in signed_in:
                pupils[teacher].append((signed_in[child], offer))
        both = max(pupils.values(), key=len)
        twin = next(it for it in signed_in.values() if it not in [family for family, _ in both])
        return cls(school, both[RING : RING + HOT], both[:RING], twin)

    def busy(self) -> list[dict]:
        """Return the families that the large rush must leave alone."""
        return [family for family, _ in [*self.hot, *self.ring]] + [self.twin]

    async def run(self, base_url: str, record: Record) -> str:
        """Let all three happen at once; return what came of it."""
        hot, twin, ring = await asyncio.gather(
            self._hot(base_url, record), self._twin(base_url, record), self._ring()
        )
        return f"hot {len(self.hot)} -> {hot}, twin {TWIN} -> {twin}, crossing moves: {ring}"

    async def _open(self, base_url: str, record: Record, family: dict) -> "Device":
        device = Device(Browser(base_url, record, family["cookies"]), self.school, family)
        await device.look()
        return device

    async def _hot(self, base_url: str, record: Record) -> int:
        devices = await asyncio.gather(
            *(self._open(base_url, record, family) for family, _ in self.hot)
        )
        slots = [
            {cell.split("-")[0] for cell in device.page.free[offer]}
            for device, (_, offer) in zip(devices, self.hot, strict=True)
        ]
        slot = max(set.intersection(*slots), key=int)
        statuses = await asyncio.gather(
            *(
                device.book(f"{slot}-{offer}")
                for device, (_, offer) in zip(devices, self.hot, strict=True)
            )
        )
        return statuses.count(200)

    async def _twin(self, base_url: str, record: Record) -> int:
        devices = await asyncio.gather(
            *(self._open(base_url, record, self.twin) for _ in range(TWIN))
        )
        times = defaultdict(list)
        for cells in devices[0].page.free.values():
            for cell in cells:
                times[cell.split("-")[0]].append(cell)
        wanted = max(times.values(), key=len)[:TWIN]  # of so many teachers, at one time
        statuses = await asyncio.gather(
            *(device.book(cell) for device, cell in zip(devices, wanted, strict=True))
        )
        return statuses.count(200)

    async def seat(self, base_url: str, record: Record) -> None:
        """Give each family of the ring its talk, while there still are free times."""
        for family, offer in self.ring:
            device = await self._open(base_url, record, family)
            *others, cell = device.page.free[offer]
            self.spare = self.spare or others
            if await device.book(cell) != 200:
                raise SystemExit("a quiet site refused a free time")
            self.seated.append((device, cell))

    async def _ring(self) -> str:
        devices = [device for device, _ in self.seated]
        offers, had = [offer for _, offer in self.ring], [cell for _, cell in self.seated]
        said: Counter[int] = Counter()
        for number_of_round in range(3):
            slots = [cell.split("-")[0] for cell in had]
            wanted = [
                f"{slots[(number + 1) % RING]}-{offer}" for number, offer in enumerate(offers)
            ]
            free = [cell for cell in self.spare if cell.split("-")[0] not in slots]
            wanted[0] = free[number_of_round]  # so that some can follow, one after the other
            statuses = await asyncio.gather(
                *(
                    device.move(old, cell)
                    for device, old, cell in zip(devices, had, wanted, strict=True)
                )
            )
            said.update(statuses)
            had = [
                new if status == 200 else old
                for old, new, status in zip(had, wanted, statuses, strict=True)
            ]
        return ", ".join(f"{count} x {status}" for status, count in sorted(said.items()))


@dataclass
class Device:
    """A browser of a family with its table open."""

    browser: Browser
    school: School
    family: dict
    page: Page | None = None
    talk: str = ""

    async def look(self) -> None:
        """Open the table."""
        await self._read("table", self.school.path(self.family))

    async def book(self, cell: str) -> int:
        """Book a cell and return the status."""
        status = await self._post(self.school.path(self.family), cells=cell)
        if status == 200:
            self.browser.record.promise(self.family["children"][0], cell)
        return status

    async def move(self, old: str, cell: str) -> int:
        """Move the talk and return the status."""
        status = await self._post(f"/talks/{self.talk}/move", cell=cell)
        if status == 200:
            child, promises = self.family["children"][0], self.browser.record
            promises.confirmed.discard((child, *map(int, old.split("-"))))
            promises.promise(child, cell)
        return status

    async def _post(self, path: str, **fields: str) -> int:
        form = {"csrf_token": self.page.csrf, "submission": self.page.submission, **fields}
        return await self._read("booking", path, form)

    async def _read(self, kind: str, path: str, form: dict[str, str] | None = None) -> int:
        status, html = await self.browser.send(kind, time.perf_counter(), path, form)
        self.page = self.page or Page()
        self.page.update(html)
        if found := re.search(r"/talks/(\d+)/cancel", html):
            self.talk = found[1]
        return status
