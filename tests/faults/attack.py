"""A stranger with a whole /48 of addresses tries passwords and asks for mails at the owner's address."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from tests.faults.crowd import Answer, Notes, Person
from tests.faults.school import OWNER, PASSWORD
from tests.rush.browser import Page

CONNECTIONS = 10
AT_HOME = "203.0.113.7"


@dataclass
class Attack:
    """What strangers got."""

    base_url: str
    stopped: bool = False
    got: Counter[int] = field(default_factory=Counter)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Attack while the block runs, on a thread of its own; it begins when it is answered."""
        thread = Thread(target=lambda: asyncio.run(self._all()))
        thread.start()
        try:
            while thread.is_alive() and sum(self.got.values()) < 2 * CONNECTIONS:
                time.sleep(0.05)
            yield
        finally:
            self.stopped = True
            thread.join()

    async def _all(self) -> None:
        await asyncio.gather(*(self._stranger(number) for number in range(CONNECTIONS)))

    async def _stranger(self, number: int) -> None:
        person, chance = Person(self.base_url, Notes(), {}), random.Random(number)
        path = "/sign-in/password" if number % 2 else "/sign-in"
        page = Page.read((await person.once(path)).body)
        guess = {"csrf_token": page.csrf, "email": OWNER, "password": "iets anders dan dat"}
        while not self.stopped:
            network = chance.randrange(1 << 16)
            person.headers = {"X-Forwarded-For": f"2001:db8:1:{network:x}::1"}
            answer = await person.once(path, guess)
            self.got[answer.status] += 1


def signs_in(base_url: str, cookies: dict[str, str]) -> tuple[float, Answer]:
    """Let the owner sign in; return how many seconds after the click the next page came, and it.

    ``cookies`` are the browser's, which keeps them but for the session.
    """
    person = Person(base_url, Notes(), cookies)
    person.headers = {"X-Forwarded-For": AT_HOME}

    async def all_() -> tuple[float, Answer]:
        page = Page.read((await person.once("/sign-in/password")).body)
        form = {"csrf_token": page.csrf, "email": OWNER, "password": PASSWORD}
        answer = await person.once("/sign-in/password", form)
        clicked_at = answer.asked_at
        while answer.status in {302, 303}:
            answer = await person.once(answer.headers["location"])
        return answer.came_at - clicked_at, answer

    seconds, answer = asyncio.run(all_())
    cookies.update(person.cookies)
    cookies.pop("session", None)
    return seconds, answer
