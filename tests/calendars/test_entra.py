"""How the site signs in at Microsoft."""

from datetime import timedelta
from time import monotonic

import pytest

from app.calendars.certificate import certificate_ends
from app.calendars.errors import Delayed, Refusal, Refused
from app.core import clock
from app.outbox.errors import Unprepared
from tests.calendars.servers import entra
from tests.calendars.servers.keys import certificate, certificate_pem, pem, rsa_key
from tests.calendars.servers.serving import PORTAL, Answer, Fault
from tests.calendars.worlds import PATIENCE, VERA, event

pytestmark = [pytest.mark.long, pytest.mark.only_on("sqlite")]  # no database is asked

TOKEN = "/oauth2/v2.0/token"
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def certified(microsoft, tmp_path):
    """Settings with a certificate instead of a secret; ``key`` may be another's."""

    def certified_(*, key="ours", shown=None):
        ours = certificate(rsa_key("ours"))
        microsoft.server.entra.certificate = ours
        files = {"certificate": certificate_pem(shown or ours), "key": pem(rsa_key(key))}
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        return {
            "ms_client_secret": "",
            "ms_client_certificate_file": str(tmp_path / "certificate"),
            "ms_client_certificate_key_file": str(tmp_path / "key"),
        }

    return certified_


def test_tokens_are_kept(microsoft):
    for number in range(3):
        microsoft.provider.create(VERA, event(key=f"{number}/7/1"))

    assert len(microsoft.server.asked("POST", TOKEN)) == 1
    assert len(microsoft.server.asked("GET", DISCOVERY)) == 1


def test_a_certificate_signs_us_in(microsoft, certified):
    provider = microsoft.make(**certified())

    assert provider.check(VERA) is None
    (asked,) = microsoft.server.asked("POST", TOKEN)
    assert "client_secret" not in asked.values


def test_a_certificate_goes_before_a_secret(microsoft, certified):
    provider = microsoft.make(**{**certified(), "ms_client_secret": "wrong"})

    assert provider.check(VERA) is None


def test_a_certificate_that_the_registration_does_not_have_is_refused(microsoft, certified):
    other = certificate(rsa_key("ours"), days=20)
    with pytest.raises(Refused) as refused:
        microsoft.make(**certified(shown=other)).check(VERA)

    assert refused.value.refusal is Refusal.CERTIFICATE_REFUSED


def test_a_wrong_clock_is_called_so(microsoft, certified):
    microsoft.server.entra.is_early = timedelta(hours=1)
    with pytest.raises(Refused) as refused:
        microsoft.make(**certified()).check(VERA)

    assert refused.value.refusal is Refusal.CLOCK_WRONG


def test_a_secret_comes_from_a_file(microsoft, tmp_path):
    (tmp_path / "secret").write_text(f"{entra.SECRET}\n")
    settings = {"ms_client_secret": "", "ms_client_secret_file": str(tmp_path / "secret")}

    assert microsoft.make(**settings).check(VERA) is None


def test_what_is_not_set_waits_for_the_operator(microsoft, certified, tmp_path):
    (tmp_path / "no.pem").write_text("nothing")
    no_pem = str(tmp_path / "no.pem")
    for settings in (
        {"ms_tenant_id": ""},
        {"ms_client_id": ""},
        {"ms_client_secret": ""},
        {"ms_client_secret": "", "ms_client_secret_file": "/nowhere"},
        {**certified(), "ms_client_certificate_key_file": ""},
        {**certified(), "ms_client_certificate_file": no_pem},
        {**certified(), "ms_client_certificate_key_file": no_pem},
        certified(key="another"),
    ):
        with pytest.raises(Unprepared):
            microsoft.make(**settings).create(VERA, event())
    assert microsoft.server.seen == []


def test_the_end_of_a_certificate_is_known(microsoft, certified):
    ends = certificate_ends(microsoft.settings(**certified()))

    assert 29 <= (ends - clock.now()).days <= 30
    assert certificate_ends(microsoft.settings()) is None


