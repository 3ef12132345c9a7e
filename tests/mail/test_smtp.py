from contextlib import nullcontext
from datetime import timedelta
from time import sleep

import pytest

from app.config import Settings
from app.mail import smtp
from app.mail.message import Calendar, compose
from app.mail.smtp import deliver, one_connection
from app.outbox.errors import Permanent, Transient, Unprepared
from app.outbox.worker import LEASE
from app.settings.queries import EMPTY
from tests.mail.server import CERTIFICATE, HANG_UP, MailServer
from tests.sites import SECRET
from tests.small_school import NOW

pytestmark = pytest.mark.only_on("sqlite")  # sending mail is not the database's


def settings(**values):
    return Settings(secret_key=SECRET, site_url="http://localhost", **values)


@pytest.fixture
def message(app):
    return compose(
        "sign_in",
        "alice@family.example",
        language="nl",
        now=NOW,
        calendar=Calendar(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "gesprek.ics", "REQUEST"),
        school=EMPTY,
        link="http://localhost/sign-in/link/x",
        code="7KD2-M0XA",
    )


@pytest.fixture
def _trusted(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def test_a_mail_arrives_whole(message):
    with MailServer() as server:
        deliver(message, settings(**server.settings))

    (mail,) = server.messages
    assert server.recipients == ["alice@family.example"]
    assert mail["From"] == "Tienminuten <tienminuten@school.example>"
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]


@pytest.mark.usefixtures("_trusted")
def test_a_mail_goes_encrypted_with_our_name_and_password(message):
    with MailServer(tls="starttls", user="site", password="secret") as server:
        deliver(message, settings(**server.settings))

    assert server.secured == [True]


@pytest.mark.usefixtures("_trusted")
def test_a_mail_goes_over_tls_from_the_start(message):
    with MailServer(tls="tls") as server:
        deliver(message, settings(**server.settings))

    assert len(server.messages) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_server_with_a_certificate_nobody_knows_gets_nothing(message, tls):
    with MailServer(tls=tls) as server, pytest.raises(Transient, match="SSLCertVerificationError"):
        deliver(message, settings(**server.settings))

    assert server.messages == []


@pytest.mark.parametrize(
    ("answers", "error", "text"),
    [
        ({"RCPT": "451 later"}, Transient, "smtp 451"),
        ({"RCPT": "550 no such alice@family.example"}, Permanent, "smtp 550"),
        ({"DATA": "452 full"}, Transient, "smtp 452"),
        ({"DATA": "554 not wanted: alice"}, Permanent, "smtp 554"),
    ],
)
def test_the_servers_answer_decides_whether_to_try_again(message, answers, error, text):
    with MailServer(answers=answers) as server, pytest.raises(error) as raised:
        deliver(message, settings(**server.settings))

    assert str(raised.value) == text


@pytest.mark.usefixtures("_trusted")
def test_a_wrong_password_of_ours_is_no_fault_of_the_mail(message):
    with MailServer(tls="starttls", user="site", password="secret") as server:
        wrong = settings(**{**server.settings, "smtp_password": "other"})
        with pytest.raises(Transient, match="sign-in refused"):
            deliver(message, wrong)


def test_a_server_without_encryption_gets_nothing_where_it_is_asked(message):
    with MailServer() as server:
        strict = settings(**{**server.settings, "smtp_tls": "starttls"})
        with pytest.raises(Transient, match="no TLS"):
            deliver(message, strict)

    assert server.messages == []


def test_a_server_that_is_away_may_come_back(message):
    with MailServer() as server:
        pass

    with pytest.raises(Transient, match="mail server"):
        deliver(message, settings(**server.settings))


def test_without_a_server_mails_wait(message):
    with pytest.raises(Unprepared):
        deliver(message, settings())


def test_a_server_that_is_slow_at_every_step_is_left_in_time(message, monkeypatch):
    monkeypatch.setattr(smtp, "MOST", 0.6)

    with MailServer(slow={"RCPT": 0.4, "DATA": 0.4}) as server, pytest.raises(Transient):
        deliver(message, settings(**server.settings))


@pytest.mark.parametrize("tls", ["none", "tls"])
@pytest.mark.parametrize("rude", [{"slow": {"QUIT": 2}}, {"answers": {"QUIT": "421 busy"}}])
@pytest.mark.usefixtures("_trusted")
def test_a_mail_that_was_taken_is_sent_though_the_server_says_no_good_bye(
    message, monkeypatch, tls, rude
):
    if "slow" in rude:
        monkeypatch.setattr(smtp, "TIMEOUT", 1)  # time enough for all else on a busy machine

    with MailServer(tls=tls, **rude) as server:
        deliver(message, settings(**server.settings))

    assert len(server.messages) == 1


def test_the_lease_outlives_the_slowest_mail():
    assert timedelta(seconds=smtp.MOST + smtp.TIMEOUT) < LEASE


