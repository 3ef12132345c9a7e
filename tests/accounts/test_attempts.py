"""What the log knows of those who did not get in, and of those who did; and what it never knows."""

import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import warming
from app.accounts import attempts as of_accounts
from app.accounts import credentials, networks
from app.accounts.secrets import TOKEN_LENGTH, new_token
from app.audit import attempts
from app.audit.models import Attempts, AuditEntry
from app.core import clock
from app.log.queries import Filters, load_log
from app.outbox.models import OutboxMessage
from tests.accounts.test_password import GOOD, enter, give_password
from tests.accounts.walk import ALICE, ask, set_mail
from tests.signing_in import sign_in
from tests.small_school import NOW

PHONE = {"User-Agent": "Mozilla/5.0 (Android 16; Mobile; rv:140.0) Firefox/140.0"}
FROM = {"REMOTE_ADDR": "203.0.113.77"}
NOBODY = "nobody.at.all@family.example"
WRONG = "paarse olifant onder tafel"
CODE = "ZZZZ-9999"
NETWORK = "203.0.113.0/24"
DEVICE = "Firefox, Android"
NOTICE = "Uw wachtwoord is veranderd"


@pytest.fixture(autouse=True)
def _phone(client):
    client.environ_base |= FROM | {"HTTP_USER_AGENT": PHONE["User-Agent"]}


@pytest.fixture
def told(db):
    """Let the worker write what is due, and return what the log has: action and details."""

    def told_():
        of_accounts.tell(now=clock.now())
        entries = db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [(it.action, it.details) for it in entries if it.action.startswith("access.")]

    return told_


def details(**more):
    return {"device": DEVICE, "network": NETWORK, "times": 1, **more}


def test_a_wrong_password_names_the_account_and_no_address(client, school, told):
    give_password(school.people["Alice"])
    enter(client, password=WRONG)
    enter(client, email=NOBODY)
    assert told() == [
        ("access.wrong_password", details(person=school.people["Alice"])),
        ("access.wrong_password", details()),
    ]


def test_an_address_that_several_people_share_names_nobody(client, db, school, told):
    set_mail(db, school.people["Bea"], "carol@family.example")
    enter(client, email="carol@family.example", password=WRONG)
    assert told() == [("access.wrong_password", details())]


def test_too_many_wrong_ones(client, school, told):
    give_password(school.people["Alice"])
    for _ in range(7):
        enter(client, password=WRONG)
    alice = {"person": school.people["Alice"]}
    assert told() == [
        ("access.wrong_password", details(**alice) | {"times": 5}),
        ("access.too_often", details(**alice)),  # in the same second
    ]


def test_the_present_password_typed_wrong_is_of_who_is_signed_in(client, db, school, moment, told):
    give_password(school.people["Alice"])
    sign_in(client, school.people["Alice"])
    moment.move_to(NOW + timedelta(minutes=11), tick=False)
    client.post("/account/password", data={"password": "wolk trompet dag", "current": WRONG})
    assert told() == [("access.wrong_password", details())]
    assert db.scalars(select(AuditEntry.actor_name)).all()[-1] == "Alice Jansen"


def test_a_wrong_code(client, school, postbox, told):
    ask(client)
    postbox()
    client.post("/sign-in/code", data={"code": CODE})
    assert told() == [("access.wrong_code", details(person=school.people["Alice"]))]


def test_a_code_in_a_browser_that_asked_for_none(client, school, told):
    client.post("/sign-in/code", data={"code": CODE})
    assert told() == [("access.wrong_code", details())]


def test_a_mail_for_nobody_and_for_a_teacher(client, school, postbox, told):
    ask(client, NOBODY)
    ask(client, "vera@school.example")
    postbox()
    assert told() == [
        ("access.unknown_address", details()),
        ("access.reset_asked", details(person=school.people["Vera"])),
    ]


def test_too_many_mails(client, school, postbox, told):
    for _ in range(5):
        ask(client)
    assert told() == [
        ("access.too_often", details(person=school.people["Alice"])),  # in the same second
    ]


def test_a_link_that_was_used_and_one_that_never_was(client, school, fetch, told):
    link = fetch().link
    client.post(link)
    client.get(link)
    client.post(link)
    client.get(f"/sign-in/link/{new_token()}")
    client.get("/sign-in/link/of-nobody")
    assert told() == [
        ("access.dead_link", details(person=school.people["Alice"]) | {"times": 2}),
        ("access.dead_link", details()),
    ]