@pytest.mark.parametrize(
    ("settings", "refusal"),
    [
        ({"ms_client_secret": "wrong"}, Refusal.SECRET_WRONG),
        ({"ms_client_id": "unknown"}, Refusal.CLIENT_UNKNOWN),
        ({"graph_scope": "https://graph.example/Calendars.ReadWrite"}, Refusal.SIGN_IN_REFUSED),
    ],
)
def test_a_sign_in_that_is_refused_says_why(microsoft, settings, refusal):
    with pytest.raises(Refused) as refused:
        microsoft.make(**settings).create(VERA, event())

    assert refused.value.refusal is refusal


def test_an_unknown_tenant_is_called_so(microsoft):
    authority = f"{microsoft.server.url}/22222222-2222-2222-2222-222222222222"
    with pytest.raises(Refused) as refused:
        microsoft.make(ms_authority=authority).check(VERA)

    assert refused.value.refusal is Refusal.TENANT_UNKNOWN


@pytest.mark.parametrize(
    ("code", "refusal"),
    [(7000222, Refusal.SECRET_EXPIRED), (7000215, Refusal.SECRET_WRONG), (1, None), (90033, None)],
)
def test_a_secret_that_ends_in_the_middle(microsoft, code, refusal):
    remote = microsoft.provider.create(VERA, event())
    microsoft.end_tokens()
    microsoft.server.entra.refuses = code
    if code == 90033:
        with pytest.raises(Delayed):
            microsoft.provider.look(VERA, remote.id, event())
    else:
        with pytest.raises(Refused) as refused:
            microsoft.provider.look(VERA, remote.id, event())
        assert refused.value.refusal is (refusal or Refusal.SIGN_IN_REFUSED)
    microsoft.server.entra.refuses = None
    microsoft.provider.forget()

    assert microsoft.provider.look(VERA, remote.id, event()) == remote


@pytest.mark.parametrize("on", [TOKEN, DISCOVERY])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(503),
        Answer(429),
        Answer(429, {"error": "some"}),
        Answer(200, PORTAL),
        Answer(403, PORTAL),
        Answer(200, []),
    ],
)
def test_a_sign_in_that_does_not_work_is_tried_again(microsoft, on, answer):
    method = "POST" if on == TOKEN else "GET"
    microsoft.server.faults.append(Fault(method, on, answer))
    with pytest.raises(Delayed):
        microsoft.provider.create(VERA, event())
    microsoft.provider.forget()

    assert microsoft.provider.create(VERA, event())


def test_a_check_asks_anew_what_msal_remembers_as_failed(microsoft):
    microsoft.server.faults.append(Fault("POST", TOKEN, Answer(503)))
    for _ in range(2):
        with pytest.raises(Delayed):
            microsoft.provider.create(VERA, event())
    assert len(microsoft.server.asked("POST", TOKEN)) == 1  # the second answer is its memory

    assert microsoft.provider.check(VERA) is None


def test_a_sign_in_that_hangs_is_given_up_in_time(microsoft):
    microsoft.server.faults.append(Fault("POST", TOKEN))
    provider = microsoft.make(calendar_http_timeout=PATIENCE)
    began = monotonic()
    with pytest.raises(Delayed):
        provider.create(VERA, event())

    assert monotonic() - began < 2


def test_a_password_of_netrc_is_not_sent(microsoft, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    assert microsoft.provider.check(VERA) is None


def test_a_server_that_nobody_vouches_for_gets_nothing(microsoft, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(Delayed, match="SSLError"):
        microsoft.provider.create(VERA, event())

    assert microsoft.server.seen == []


def test_a_token_that_msal_cannot_read_is_not_logged(microsoft, caplog):
    half = '{"token_type": "Bearer", "access_token": "abcdefgh'
    microsoft.server.faults.append(Fault("POST", TOKEN, Answer(200, half)))
    with pytest.raises(Delayed):
        microsoft.provider.create(VERA, event())

    assert "abcdefgh" not in caplog.text
