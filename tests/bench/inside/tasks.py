"""Measure requests of one build in this process, as the lines on standard input ask.

The first line is the school (``school.py``). Each other line is a task: its name, how often, and
whether statements are counted (which takes time, so it is a task of its own). The answer to each is
a line of figures.
"""

import json
import os
import runpy
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

from caller import Browser
from meter import Meter

MEANWHILE = 0.3  # seconds; longer than what a process remembers of others may be old
COLD = {"sign_in_page": 24, "signing_in": 20, "first_table": 24, "poll": 24, "booking": 24}

LINES = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what else prints is not an answer


class Tasks:
    """The families, and what they do."""

    def __init__(self, application, meter, school):
        self.application, self.meter, self.round = application, meter, school["round_id"]
        families = school["families"]
        signed_in = [it for it in families if it["signed_in"]]
        self.links = iter([it for it in families if not it["signed_in"]])
        own, rival, offer, rivals = _that_share_a_teacher(signed_in, school["offers"])
        self.own = {device: self._browser(own, device) for device in ("phone", "computer")}
        self.rival, self.offer, self.rivals = self._browser(rival, "phone"), offer, rivals
        self.fresh = iter([it for it in signed_in if it is not own and it is not rival])

    def _browser(self, family, device):
        path = f"/rounds/{self.round}/children/{family['children'][0]}"
        return Browser(self.application, family["cookies"], device, path)

    def open_tables(self):
        """Look at each table once, so that nothing is asked for the first time."""
        for browser in (*self.own.values(), self.rival):
            for _time in range(12):  # PostgreSQL plans a statement anew ten times
                browser.read(_ok(browser.send(browser.path)))

    def sign_in_page(self, _device):
        _ok(self.meter.measured(lambda: Browser(self.application, {}).send("/sign-in")))

    def signing_in(self, device):
        """The mailed link, its button, and the first page."""
        family = next(self.links)
        browser = Browser(self.application, family["cookies"], device)
        path = f"/sign-in/link/{family['token']}"
        browser.read(_ok(self.meter.measured(lambda: browser.send(path))))
        form = browser.form("csrf_token")
        answer = self.meter.measured(lambda: browser.send(path, form))
        while answer.status in {302, 303}:
            path = urlsplit(dict(answer.headers)["Location"]).path
            answer = self.meter.measured(partial(browser.send, path))
        _ok(answer)
        self.meter.calls = self.done + 1  # all of them are one

    def first_table(self, device):
        browser = self._browser(next(self.fresh), device)
        _ok(self.meter.measured(lambda: browser.send(browser.path)))

    def table(self, device):
        browser = self.own[device]
        browser.read(_ok(self.meter.measured(lambda: browser.send(browser.path))))

    def poll(self, device):
        browser = self.own[device]
        self._answer(browser, 204)
        answer = self.meter.measured(browser.poll)
        assert answer.status == 204, answer.status

    def news(self, device):
        """A poll after another family booked a teacher's time, or cancelled it."""
        browser, rival = self.own[device], self.rival
        self._answer(browser, 204)
        if "booked" in rival.page:
            del rival.page["booked"]
            rival.read(_ok(rival.cancel()))
        else:
            rival.page["booked"] = True
            cells = [it for it in rival.page["cells"] if it.endswith(f"-{self.rivals}")]
            seen = {
                it.split("-")[0] for it in browser.page["cells"] if it.endswith(f"-{self.offer}")
            }
            cell = next(it for it in cells if it.split("-")[0] in seen)
            rival.read(_ok(rival.book(cell)))
        # In a rush the process has asked for others meanwhile, who share its look at the teachers.
        until = time.monotonic() + MEANWHILE
        while time.monotonic() < until:
            rival.read(rival.poll())
        browser.read(_ok(self.meter.measured(browser.poll)))

    def booking(self, device):
        browser = self.own[device]
        cell = browser.page["cells"][self.done % 7 * 3]
        browser.read(_ok(self.meter.measured(lambda: browser.book(cell))))
        browser.read(_ok(browser.cancel()))

    def cancelling(self, device):
        browser = self.own[device]
        browser.read(_ok(browser.book(browser.page["cells"][self.done % 7 * 3])))
        browser.read(_ok(self.meter.measured(browser.cancel)))

    def _answer(self, browser, wanted):
        """Let the page come to rest: nothing new is left from before."""
        for _try in range(100):
            answer = browser.poll()
            if answer.status == wanted:
                return
            browser.read(answer)
        raise AssertionError("there is always something new")

    def do(self, task):
        """Do a task some times and return its figures."""
        self.done = 0
        for browser in self.own.values():
            browser.read(_ok(browser.send(browser.path)))
        work = getattr(self, task["name"])
        self.meter.begin(count_statements=task["count"])
        for _time in range(task["times"]):
            work(task["device"])
            self.done += 1
        return self.meter.end()

    def begin_cold(self):
        """Return what the first requests of this process cost, kind by kind, and later ones."""
        costs = {}
        for name, times in COLD.items():
            for browser in self.own.values() if name in {"poll", "booking"} else ():
                browser.read(_ok(browser.send(browser.path)))
            costs[name] = []
            self.done = 0
            for _time in range(times):
                self.meter.begin(count_statements=False)
                getattr(self, name)("phone")
                spent = self.meter.end()
                costs[name].append(spent["web"] + spent["database"])
        return costs


def _that_share_a_teacher(families, offers):
    """Return two families, and what the teacher of both is called by each: offers."""
    children = {}
    for offer, (child, teacher) in offers.items():
        children.setdefault(child, {})[teacher] = int(offer)
    own = families[0]
    mine = children[own["children"][0]]
    for rival in families[1:]:
        theirs = children[rival["children"][0]]
        if both := sorted(mine.keys() & theirs.keys()):
            return own, rival, mine[both[0]], theirs[both[0]]
    raise AssertionError("a larger school is needed")


def _ok(answer):
    assert answer.status == 200, (answer.status, answer.text[:2000])
    return answer


def floor(meter):
    """Measure the bare program."""
    import floor as program  # noqa: PLC0415

    browser = Browser(program.application, {})
    for line in sys.stdin:
        task = json.loads(line)
        browser.send("/", {})
        meter.begin(count_statements=False)
        for _time in range(task["times"]):
            meter.measured(lambda: browser.send("/", {}))
        print(json.dumps(meter.end()), file=LINES)


def main():
    """Answer each line."""
    meter = Meter()
    school = json.loads(sys.stdin.readline())
    if sys.argv[1:] == ["floor"]:
        floor(meter)
        return
    import wsgi  # noqa: PLC0415  # after the meter, which wants to see each connection

    if Path("gunicorn.conf.py").exists():  # builds of before had none
        settings = SimpleNamespace(threads=1)
        worker = SimpleNamespace(wsgi=wsgi.application, cfg=settings)
        runpy.run_path("gunicorn.conf.py")["post_worker_init"](worker)
    tasks = Tasks(wsgi.application, meter, school)
    if sys.argv[1:] == ["cold"]:
        print(json.dumps(tasks.begin_cold()), file=LINES)
        return
    tasks.open_tables()
    for line in sys.stdin:
        print(json.dumps(tasks.do(json.loads(line))), file=LINES)


if __name__ == "__main__":
    main()
