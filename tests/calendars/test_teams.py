"""What is Microsoft's alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.calendars.entra import certificate_ends
from app.calendars.errors import AlreadyThere, Delayed, Refusal, Refused
from app.calendars.event import Part, key_of
from app.calendars.provider import LinkState
from app.core import clock
from app.outbox.errors import Unprepared
from tests.calendars.servers import entra
from tests.calendars.servers.keys import certificate, certificate_pem, pem, rsa_key
from tests.calendars.servers.serving import PORTAL, Answer, Fault
from tests.calendars.worlds import BART, EVENING, VERA, event, persist

TIMES = {Part.TIMES}
TOKEN = "/oauth2/v2.0/token"
DISCOVERY = "/.well-known/openid-configuration"
REPEATS = ["first", 409, 400, "second"]


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


@pytest.mark.parametrize("repeats", REPEATS)
@pytest.mark.parametrize("hidden", [0, 1, 2])
def test_whatever_a_repeated_request_gets_there_is_one_event(microsoft, repeats, hidden):
    microsoft.mailbox.repeats = repeats
    microsoft.fails("POST", 503, done=True)
    with pytest.raises(Delayed):
        microsoft.provider.create(VERA, event())
    microsoft.mailbox.hidden = hidden  # the search does not see it at once

    remote = persist(lambda again: microsoft.provider.create(VERA, event(), again=True))

    assert remote.id == microsoft.only().id
    assert remote.link == microsoft.only().link


@pytest.mark.parametrize("repeats", REPEATS)
def test_an_event_in_doubt_that_moved_gets_its_new_time_however_it_is_found(microsoft, repeats):
    microsoft.mailbox.repeats = repeats
    microsoft.fails("POST", 503, done=True)
    with pytest.raises(Delayed):
        microsoft.provider.create(VERA, event())
    microsoft.mailbox.hidden = 1
    moved = event(starts_at=EVENING + timedelta(hours=1))
    persist(lambda again: microsoft.provider.create(VERA, moved, again=True))

    assert microsoft.only().starts_at == moved.starts_at


@pytest.mark.parametrize("repeats", REPEATS)
def test_a_write_after_we_gave_up_leaves_one_event_at_the_latest_with_the_next_try(
    microsoft, repeats
):
    microsoft.mailbox.repeats = repeats
    microsoft.provider.check(VERA)
    microsoft.hangs("POST", late=True)
    with pytest.raises(Delayed):
        microsoft.provider.create(VERA, event())
    first = persist(lambda again: microsoft.provider.create(VERA, event(), again=True))
    microsoft.server.release()
    if repeats == "second":  # nobody can have known
        assert len(microsoft.events()) == 2
        assert microsoft.provider.create(VERA, event(), again=True) == first

    assert microsoft.only().id == first.id


def test_an_event_that_is_there_and_cannot_be_found_yet_is_tried_later(microsoft):
    microsoft.mailbox.repeats = 409
    microsoft.provider.create(VERA, event())
    microsoft.mailbox.hidden = 2
    with pytest.raises(AlreadyThere):
        microsoft.provider.create(VERA, event(), again=True)

    assert microsoft.provider.create(VERA, event(), again=True).id == microsoft.only().id


def test_twins_that_came_to_be_nevertheless_become_one_by_the_next_try(microsoft):
    microsoft.mailbox.repeats = "second"
    first = microsoft.provider.create(VERA, event())
    microsoft.provider.create(VERA, event())
    assert len(microsoft.events()) == 2

    assert microsoft.provider.create(VERA, event(), again=True) == first
    assert microsoft.only().id == first.id


def test_twins_leave_together(microsoft):
    microsoft.mailbox.repeats = "second"
    for _ in range(2):
        microsoft.provider.create(VERA, event())

    assert microsoft.provider.remove(VERA, None, event().key)
    assert microsoft.events() == []


def test_an_event_of_another_talk_is_not_found_by_its_key(microsoft):
    quoted = event(key="it's/7/1")
    microsoft.provider.create(VERA, event())
    remote = microsoft.provider.create(VERA, quoted)

    assert microsoft.provider.create(VERA, quoted, again=True) == remote
    assert len(microsoft.events()) == 2


def test_an_event_in_another_calendar_is_still_ours(microsoft):
    """Every request asks for ids that stay; the server refuses one that does not."""
    microsoft.provider.create(VERA, event())

    assert all(
        it.headers["Prefer"] == 'IdType="ImmutableId"'
        for it in microsoft.server.seen
        if it.path.startswith("/v1.0/")
    )


def test_the_text_is_never_sent_again(microsoft):
    """A text without Teams' own part ends the meeting, and only Teams knows that part."""
    remote = microsoft.provider.create(VERA, event())
    microsoft.provider.change(VERA, remote.id, event(), parts=set(Part), link=remote.link)
    microsoft.mailbox.on_patch = "lose"
    microsoft.provider.change(VERA, remote.id, event(), parts=set(Part), link=remote.link)

    assert [it for it in microsoft.server.asked("PATCH") if "body" in it.json] == []


