"""Everything that one family asks of the site in the first minutes, and what the worker does then."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

from flask import Flask
from flask.testing import FlaskClient

from app.core import clock
from app.extensions import db
from app.handlers import HANDLERS
from app.outbox.worker import deliver_due
from tests.markers import marker_in
from tests.rush.school import Family, RushSchool

_submissions = count()


class Visit:
    """A family with its browser. ``steps`` are what it does, in order, each one request."""

    def __init__(self, app: Flask, school: RushSchool, family: Family) -> None:
        self.app, self.school, self.family = app, school, family
        self.client: FlaskClient = app.test_client()
        self.table = f"/rounds/{school.round_id}/children/{family.children[0]}"
        self.marker = self.cell = self.other = self.talk = ""
        if family.signed_in:
            with self.client.session_transaction() as cookie:
                cookie["_user_id"] = family.token
        else:
            self.client.set_cookie("browser", family.browser)

    def steps(self) -> Iterator[tuple[str, Callable[[], object]]]:
        if not self.family.signed_in:
            link = f"/sign-in/link/{self.family.token}"
            mail = {"email": f"{self.family.token}@family.example"}
            yield "sign-in page", lambda: self.get("/sign-in")
            yield "asking for a mail", lambda: self.post("/sign-in", **mail)
            yield "page of the code", lambda: self.get("/sign-in/code")
            yield "link page", lambda: self.get(link)
            yield "its button", lambda: self.post(link)
            yield "first page", lambda: self.get("/")
        yield "overview", lambda: self.get("/talks")
        yield "table", self.look
        yield "poll without news", lambda: self.poll(204)
        yield "booking", lambda: self.book(self.cell)
        yield "the same form again", lambda: self.book(self.cell, again=True)
        yield "poll with news", lambda: self.poll(200)
        yield "table with a talk", self.look
        yield "page of a move", lambda: self.get(f"{self.table}?move={self.talk}")
        yield "move", self.move
        yield "page of a remark", lambda: self.get(f"/talks/{self.talk}/remark")
        yield "remark", lambda: self.post(f"/talks/{self.talk}/remark", remark="Over wiskunde")
        yield "page of cancelling", lambda: self.get(f"/talks/{self.talk}/cancel")
        yield "cancelling", lambda: self.post(f"/talks/{self.talk}/cancel", htmx=True)
        yield "booking without JavaScript", lambda: self.book(self.cell, htmx=False)
        yield "overview with a talk", lambda: self.get("/talks")
        yield "log", lambda: self.get("/talks/log")
        yield "worker", self.work

    def get(self, path: str, *, htmx: bool = False):
        return self._answered(self.client.get(path, headers=_headers(htmx)))

    def post(self, path: str, *, htmx: bool = False, **form: str):
        return self._answered(self.client.post(path, data=form, headers=_headers(htmx)))

    def look(self) -> None:
        page = self.get(self.table).text
        self.marker = marker_in(page)
        if not self.cell:
            free = re.findall(r'name="cells" id="[^"]+" value="([^"]+)"', page)
            self.cell = free[0]
            self.other = next(c for c in free[1:] if c.split("-")[1] == self.cell.split("-")[1])
        talks = re.findall(r"/talks/(\d+)/cancel", page)
        self.talk = talks[0] if talks else ""

    def poll(self, status: int) -> None:
        answer = self.get(f"{self.table}?marker={self.marker}", htmx=True)
        assert answer.status_code == status

    def book(self, cell: str, *, again: bool = False, htmx: bool = True) -> None:
        number = self.submission if again else next(_submissions)
        self.submission = number
        self.post(self.table, htmx=htmx, cells=cell, submission=f"visit-{number:020}")

    def move(self) -> None:
        form = {"cell": self.other, "submission": f"visit-{next(_submissions):020}"}
        self.post(f"/talks/{self.talk}/move", htmx=True, **form)

    def work(self) -> None:
        with self.app.app_context():
            assert deliver_due(HANDLERS, now=clock.now() + timedelta(hours=1))
            db.session.remove()

    def _answered(self, answer):
        assert answer.status_code < 400, answer.text
        return answer


def _headers(htmx: bool) -> dict[str, str]:
    return {"HX-Request": "true"} if htmx else {}
