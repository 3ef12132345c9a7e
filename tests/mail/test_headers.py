"""The headers that arrive, read by the standard library's old parser, which shares no code."""

import email
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import getaddresses

import pytest

from app.accounts import service as accounts
from app.handlers import HANDLERS
from app.mail.headers import POLICY
from app.mail.message import compose
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.outbox.worker import deliver_due
from app.settings.queries import EMPTY
from tests.mail.server import HANG_UP, MailServer
from tests.small_school import NOW


def header(mail):
    """Return the headers as they arrive."""
    head = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")).split(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 78
    return email.message_from_bytes(head + b"\r\n\r\n")


def sign_in(**values):
    """Return a sign-in mail from a school with these values."""
    link = {"link": "http://localhost/x", "code": "7KD2-M0XA", "school": replace(EMPTY, **values)}
    return compose("sign_in", "a@b.example", language="en", now=NOW, **link)


def unfolded(header):
    return str(make_header(decode_header(header.replace("\r\n", "").lstrip())))


def senders(mail):
    found = getaddresses([it.replace("\r\n", "") for it in header(mail).get_all("From")])
    return [(unfolded(name), address) for name, address in found]


@pytest.mark.parametrize(
    "words", ["Het Baken, ", "Zoë, ", '"q" ', "; <x> ", "(c) ", "Школа ", "a.b@c ", "x", "=?é?= "]
)
def test_a_name_of_any_length_is_one_sender(words):
    wrong = []
    for length in range(1, 201):
        mail, name = EmailMessage(policy=POLICY), (words * 200)[:length].strip()
        mail["From"] = Address(name, addr_spec="tienminuten@school.example")
        if senders(mail) != [(name, "tienminuten@school.example")]:
            wrong.append((length, senders(mail)))
    assert wrong == []


@pytest.mark.parametrize("name", ["Het Baken, " * 7 + "Zuid", "Zoë, " * 16 + "x", "Het Baken"])
def test_a_school_is_one_sender(app, name):
    assert senders(sign_in(name=name)) == [(name, "tienminuten@school.example")]


@pytest.mark.parametrize(
    "sign", "\a\v\f\r\x1c\x1d\x1e\x7f\x85\u2028\u2029", ids=lambda sign: f"{ord(sign):x}"
)
def test_no_character_of_a_name_keeps_a_mail_from_being_sent(app, sign):
    """Names are cleaned when they are saved; one that was there before is cleaned here."""
    mail = sign_in(name=f"Het{sign}Baken")
    assert senders(mail) == [("Het Baken", "tienminuten@school.example")]
    assert unfolded(header(mail)["Subject"]) == "Sign in at Het Baken"


def test_a_mail_that_is_sent_again_is_the_same_to_servers_and_no_other_is(app, school, monkeypatch):
    for name in ("Vera", "Kader"):
        promise = {"account_id": accounts.account_of(school.people[name])}
        outbox.enqueue(Promise.SEND_INVITATION, promise, now=NOW)
    with MailServer(answers={"KEPT": [HANG_UP]}) as server:
        settings = app.config["SETTINGS"].model_copy(update=server.settings)
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        assert deliver_due(HANDLERS, now=NOW) == 1
        assert deliver_due(HANDLERS, now=NOW + timedelta(seconds=20)) == 1

    vera, kader, again = [mail["Message-ID"] for mail in server.messages]
    assert [address[:4] for address in server.recipients] == ["vera", "kade", "vera"]
    assert vera == again != kader
    assert "vera" not in vera


def test_mails_outside_of_a_promise_each_have_an_id_of_their_own(app):
    ids = {sign_in()["Message-ID"] for _mail in range(3)}
    assert len(ids) == 3
