"""What a talk is in a calendar of Microsoft or Google, and what becomes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.calendars.errors import Disappeared
from app.calendars.event import Part, key_of
from app.calendars.provider import LinkState
from tests.calendars.worlds import BART, EVENING, VERA, event, persist

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

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
