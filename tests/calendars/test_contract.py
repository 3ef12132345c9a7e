"""What holds for calendars of Microsoft and of Google, whatever happens on the way."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.calendars.errors import Delayed, Disappeared, Refusal, Refused
from app.calendars.event import Part, key_of
from app.calendars.provider import LinkState
from tests.calendars.servers.serving import PORTAL
from tests.calendars.worlds import BART, EVENING, VERA, event, persist

TIMES = {Part.TIMES}


def test_a_talk_is_one_private_event_with_a_link(world):
    remote = world.provider.create(VERA, event())

    told = world.only()
    assert (remote.id, remote.link, remote.state) == (told.id, told.link, LinkState.READY)
    assert told.is_private
    assert told.key == event().key
    assert (told.starts_at, told.ends_at) == (EVENING, EVENING + timedelta(minutes=10))
    assert (told.subject, told.place) == ("Tienminutengesprek", "Lokaal 12")
    assert world.events(BART) == []


def test_a_talk_at_school_has_no_meeting(world):
    remote = world.provider.create(VERA, event(meeting=False))

    assert (remote.state, remote.link, remote.refusal) == (LinkState.NONE, "", None)
    assert world.only().link is None


FAULTS = {
    "503 before": lambda world: world.fails("POST", 503),
    "503 after": lambda world: world.fails("POST", 503, done=True),
    "429 before": lambda world: world.fails("POST", 429),
    "408 after": lambda world: world.fails("POST", 408, done=True),
    "redirect after": lambda world: world.fails("POST", 302, done=True, Location="/elsewhere"),
    "page before": lambda world: world.says("POST", PORTAL),
    "page after": lambda world: world.says("POST", PORTAL, done=True),
    "page with 403": lambda world: world.says("POST", PORTAL, 403),
    "list": lambda world: world.says("POST", []),
    "empty object": lambda world: world.says("POST", {}, done=True),
    "dropped before": lambda world: world.breaks("POST"),
    "dropped after": lambda world: world.breaks("POST", done=True),
    "dropped twice after": lambda world: world.breaks("POST", done=True, times=2),
    "hangs before": lambda world: world.hangs("POST"),
    "hangs after": lambda world: world.hangs("POST", done=True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_is_lost_makes_no_second_event(world, fault):
    FAULTS[fault](world)

    remote = persist(lambda again: world.provider.create(VERA, event(), again=again))

    told = world.only()
    assert (remote.id, remote.link) == (told.id, told.link)


def test_a_provider_that_writes_after_we_gave_up_makes_no_second_event(world):
    world.provider.check(VERA)
    world.hangs("POST", late=True)
    with pytest.raises(Delayed):
        world.provider.create(VERA, event())
    assert world.events() == []

    remote = persist(lambda again: world.provider.create(VERA, event(), again=True))
    world.server.release()

    assert world.only().id == remote.id


def test_ten_tries_make_one_event(world):
    remotes = {world.provider.create(VERA, event(), again=bool(number)) for number in range(10)}

    assert {remote.id for remote in remotes} == {world.only().id}


def test_two_workers_at_once_make_one_event(world):
    other = world.make()
    world.server.slow = 0.02
    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(it.create, VERA, event()) for it in (world.provider, other)]
    ids = {it.result().id for it in tries}

    assert ids == {world.only().id}


def test_a_talk_that_moves_keeps_its_event_and_link(world):
    before = world.provider.create(VERA, event())
    moved = event(starts_at=EVENING + timedelta(hours=1), subject="Anders", place="Elders")
    after = world.provider.change(VERA, before.id, moved, parts=TIMES, link=before.link)

    told = world.only()
    assert after == before
    assert told.starts_at == EVENING + timedelta(hours=1)
    assert told.link == before.link
    assert (told.subject, told.place) == ("Tienminutengesprek", "Lokaal 12")  # only what changed
    (asked,) = world.server.asked("PATCH")
    assert asked.json.keys() == {"start", "end"}


def test_of_ten_moves_the_last_one_holds(world):
    remote = world.provider.create(VERA, event())
    for minutes in range(10, 101, 10):
        moved = event(starts_at=EVENING + timedelta(minutes=minutes))
        world.provider.change(VERA, remote.id, moved, parts=TIMES, link=remote.link)

    assert world.only().starts_at == EVENING + timedelta(minutes=100)
    assert world.only().link == remote.link


@pytest.mark.parametrize("fault", ["503 after", "503 before", "dropped twice after"])
def test_a_talk_that_moved_while_its_event_was_in_doubt_is_there_once_at_its_new_time(world, fault):
    FAULTS[fault](world)
    with pytest.raises(Delayed):
        world.provider.create(VERA, event())
    moved = event(starts_at=EVENING + timedelta(hours=1), place="Lokaal 13")
    remote = world.provider.create(VERA, moved, again=True)

    told = world.only()
    assert told.starts_at == EVENING + timedelta(hours=1)
    assert told.place == "Lokaal 13"
    assert (remote.link, remote.state) == (told.link, LinkState.READY)


def test_a_room_and_a_subject_change_alone(world):
    remote = world.provider.create(VERA, event())
    changed = event(place="Aula", subject="Gesprek")
    world.provider.change(
        VERA, remote.id, changed, parts={Part.PLACE, Part.SUBJECT}, link=remote.link
    )

    assert (world.only().place, world.only().subject) == ("Aula", "Gesprek")
    assert world.only().starts_at == EVENING


def test_nothing_to_change_only_looks(world):
    remote = world.provider.create(VERA, event())

    assert world.provider.change(VERA, remote.id, event(), parts=set(), link=remote.link) == remote
    assert world.server.asked("PATCH") == []


@pytest.mark.parametrize("knows_id", [True, False])
def test_a_talk_that_is_cancelled_is_gone(world, knows_id):
    remote = world.provider.create(VERA, event())

    assert world.provider.remove(VERA, remote.id if knows_id else None, event().key)
    assert world.events() == []


def test_a_cancel_that_overtakes_a_create_leaves_nothing(world):
    world.provider.check(VERA)
    world.hangs("POST", late=True)
    with pytest.raises(Delayed):
        world.provider.create(VERA, event())

    assert not world.provider.remove(VERA, None, event().key)  # so: once more, later
    world.server.release()
    assert len(world.events()) == 1
    assert world.provider.remove(VERA, None, event().key)
    assert world.events() == []


def test_a_cancel_after_a_create_whose_answer_was_lost_leaves_nothing(world):
    world.fails("POST", 503, done=True)
    with pytest.raises(Delayed):
        world.provider.create(VERA, event())

    assert world.provider.remove(VERA, None, event().key)
    assert world.events() == []


def test_a_cancel_whose_answer_is_lost_is_repeated(world):
    remote = world.provider.create(VERA, event())
    world.fails("DELETE", 503, done=True)
    with pytest.raises(Delayed):
        world.provider.remove(VERA, remote.id, event().key)

    assert world.provider.remove(VERA, remote.id, event().key)


def test_a_cancel_of_what_the_teacher_deleted_is_done(world):
    remote = world.provider.create(VERA, event())
    world.delete_by_hand(remote.id)

    assert world.provider.remove(VERA, remote.id, event().key)


def test_the_next_family_gets_another_event_and_another_link(world):
    first = world.provider.create(VERA, event())
    world.provider.remove(VERA, first.id, event().key)
    second = world.provider.create(VERA, event(key=key_of("another-talk", 7, 1)))

    assert second.id != first.id
    assert second.link != first.link
    assert world.only().id == second.id


def test_a_talk_whose_event_was_deleted_gets_another_of_the_next_generation(world):
    remote = world.provider.create(VERA, event())
    world.delete_by_hand(remote.id)
    moved = event(starts_at=EVENING + timedelta(hours=1))

    for call in (
        lambda: world.provider.change(VERA, remote.id, moved, parts=TIMES, link=remote.link),
        lambda: world.provider.look(VERA, remote.id, moved),
    ):
        with pytest.raises(Disappeared):
            call()
    again = replace(moved, key=key_of("2f5c1c9e-talk", 7, 2))
    made = world.provider.create(VERA, again)

    assert world.only().id == made.id
    assert made.link != remote.link


def test_a_talk_moves_to_a_colleague(world):
    here = world.provider.create(VERA, event())
    there = world.provider.create(BART, event(key=key_of("2f5c1c9e-talk", 8, 1)))
    world.provider.remove(VERA, here.id, event().key)

    assert world.events(VERA) == []
    assert world.only(BART).link == there.link


def test_a_mailbox_that_asks_to_wait_is_left_alone_and_others_are_not(world):
    world.fails("POST", 429, **{"Retry-After": "7"})
    with pytest.raises(Delayed) as delayed:
        world.provider.create(VERA, event())
    assert delayed.value.retry_after == 7
    before = len(world.server.seen)

    other = key_of("another-talk", 7, 1)
    for call in (
        lambda: world.provider.create(VERA.upper(), event(key=other)),
        lambda: world.provider.remove(VERA, None, other),
    ):
        with pytest.raises(Delayed) as delayed:
            call()
        assert 6 < delayed.value.retry_after <= 7
    assert len(world.server.seen) == before
    world.provider.create(BART, event())


def test_a_mailbox_is_asked_again_after_its_wait(world):
    world.fails("POST", 503, **{"Retry-After": "0.05"})

    assert persist(lambda again: world.provider.create(VERA, event(), again=again), tries=10**4)


def test_two_hundred_talks_of_one_teacher(world):
    world.server.slow = 0.001
    keys = [key_of(f"talk-{number}", 7, 1) for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda key: world.provider.create(VERA, event(key=key)), keys))

    assert len({it.link for it in made}) == len(world.events()) == 200
    assert len([it for it in world.server.seen if "/events" not in it.path]) < 20  # few sign-ins


def test_a_link_comes_late(world):
    world.mailbox.polls = 3
    remote = world.provider.create(VERA, event())
    states = [remote.state]
    while remote.state is LinkState.PENDING and len(states) < 9:
        remote = world.provider.look(VERA, remote.id, event())
        states.append(remote.state)

    assert states == [LinkState.PENDING] * 4 + [LinkState.READY]
    assert remote.link == world.only().link


def test_a_link_that_never_comes_keeps_the_event(world):
    world.mailbox.polls = 10**6
    remote = world.provider.create(VERA, event())
    moved = event(starts_at=EVENING + timedelta(hours=1))
    remote = world.provider.change(VERA, remote.id, moved, parts=TIMES)

    assert (remote.state, remote.link) == (LinkState.PENDING, "")
    assert world.only().starts_at == EVENING + timedelta(hours=1)


def test_a_link_that_a_change_takes_away_is_asked_for_anew(world):
    remote = world.provider.create(VERA, event())
    world.mailbox.on_patch = "lose"
    moved = event(starts_at=EVENING + timedelta(hours=1))
    after = world.provider.change(VERA, remote.id, moved, parts=TIMES, link=remote.link)

    assert after.state is LinkState.READY
    assert after.link == world.only().link != remote.link


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
        world.provider.create(VERA, event(ends_at=EVENING))

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


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_portal_is_not_believed(world, method):
    remote = world.provider.create(VERA, event())
    call = {
        "GET": lambda: world.provider.look(VERA, remote.id, event()),
        "PATCH": lambda: world.provider.change(VERA, remote.id, event(), parts=TIMES),
        "DELETE": lambda: world.provider.remove(VERA, remote.id, event().key),
    }[method]
    for body in (PORTAL, [], "null", "7"):
        world.says(method, body)
        with pytest.raises(Delayed):
            call()
    call()


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Europe/Brussels"])
def test_seven_in_the_evening_is_seven_on_both_sides_of_a_change_of_clocks(world, zone):
    for day in (
        datetime(2026, 10, 24, 17, tzinfo=UTC),
        datetime(2026, 10, 25, 18, tzinfo=UTC),
        datetime(2027, 3, 27, 18, tzinfo=UTC),
        datetime(2027, 3, 28, 17, tzinfo=UTC),
    ):
        talk = event(key=f"{day}", starts_at=day, time_zone=zone)
        remote = world.provider.create(VERA, talk)
        asked = world.server.asked("POST")[-1].json
        assert asked["start"] == {"dateTime": f"{day:%Y-%m-%d}T19:00:00", "timeZone": zone}
        assert asked["end"] == {"dateTime": f"{day:%Y-%m-%d}T19:10:00", "timeZone": zone}
        assert world.only().starts_at == day

        moved = replace(talk, starts_at=day + timedelta(days=1), ends_at=day + timedelta(days=1.1))
        world.provider.change(VERA, remote.id, moved, parts=TIMES, link=remote.link)
        assert world.only().starts_at == moved.starts_at
        world.provider.remove(VERA, remote.id, talk.key)


def test_nobody_is_mailed_by_the_provider_unless_the_school_wants_it(world):
    remote = world.provider.create(VERA, event())
    world.provider.change(VERA, remote.id, event(), parts=TIMES, link=remote.link)
    world.provider.remove(VERA, remote.id, event().key)
    assert world.server.outbox == []

    parent = "ayse@family.example"
    told = event(key="other/7/1", attendees=(parent,))
    remote = persist(lambda again: world.provider.create(VERA, told, again=again))
    world.provider.create(VERA, told, again=True)
    assert world.server.outbox == [(parent, "invitation")]
    world.provider.remove(VERA, remote.id, told.key, tell_attendees=True)
    assert world.server.outbox == [(parent, "invitation"), (parent, "cancellation")]


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
