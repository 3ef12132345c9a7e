from datetime import timedelta

import pytest

from app.config import Settings
from app.mail import smtp
from app.mail.message import Calendar, compose
from app.mail.smtp import deliver
from app.outbox.errors import Permanent, Transient, Unprepared
from app.outbox.worker import LEASE
from app.settings.queries import EMPTY
from tests.mail.server import CERTIFICATE, MailServer
from tests.sites import SECRET
from tests.small_school import NOW


def settings(**values):
    return Settings(secret_key=SECRET, site_url="http://localhost", **values)


@pytest.fixture
def message(app):
    return compose(
        "sign_in",
        "alice@family.example",
        language="nl",
        sender_name="Het Baken",
        now=NOW,
        calendar=Calendar("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "REQUEST"),
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
    assert mail["From"] == "Het Baken <tienminuten@school.example>"
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
@pytest.mark.parametrize("rude", [{"slow": {"QUIT": 1}}, {"answers": {"QUIT": "421 busy"}}])
@pytest.mark.usefixtures("_trusted")
def test_a_mail_that_was_taken_is_sent_though_the_server_says_no_good_bye(
    message, monkeypatch, tls, rude
):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)

    with MailServer(tls=tls, **rude) as server:
        deliver(message, settings(**server.settings))

    assert len(server.messages) == 1


def test_the_lease_outlives_the_slowest_mail():
    assert timedelta(seconds=smtp.MOST + smtp.TIMEOUT) < LEASE
