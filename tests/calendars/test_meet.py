"""What is Google's alone."""

from datetime import timedelta

import pytest

from app.calendars.errors import Delayed, Disappeared, Refusal, Refused
from app.calendars.event import Part, hex_of
from app.calendars.provider import LinkState
from app.outbox.errors import Unprepared
from tests.calendars.servers.google import SCOPE, error
from tests.calendars.servers.keys import rsa_key
from tests.calendars.servers.serving import PORTAL, Answer, Fault
from tests.calendars.worlds import EVENING, VERA, event

pytestmark = [pytest.mark.long, pytest.mark.only_on("sqlite")]  # no database is asked

TOKEN = "/token"


def fails(google, reason, *, method="POST", status=403):
    google.server.faults.append(Fault(method, "/events", error(status, reason)))


def test_a_request_that_the_library_sends_twice_by_itself_makes_one_event(google):
    """httplib2 does so when the connection ends without an answer: then the first try gets a 409."""
    google.provider.check(VERA)
    google.breaks("POST", done=True)
    remote = google.provider.create(VERA, event())

    assert len(google.server.asked("POST")) == 2
    assert remote.link == google.only().link


def test_a_deleted_event_cannot_come_back_under_its_id(google):
    remote = google.provider.create(VERA, event())
    google.delete_by_hand(remote.id)
    for again in (False, True):
        with pytest.raises(Disappeared):
            google.provider.create(VERA, event(), again=again)

    assert google.events() == []


def test_an_id_that_is_somebody_elses_is_left_alone(google):
    remote = google.provider.create(VERA, event())
    google.mailbox.events[remote.id]["extendedProperties"]["private"] = {}
    with pytest.raises(Refused) as refused:
        google.provider.create(VERA, event(key=event().key))

    assert refused.value.refusal is Refusal.KEY_TAKEN


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"])
def test_too_many_requests_pass(google, reason):
    fails(google, reason)
    with pytest.raises(Delayed):
        google.provider.create(VERA, event())

    assert google.provider.create(VERA, event(), again=True).state is LinkState.READY


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        ("notACalendarUser", Refusal.MAILBOX_UNKNOWN),
        ("accessNotConfigured", Refusal.CALENDAR_OFF),
        ("insufficientPermissions", Refusal.DELEGATION_MISSING),
        ("forbiddenForServiceAccounts", Refusal.ACCESS_DENIED),
    ],
)
def test_a_right_that_is_missing_does_not_pass(google, reason, refusal):
    fails(google, reason)
    with pytest.raises(Refused) as refused:
        google.provider.create(VERA, event())

    assert refused.value.refusal is refusal
    assert len(google.server.asked("POST")) == 1


def test_a_meeting_that_google_failed_to_make_is_asked_for_by_another_name(google):
    google.mailbox.failures = 2
    remote = google.provider.create(VERA, event())
    assert remote.state is LinkState.PENDING
    assert google.provider.look(VERA, remote.id, event()).state is LinkState.PENDING
    remote = google.provider.look(VERA, remote.id, event())

    assert (remote.state, remote.link) == (LinkState.READY, google.only().link)
    asked = [it.json["conferenceData"]["createRequest"] for it in google.server.asked("PATCH")]
    assert [it["requestId"][-2:] for it in asked] == ["-2", "-3"]


def test_a_meeting_that_google_never_makes_is_given_up(google):
    google.mailbox.failures = 10
    remote = google.provider.create(VERA, event())
    for _ in range(5):
        remote = google.provider.look(VERA, remote.id, event())

    assert (remote.state, remote.refusal) == (LinkState.NONE, Refusal.MEETING_FAILED)
    assert len(google.server.asked("PATCH")) == 2


def test_a_change_keeps_the_meeting_and_asks_for_no_other(google):
    remote = google.provider.create(VERA, event())
    moved = event(starts_at=EVENING + timedelta(hours=1))
    google.provider.change(VERA, remote.id, moved, parts=set(Part), link=remote.link)

    (asked,) = google.server.asked("PATCH")
    assert "conferenceData" not in asked.json
    assert asked.query["sendUpdates"] == "none"