def test_an_address_to_choose_a_password_that_was_used(client, school, told):
    token = credentials.new_password_token(school.actors["Anna"].account_id, "reset", now=NOW)
    client.post(f"/password/{token}", data={"password": GOOD})
    client.post("/sign-out")
    client.get(f"/password/{token}")
    assert told() == [("access.dead_link", details(person=school.people["Anna"]))]


def test_a_server_that_starts_is_no_attempt(app, db, school, told):
    for page in warming._PAGES:
        app.test_client().get(page)
    assert told() == []
    assert len(new_token()) == TOKEN_LENGTH


def test_a_link_in_another_browser_is_no_attempt(app, client, school, fetch, told):
    """Mail scanners open each link."""
    assert app.test_client().get(fetch().link).status_code == 403
    assert told() == []


def test_a_page_that_is_not_there_for_somebody(client, db, school, told):
    sign_in(client, school.people["Alice"])
    for page in ("/office/rounds", f"/rounds/{school.round_id}/children/{school.students['Tim']}"):
        assert client.get(page).status_code == 404
    assert client.get("/no/page/at/all").status_code == 404
    ((action, about),) = told()
    assert (action, about) == (
        "access.page_refused",
        details(page="/office/rounds") | {"times": 2},
    )
    assert db.scalars(select(AuditEntry.actor_name)).all()[-1] == "Alice Jansen"


def test_the_parts_of_a_page_that_is_told_have_no_ids(client, school, told):
    sign_in(client, school.people["Alice"])
    client.get(f"/rounds/{school.round_id}/children/{school.students['Tim']}")
    ((_action, about),) = told()
    assert about["page"] == "/rounds/…/children/…"


def test_a_stranger_who_opens_a_page_is_led_to_signing_in_and_not_told(client, school, told):
    client.get("/office/rounds")
    client.get("/no/page/at/all")
    assert told() == []


@pytest.mark.parametrize("way", ["link", "code", "password", "invitation", "reset"])
def test_how_and_from_where_somebody_signed_in(client, db, school, postbox, way):
    if way in {"link", "code"}:
        ask(client)
        mail = postbox()[-1]
        if way == "link":
            client.post(mail.link)
        else:
            client.post("/sign-in/code", data={"code": mail.code})
    elif way == "password":
        give_password(school.people["Alice"])
        enter(client)
    else:
        token = credentials.new_password_token(school.actors["Anna"].account_id, way, now=NOW)
        client.post(f"/password/{token}", data={"password": GOOD})
    signed_in = select(AuditEntry.details).where(AuditEntry.action == "session.signed_in")
    assert db.scalars(signed_in).one() == {"way": way, "device": DEVICE, "network": NETWORK}


def test_an_attack_fills_neither_table(db, school, told, monkeypatch):
    """From 60 networks at 30 accounts, and at addresses that nobody has, for half an hour."""
    monkeypatch.setattr(attempts, "ROWS", 100)
    monkeypatch.setattr(attempts, "LINES", 5)
    for quarter in range(2):
        now = NOW + quarter * attempts.QUARTER
        for number in range(150):
            attempts.note(
                "access.wrong_password",
                network=f"10.0.{number % 60}.0/24",
                subject=f"a hash {number}",
                person_id=number % 2 * (number % 30),
                now=now,
            )
            if number % 50 == 0:
                of_accounts.tell(now=now)
        assert len(db.scalars(select(Attempts.id)).all()) <= attempts.ROWS + 1
    of_accounts.tell(now=NOW + 3 * attempts.QUARTER)
    lines = db.scalars(select(AuditEntry)).all()
    assert len(lines) <= 2 * (4 * attempts.LINES + 1)
    assert sum(line.details["times"] for line in lines) == 300
    assert db.scalars(select(Attempts.id)).all() == []


def test_strangers_crowd_out_no_line_about_an_account(db, school, told):
    for number in range(50):
        attempts.note(
            "access.wrong_password",
            network=NETWORK,
            subject=f"nobody {number}",
            device="",
            now=NOW,
        )
    of_accounts.tell(now=NOW)
    attempts.note(
        "access.wrong_password", network=NETWORK, subject="Anna", person_id=1, device="", now=NOW
    )
    lines = told()
    assert len(lines) == attempts.LINES + 1
    assert lines[-1][1]["person"] == 1


