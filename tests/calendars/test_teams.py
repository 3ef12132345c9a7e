"""What is Microsoft's alone."""

from datetime import timedelta

import pytest

from app.calendars.errors import AlreadyThere, Delayed, Refusal, Refused
from app.calendars.event import Part
from app.calendars.provider import LinkState
from tests.calendars.worlds import BART, EVENING, VERA, event, persist

pytestmark = [pytest.mark.long, pytest.mark.only_on("sqlite")]  # no database is asked

TIMES = {Part.TIMES}
REPEATS = ["first", 409, 400, "second"]


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


@pytest.mark.parametrize("knows_id", [True, False])
def test_twins_leave_together(microsoft, knows_id):
    microsoft.mailbox.repeats = "second"
    for _ in range(2):
        remote = microsoft.provider.create(VERA, event())

    assert microsoft.provider.remove(VERA, remote.id if knows_id else None, event().key)
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


def test_a_mailbox_that_refuses_a_meeting_has_the_event_without_one(microsoft):
    microsoft.mailbox.refuses_meetings = True
    remote = microsoft.provider.create(VERA, event())

    assert (remote.state, remote.refusal) == (LinkState.NONE, Refusal.NO_MEETING)
    assert microsoft.only().link is None


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


def test_a_mailbox_that_has_enough_is_left_alone(microsoft):
    """Somebody else, another process perhaps, has all four places."""
    microsoft.mailbox.at_once = 4
    with pytest.raises(Delayed, match="429 ApplicationThrottled") as delayed:
        microsoft.provider.create(VERA, event())

    assert delayed.value.retry_after == 1


def test_a_name_with_signs_is_one_part_of_the_path(microsoft):
    odd = "vera_school.example#EXT#@other.example"
    microsoft.server.mailboxes[odd] = microsoft.mailbox

    assert microsoft.provider.check(odd) is None
