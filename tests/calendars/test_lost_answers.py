"""However an answer is lost, there is one event, and none after a cancel."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic

import pytest

from app.calendars.errors import Delayed
from app.calendars.event import Part
from app.calendars.provider import LinkState
from tests.calendars.servers.serving import PORTAL
from tests.calendars.worlds import EVENING, FAULTS, VERA, event, persist

pytestmark = [pytest.mark.long, pytest.mark.only_on("sqlite")]  # no database is asked

TIMES = {Part.TIMES}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_is_lost_makes_no_second_event(world, fault):
    FAULTS[fault](world)

    remote = persist(lambda again: world.provider.create(VERA, event(), again=again))

    told = world.only()
    assert (remote.id, remote.link) == (told.id, told.link)


def test_a_provider_that_writes_after_we_gave_up_makes_no_second_event(world):
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


def test_a_cancel_that_overtakes_a_create_leaves_nothing(world):
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


def test_an_answer_that_comes_too_late_is_not_taken_for_that_of_the_next_request(world):
    first, second = (world.provider.create(VERA, event(key=f"{name}/7/1")) for name in "ab")
    world.hangs("GET", late=True, told=True)
    with pytest.raises(Delayed):
        world.provider.look(VERA, first.id, event())
    world.server.release()

    assert world.provider.look(VERA, second.id, event()) == second


def test_a_provider_that_hangs_is_given_up_in_time(world):
    world.hangs("POST")
    began = monotonic()
    with pytest.raises(Delayed):
        world.provider.create(VERA, event())

    assert monotonic() - began < 2


def test_a_redirect_is_not_followed(world):
    for method, call in (
        ("POST", lambda: world.provider.create(VERA, event())),
        ("GET", lambda: world.provider.look(VERA, "some", event())),
    ):
        world.fails(method, 302, Location=f"{world.server.url}/elsewhere")
        with pytest.raises(Delayed):
            call()

    assert [it for it in world.server.seen if it.path == "/elsewhere"] == []
