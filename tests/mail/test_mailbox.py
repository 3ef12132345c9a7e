import re

import pytest

from app.config import Settings
from app.mail.message import compose
from app.mail.sender import send
from app.settings.queries import EMPTY
from tests.small_school import NOW


@pytest.fixture
def demo(app, monkeypatch):
    settings = Settings(demo=True, site_url="http://localhost")
    monkeypatch.setitem(app.config, "SETTINGS", settings)


def put(link="http://localhost/sign-in/link/abc"):
    send(
        compose(
            "sign_in",
            "alice@family.example",
            language="en",
            now=NOW,
            school=EMPTY,
            link=link,
            code="<script>alert(1)</script>",
        )
    )


def test_the_demo_shows_its_mails_with_links_that_work(client, demo):
    assert client.get("/demo/mailbox").status_code == 200
    put()

    page = client.get("/demo/mailbox").text
    assert "Sign in at Tienminuten" in page
    letter = client.get(re.search(r'href="(/demo/mailbox/\d+)"', page)[1])

    assert 'href="http://localhost/sign-in/link/abc"' in letter.text
    assert "<script>alert" not in letter.text
    assert "&lt;script&gt;" in letter.text


def test_a_letter_that_is_not_there_is_not_found(client, demo):
    assert client.get("/demo/mailbox/1").status_code == 404


@pytest.mark.parametrize("path", ["/demo/mailbox", "/demo/mailbox/1"])
def test_a_real_school_has_no_mailbox(client, path):
    assert client.get(path).status_code == 404


def test_other_machines_do_not_see_the_mailbox(client, demo):
    far = {"REMOTE_ADDR": "192.0.2.1"}
    assert client.get("/demo/mailbox", environ_base=far).status_code == 404
    behind = {"X-Forwarded-For": "192.0.2.1"}
    assert client.get("/demo/mailbox", headers=behind).status_code == 404
    assert client.get("/demo/mailbox", headers={"Host": "evil.example"}).status_code == 404
    near = {"REMOTE_ADDR": "::1"}
    assert client.get("/demo/mailbox", environ_base=near).status_code == 200