def test_what_comes_later_in_the_quarter_is_told_at_its_end(db, school, told):
    about = {"network": NETWORK, "subject": "Anna", "person_id": 1, "device": DEVICE}
    for _ in range(3):
        attempts.note("access.wrong_code", **about, now=NOW)
    assert [it["times"] for _action, it in told()] == [3]
    for _ in range(4):
        attempts.note("access.wrong_code", **about, now=NOW + timedelta(minutes=5))
    assert [it["times"] for _action, it in told()] == [3]
    of_accounts.tell(now=NOW + attempts.QUARTER)
    assert [it["times"] for _action, it in told()] == [3, 4]


def test_it_is_told_too_when_the_clock_was_put_back(db, school, told):
    attempts.note("access.wrong_code", network=NETWORK, subject="", device="", now=NOW)
    of_accounts.tell(now=NOW - timedelta(days=2))
    assert db.scalars(select(Attempts.id)).all() == []
    assert len(db.scalars(select(AuditEntry.id)).all()) == 1


def test_the_administrator_reads_it_in_words(app, client, school, postbox, told):
    give_password(school.people["Alice"])
    for _ in range(3):
        enter(client, password=WRONG)
    ask(client, NOBODY)
    postbox()
    told()
    anna = app.test_client()
    sign_in(anna, school.people["Anna"])
    page = anna.get("/office/log?group=access", headers={"Accept-Language": "en"}).text
    words = " ".join(page.split())
    assert "typed a wrong password" in words
    assert f"Alice Jansen · {DEVICE} · from {NETWORK} · 3 times" in words
    assert "asked for a mail at an address that nobody has" in words
    assert words.count("somebody") == 2
    with app.test_request_context():
        assert len(load_log(Filters(person="alice")).lines) == 2  # and the password that she got


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.0/24"),
        ("192.0.2.1:5678", "192.0.2.0/24"),
        ("::ffff:192.0.2.1", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("[2001:db8:1:2::6]:99", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unix:", ""),
        ("<script>", ""),
    ],
)
def test_a_network_is_coarse(address, network):
    assert networks.coarse(address) == network


def test_no_secret_address_or_name_is_logged(
    app, client, db, school, moment, postbox, caplog, capfd, told
):
    """Every way in, right and wrong: neither the process's log nor the tables know what was typed."""
    caplog.set_level(logging.INFO)
    give_password(school.people["Alice"])
    secrets = [WRONG, GOOD, NOBODY, CODE, CODE.replace("-", ""), "203.0.113.77"]
    secrets += [ALICE, "vera@school.example", "alice%40family.example"]
    enter(client, password=WRONG)
    enter(client, email=WRONG, password=WRONG)
    enter(client, email=NOBODY, password=WRONG)
    client.post("/sign-in/code", data={"code": CODE})
    for address in (ALICE, NOBODY, "vera@school.example"):
        ask(client, address)
        for mail in (it for it in postbox() if it.subject != NOTICE):
            secrets += [mail.token, mail.link]
            client.get(mail.link)
            if address == ALICE:
                secrets += [mail.code, mail.code.replace("-", "")]
                client.post("/sign-in/code", data={"code": CODE})
                client.post("/sign-in/code", data={"code": mail.code})
                client.get("/office/log")
                client.post("/sign-out")
                client.post(mail.link)
            else:
                client.post(mail.link, data={"password": GOOD})
                with client.session_transaction() as cookie:
                    secrets.append(cookie["_user_id"])
                client.get(mail.link)
    moment.move_to(NOW + timedelta(minutes=11), tick=False)
    client.post("/account/password", data={"password": "kort", "current": WRONG})
    assert len(told()) >= 8
    moment.move_to(NOW + attempts.QUARTER, tick=False)
    told()
    entries = db.scalars(select(AuditEntry)).all()
    counted = db.scalars(select(Attempts)).all()
    promised = db.scalars(select(OutboxMessage)).all()
    tables = json.dumps(
        [
            *([it.action, it.details] for it in entries),
            *([it.network, it.subject, it.line] for it in counted),
            *(it.payload for it in promised),
        ],
        ensure_ascii=False,
    )
    output = "".join(capfd.readouterr())
    for secret in secrets:
        assert secret not in tables, secret
        assert secret not in caplog.text, secret
        assert secret not in output, secret
    for name in ("Alice", "Jansen", "Vera"):
        assert name not in caplog.text + output