def test_a_link_that_only_the_answer_leaves_out_stays_the_same(microsoft):
    remote = microsoft.provider.create(VERA, event())
    microsoft.mailbox.on_patch = "omit"
    after = microsoft.provider.change(VERA, remote.id, event(), parts=TIMES, link=remote.link)

    assert after == remote
    assert len(microsoft.server.asked("PATCH")) == 1


def test_a_link_that_comes_back_late_is_waited_for(microsoft):
    remote = microsoft.provider.create(VERA, event())
    microsoft.mailbox.on_patch = "lose"
    microsoft.mailbox.events[remote.id]["polls"] = 3
    after = microsoft.provider.change(VERA, remote.id, event(), parts=TIMES, link=remote.link)

    assert after.state is LinkState.PENDING


def test_a_mailbox_without_teams_is_told_beforehand(microsoft):
    microsoft.mailbox.meetings = False

    assert microsoft.provider.check(VERA) is Refusal.NO_MEETING


def test_a_token_without_roles_is_good_enough(microsoft):
    """With RBAC for Applications there are none in it: only an answer tells what is allowed."""
    assert microsoft.provider.check(VERA) is None
    microsoft.mailbox.permitted = False
    with pytest.raises(Refused):
        microsoft.provider.check(VERA)
    assert microsoft.provider.check(BART) is None


def test_more_than_four_at_once_are_never_asked_for(microsoft):
    microsoft.server.slow = 0.01
    keys = [key_of(f"talk-{number}", 7, 1) for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: microsoft.provider.create(VERA, event(key=key)), keys))

    assert microsoft.mailbox.most_at_once == 2


def test_a_mailbox_that_has_enough_is_left_alone(microsoft):
    """Somebody else, another process perhaps, has all four places."""
    microsoft.mailbox.at_once = 4
    with pytest.raises(Delayed, match="429 ApplicationThrottled") as delayed:
        microsoft.provider.create(VERA, event())

    assert delayed.value.retry_after == 1


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
    "answer", [Answer(503), Answer(429), Answer(200, PORTAL), Answer(403, PORTAL), Answer(200, [])]
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


def test_a_password_of_netrc_is_not_sent(microsoft, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    assert microsoft.provider.check(VERA) is None


def test_a_server_that_nobody_vouches_for_gets_nothing(microsoft, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(Delayed, match="SSLError"):
        microsoft.provider.create(VERA, event())

    assert microsoft.server.seen == []


def test_a_name_with_signs_is_one_part_of_the_path(microsoft):
    odd = "vera_school.example#EXT#@other.example"
    microsoft.server.mailboxes[odd] = microsoft.mailbox

    assert microsoft.provider.check(odd) is None