def test_a_change_that_is_refused_for_another_reason_is_no_deletion(google):
    remote = google.provider.create(VERA, event())
    fails(google, "forbidden", method="PATCH")
    with pytest.raises(Refused):
        google.provider.change(VERA, remote.id, event(), parts={Part.TIMES}, link=remote.link)


def test_a_calendar_without_meet_is_asked_once_more_without(google):
    google.mailbox.meetings = False
    google.provider.create(VERA, event())

    assert ["conferenceData" in it.json for it in google.server.asked("POST")] == [True, False]


def test_what_was_never_there_and_what_is_gone_are_told_apart(google):
    assert not google.provider.remove(VERA, None, event().key)
    google.provider.create(VERA, event())
    assert google.provider.remove(VERA, None, event().key)
    assert google.provider.remove(VERA, hex_of(event().key), event().key)


def test_we_act_for_the_teacher(google):
    google.provider.create(VERA, event())
    assert google.server._tokens.popitem()[1] == VERA


def test_a_teacher_outside_the_schools_domain_is_not_tried(google):
    with pytest.raises(Refused) as refused:
        google.provider.create("vera@elsewhere.example", event())

    assert refused.value.refusal is Refusal.OUTSIDE_DOMAIN
    assert google.server.seen == []


def test_a_delegation_that_is_withdrawn_is_called_so(google):
    google.provider.check(VERA)
    google.server.granted = set()
    google.end_tokens()
    with pytest.raises(Refused) as refused:
        google.provider.create(VERA, event())
    assert refused.value.refusal is Refusal.DELEGATION_MISSING
    google.server.granted = {SCOPE}

    assert google.provider.create(VERA, event())


def test_a_key_that_is_withdrawn_is_called_so(google):
    rsa_key("withdrawn")  # making one takes a while
    google.server.knows_key = False
    with pytest.raises(Refused) as refused:
        google.provider.create(VERA, event())

    assert refused.value.refusal is Refusal.KEY_REFUSED


def test_a_wrong_clock_is_called_so(google):
    google.server.is_early = timedelta(hours=1)
    with pytest.raises(Refused) as refused:
        google.provider.create(VERA, event())

    assert refused.value.refusal is Refusal.CLOCK_WRONG


@pytest.mark.parametrize(
    "answer",
    [Answer(503), Answer(200, PORTAL), Answer(403, PORTAL), Answer(200, []), Answer(200, {})],
)
def test_a_sign_in_that_does_not_work_is_tried_again(google, answer):
    google.server.faults += [Fault("POST", TOKEN, answer) for _ in range(3)]  # it tries by itself
    with pytest.raises(Delayed):
        google.provider.create(VERA, event())
    google.server.faults.clear()

    assert google.provider.create(VERA, event(), again=True)


def test_a_sign_in_that_a_portal_answers_in_the_middle_is_tried_again(google):
    remote = google.provider.create(VERA, event())
    google.end_tokens()
    google.server.faults.append(Fault("POST", TOKEN, Answer(200, PORTAL)))
    with pytest.raises(Delayed):
        google.provider.look(VERA, remote.id, event())

    assert google.provider.look(VERA, remote.id, event()) == remote


def test_tokens_are_kept(google):
    for number in range(3):
        google.provider.create(VERA, event(key=f"{number}/7/1"))

    assert len(google.server.asked("POST", TOKEN)) == 1


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"client_email": "a", "token_uri": "b"}'])
def test_a_key_file_that_cannot_be_read_waits_for_the_operator(google, text):
    if text is None:
        google.key_file.unlink()
    else:
        google.key_file.write_text(text)
    with pytest.raises(Unprepared):
        google.provider.create(VERA, event())


def test_without_a_key_file_google_waits_for_the_operator(google):
    with pytest.raises(Unprepared):
        google.make(google_service_account_file="").create(VERA, event())


def test_a_check_reads_a_key_file_that_was_mended(google):
    good = google.key_file.read_text()
    google.write_key_file("http://127.0.0.1:1")
    with pytest.raises(Delayed):
        google.provider.check(VERA)
    google.key_file.write_text(good)

    assert google.provider.check(VERA) is None
