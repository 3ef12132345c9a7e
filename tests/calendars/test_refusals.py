"""Who is refused, who has to wait, and what is told of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.calendars.errors import Delayed, Refusal, Refused
from app.calendars.event import Part, key_of
from app.calendars.provider import LinkState
from tests.calendars.worlds import BART, EVENING, FAULTS, VERA, event, persist

pytestmark = [pytest.mark.long, pytest.mark.only_on("sqlite")]  # no database is asked

TIMES = {Part.TIMES}


def test_a_mailbox_says_for_how_long_it_is_to_be_left_alone(world):
    world.fails("POST", 429, **{"Retry-After": "7"})
    with pytest.raises(Delayed) as delayed:
        world.provider.create(VERA, event())
    assert delayed.value.retry_after == 7
    world.provider.create(BART, event())


def test_a_mailbox_is_asked_again_after_its_wait(world):
    world.fails("POST", 503, **{"Retry-After": "0.05"})

    assert persist(lambda again: world.provider.create(VERA, event(), again=again), tries=10**4)


def test_two_hundred_talks_of_one_teacher(world):
    world.server.slow = 0.001
    keys = [key_of(f"talk-{number}", 7, 1) for number in range(200)]
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda key: world.provider.create(VERA, event(key=key)), keys))

    assert len({it.link for it in made}) == len(world.events()) == 200
    assert len([it for it in world.server.seen if "/events" not in it.path]) < 20  # few sign-ins


def test_a_mailbox_without_meetings_has_the_event_and_says_why_there_is_no_link(world):
    world.mailbox.meetings = False
    remote = persist(lambda again: world.provider.create(VERA, event(), again=again))

    assert (remote.state, remote.refusal) == (LinkState.NONE, Refusal.NO_MEETING)
    assert world.only().link is None
    assert world.provider.create(VERA, event(), again=True) == remote


@pytest.mark.parametrize("gone", ["removed", "disabled"])
def test_a_teacher_who_is_gone_is_refused(world, gone):
    if gone == "removed":
        del world.server.mailboxes[VERA]
    else:
        world.mailbox.enabled = False
    with pytest.raises(Refused) as refused:
        world.provider.create(VERA, event())

    assert refused.value.refusal is Refusal.MAILBOX_UNKNOWN
    world.provider.create(BART, event())


def test_a_right_that_is_withdrawn_is_refused_until_it_is_given_again(world):
    remote = world.provider.create(VERA, event())
    world.mailbox.permitted = False
    for call in (
        lambda: world.provider.create(VERA, event(key="other/7/1")),
        lambda: world.provider.look(VERA, remote.id, event()),
        lambda: world.provider.check(VERA),
        lambda: world.provider.remove(VERA, remote.id, event().key),
    ):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.refusal is Refusal.ACCESS_DENIED
    world.mailbox.permitted = True

    assert world.provider.check(VERA) is None


def test_an_event_that_the_provider_refuses_is_not_tried_again(world):
    with pytest.raises(Refused) as refused:
        world.provider.create(VERA, event(ends_at=EVENING, meeting=False))

    assert refused.value.refusal is Refusal.EVENT_REFUSED
    assert len(world.server.asked("POST")) == 1


def test_a_token_that_ends_in_the_middle_is_renewed(world):
    remote = world.provider.create(VERA, event())
    world.end_tokens()

    assert world.provider.look(VERA, remote.id, event()) == remote
    world.end_tokens()
    assert world.provider.remove(VERA, remote.id, event().key)


def test_a_token_that_is_never_taken_is_a_refusal(world):
    world.fails("GET", 401)
    world.fails("GET", 401)
    with pytest.raises(Refused) as refused:
        world.provider.look(VERA, "some", event())

    assert refused.value.refusal is Refusal.SIGN_IN_REFUSED


def test_a_check_changes_nothing(world):
    assert world.provider.check(VERA) is None
    assert world.server.asked("POST") == []
    assert world.events() == []


def test_nothing_is_asked_before_the_first_event(world):
    world.make()

    assert world.server.seen == []


def test_nothing_secret_is_logged(world, caplog):
    caplog.set_level("INFO")
    link = world.provider.create(VERA, event()).link
    world.end_tokens()
    for fault in FAULTS.values():
        fault(world)
    with pytest.raises(AssertionError):
        persist(lambda again: world.provider.create(VERA, event(key="k/7/1")), tries=8)
    del world.server.mailboxes[VERA]
    with pytest.raises(Refused):
        world.make().check(VERA)

    text = caplog.text + "".join(str(it.exc_info) for it in caplog.records)
    assert "app.calendars" in text
    for secret in (
        VERA,
        "vera",
        link,
        "Bearer",
        "secret",
        "Tienminuten",
        "Lokaal",
        "guest network",
    ):
        assert secret not in text
    for request in world.server.seen:
        token = request.headers.get("Authorization", "Bearer -x-").removeprefix("Bearer ")
        assert token not in text
