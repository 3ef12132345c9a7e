"""The small school at a frozen moment, and the mails that the site sends."""

import re
from dataclasses import dataclass

import pytest

from app.core import clock
from app.handlers import HANDLERS
from app.mail.box import load_letters
from app.outbox.worker import deliver_due
from tests.accounts.walk import ALICE, ask
from tests.small_school import NOW


@pytest.fixture(autouse=True)
def moment(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@dataclass
class Mail:
    recipient: str
    subject: str
    text: str

    @property
    def link(self) -> str:
        """The path of the link to sign in or to set a password."""
        return re.findall(r"http://localhost(/(?:sign-in/link|password)/\S+)", self.text)[-1]

    @property
    def token(self) -> str:
        return self.link.rsplit("/", 1)[-1]

    @property
    def code(self) -> str:
        return re.search(r"^(\w{4}-\w{4})$", self.text, re.MULTILINE)[1]


@pytest.fixture
def postbox(app, monkeypatch):
    """Deliver what is due, and return the new mails in order."""
    settings = app.config["SETTINGS"].model_copy(update={"demo": True})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    seen: set[int] = set()

    def deliver() -> list[Mail]:
        deliver_due(HANDLERS, now=clock.now())
        new = [one for one in reversed(load_letters()) if one.id not in seen]
        seen.update(one.id for one in new)
        return [Mail(one.recipient, one.subject, one.text) for one in new]

    return deliver


@pytest.fixture
def fetch(client, postbox):
    """Request a mail in the test's browser and return it."""

    def fetch(email=ALICE):
        assert ask(client, email).status_code == 303
        return postbox()[-1]

    return fetch


@pytest.fixture
def alice(school):
    return school.people["Alice"]


@pytest.fixture
def by_mail(client, postbox):
    """Sign in by mail in this client, as a person would."""

    def by_mail(to=client, email="alice@family.example", **data):
        to.post("/sign-in", data={"email": email})
        return to.post(postbox()[-1].link, data=data)

    return by_mail
