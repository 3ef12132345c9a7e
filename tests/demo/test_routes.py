import re

import pytest

from app.demo.roles import demo_roles

KEYS = [role.key for role in demo_roles()]


def browser(app, address="127.0.0.1"):
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


pytestmark = [pytest.mark.live, pytest.mark.only_on("sqlite")]


@pytest.mark.parametrize("key", KEYS)
def test_one_click_makes_one_somebody(seeded_app, key):
    client = browser(seeded_app)
    assert client.post(f"/demo/sign-in/{key}").status_code == 303
    page = client.get("/", follow_redirects=True)
    name = re.match(r"[\w ]+", next(r.label for r in demo_roles() if r.key == key))[0].strip()
    assert name in page.text


def test_the_sign_in_page_offers_everybody(seeded_app):
    page = browser(seeded_app).get("/sign-in").text
    assert all(f'action="/demo/sign-in/{key}"' in page for key in KEYS)


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "::ffff:192.0.2.7", ""])
def test_from_another_machine_nobody_gets_in(seeded_app, address):
    client = browser(seeded_app, address)
    assert client.post("/demo/sign-in/parent").status_code == 404
    assert "/demo/sign-in/" not in client.get("/sign-in").text


def test_ipv6_loopback_is_this_machine(seeded_app):
    assert browser(seeded_app, "::1").post("/demo/sign-in/parent").status_code == 303


@pytest.mark.parametrize(
    "header", [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}]
)
def test_through_a_proxy_nobody_gets_in(seeded_app, header):
    client = browser(seeded_app)
    assert client.post("/demo/sign-in/parent", headers=header).status_code == 404
    assert "/demo/sign-in/" not in client.get("/sign-in", headers=header).text


NOT_HERE = [
    *("evil.example", "evil.example:5000", "127.0.0.1.evil.example", "localhost.evil.example"),
    *(
        "evil@127.0.0.1",
        "127.0.0.1@evil.example",
        "127.0.0.1:x",
        "127.0.0.2",
        "localhost.",
        "[::2]",
    ),
    *("0.0.0.0", "2130706433", "school.example"),
]


@pytest.mark.parametrize("host", NOT_HERE)
def test_a_name_of_others_with_our_address_lets_nobody_in(seeded_app, host):
    client, header = browser(seeded_app), {"Host": host}
    assert client.post("/demo/sign-in/parent", headers=header).status_code == 404
    assert client.get("/demo/mailbox", headers=header).status_code == 404
    assert "/demo/sign-in/" not in client.get("/sign-in", headers=header).text


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:5000", "127.0.0.1", "127.0.0.1:5000", "[::1]:5000", "LocalHost"],
)
def test_the_names_of_this_machine_let_in(seeded_app, host):
    client, header = browser(seeded_app), {"Host": host}
    assert client.post("/demo/sign-in/parent", headers=header).status_code == 303
    assert client.get("/demo/mailbox", headers=header).status_code == 200
    assert "/demo/sign-in/parent" in client.get("/sign-in", headers=header).text


def test_somebody_else_is_not_found(seeded_app):
    assert browser(seeded_app).post("/demo/sign-in/director").status_code == 404


def test_a_real_school_has_no_such_page(client):
    assert client.post("/demo/sign-in/parent").status_code == 404
    assert "/demo/sign-in/" not in client.get("/sign-in").text