@pytest.fixture
def letter():
    def compose_to(name):
        return compose(
            "sign_in",
            f"{name}@family.example",
            language="nl",
            now=NOW,
            school=EMPTY,
            link="http://localhost/sign-in/link/x",
            code="7KD2-M0XA",
        )

    return compose_to


def first_names(server):
    return [address.partition("@")[0] for address in server.recipients]


@pytest.mark.parametrize(
    "kind", [{}, {"tls": "starttls", "user": "site", "password": "secret"}, {"tls": "tls"}]
)
@pytest.mark.usefixtures("_trusted")
def test_many_mails_share_a_connection_that_ends_with_them(letter, kind):
    with MailServer(**kind) as server:
        with one_connection():
            for name in ("alice", "bob", "carol"):
                deliver(letter(name), settings(**server.settings))
            assert server.goodbyes == 0
        assert server.goodbyes == 1
        deliver(letter("dave"), settings(**server.settings))

    assert first_names(server) == ["alice", "bob", "carol", "dave"]
    assert (server.connections, server.goodbyes) == (2, 2)


def test_no_connection_carries_more_mails_than_servers_like(letter, monkeypatch):
    monkeypatch.setattr(smtp, "MAILS", 2)

    with MailServer() as server, one_connection():
        for name in "abcde":
            deliver(letter(name), settings(**server.settings))

    assert first_names(server) == list("abcde")
    assert server.connections == 3


TIRED = ("421 too many mails", "451 too many mails", "554 too many mails")


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        *(("MAIL", fault) for fault in (*TIRED, HANG_UP)),
        *(("RCPT", fault) for fault in (*TIRED[:2], HANG_UP)),
        *(("DATA", fault) for fault in TIRED),
    ],
)
def test_a_connection_that_the_server_is_tired_of_costs_no_mail(letter, command, fault):
    with MailServer(answers={command: [None, fault]}) as server, one_connection():
        for name in ("alice", "bob", "carol"):
            deliver(letter(name), settings(**server.settings))

    assert first_names(server) == ["alice", "bob", "carol"]
    assert server.connections == 2


def test_a_server_that_hangs_up_on_who_is_silent_costs_no_mail(letter):
    with MailServer(idle=0.1) as server, one_connection():
        deliver(letter("alice"), settings(**server.settings))
        sleep(0.3)
        deliver(letter("bob"), settings(**server.settings))

    assert first_names(server) == ["alice", "bob"]
    assert server.connections == 2


@pytest.mark.usefixtures("_trusted")
def test_a_connection_made_anew_is_encrypted_and_signed_in_too(letter):
    with (
        MailServer(
            tls="starttls", user="site", password="secret", answers={"MAIL": [None, HANG_UP]}
        ) as server,
        one_connection(),
    ):
        deliver(letter("alice"), settings(**server.settings))
        deliver(letter("bob"), settings(**server.settings))

    assert server.secured == [True, True]


def test_a_mail_whose_answer_is_lost_is_not_sent_again_at_once(letter):
    """The server may have it: then the next attempt doubles it, which is better than none."""
    with MailServer(answers={"KEPT": [None, HANG_UP]}) as server, one_connection():
        deliver(letter("alice"), settings(**server.settings))
        with pytest.raises(Transient, match="SMTPServerDisconnected"):
            deliver(letter("bob"), settings(**server.settings))
        deliver(letter("carol"), settings(**server.settings))

    assert first_names(server) == ["alice", "bob", "carol"]


def test_an_address_that_the_server_refuses_is_no_matter_of_the_others(letter):
    bad = ["b@family.example", "c@family.example"]
    with MailServer(unknown=bad) as server, one_connection():
        for name in "abcd":
            with pytest.raises(Permanent) if name in "bc" else nullcontext():
                deliver(letter(name), settings(**server.settings))

    assert first_names(server) == ["a", "d"]
    assert server.connections == 1


def test_a_mail_is_refused_for_good_only_over_a_connection_of_its_own(letter):
    with MailServer(answers={"DATA": [None, "554 no more", "554 not wanted"]}) as server:
        with one_connection():
            deliver(letter("alice"), settings(**server.settings))
            with pytest.raises(Permanent):
                deliver(letter("bob"), settings(**server.settings))
        assert server.connections == 2


def test_each_mail_of_a_connection_has_its_own_deadline(letter, monkeypatch):
    monkeypatch.setattr(smtp, "MOST", 0.5)

    with MailServer() as server, one_connection():
        deliver(letter("alice"), settings(**server.settings))
        sleep(0.6)
        deliver(letter("bob"), settings(**server.settings))

    assert server.connections == 1


def test_a_second_connection_for_a_mail_gives_it_no_more_time(letter, monkeypatch):
    monkeypatch.setattr(smtp, "MOST", 0.6)

    with (
        MailServer(slow={"RCPT": 0.4}, answers={"RCPT": [None, "421 no"]}) as server,
        one_connection(),
    ):
        deliver(letter("alice"), settings(**server.settings))
        with pytest.raises(Transient, match="mail server"):
            deliver(letter("bob"), settings(**server.settings))

    assert first_names(server) == ["alice"]
