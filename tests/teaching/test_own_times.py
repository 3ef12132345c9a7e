"""A teacher's own evening: blocking and freeing, and times that are right."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.bookings.models import Booking, Unavailability
from app.rounds.models import Evening, Round, RoundCheck
from tests.small_school import FIRST, NOW
from tests.talks import block

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture
def url(school):
    return f"/teaching/evenings/{school.evening_id}/times"


@pytest.fixture
def check(db, school):
    """Put the round before its teachers."""

    def check_(**values):
        round_ = db.get(Round, school.round_id)
        for name, value in {"state": "check", **values}.items():
            setattr(round_, name, value)
        db.commit()

    return check_


def blocked(db):
    ten = timedelta(minutes=10)
    rows = db.scalars(select(Unavailability).order_by(Unavailability.id))
    return [((row.starts_at - FIRST) // ten, (row.ends_at - FIRST) // ten) for row in rows]


def test_ticked_times_are_blocked_and_freed(act, db, school, url):
    client = act("Vera")
    ticked = {"slots": [school.slots[0], school.slots[1], school.slots[3]]}
    assert client.post(url, data={"act": "block", **ticked}).status_code == 303
    assert blocked(db) == [(0, 2), (3, 4)]
    assert client.get("/teaching").text.count("<span>blocked by you") == 3
    client.post(url, data={"act": "free", "slots": [school.slots[0]]})
    assert blocked(db) == [(3, 4), (1, 2)]


def test_a_range(act, db, school, url):
    client, times = act("Vera"), {"first": school.slots[0], "last": school.slots[2]}
    client.post(url, data={"act": "block", **times})
    assert blocked(db) == [(0, 3)]
    client.post(url, data={"act": "free", **times})
    assert blocked(db) == []


def test_a_talk_in_the_way_stays_and_is_told_of(act, db, school, book_one, url):
    talk = book_one("Alice", "Noor", "Vera", 1)
    client = act("Vera")
    client.post(url, data={"act": "block", "whole": "y"})
    text = client.get("/teaching").text
    assert "your 1 talk" in text
    assert "Noor Jansen" in text
    assert db.get(Booking, talk).cancelled_at is None


def test_what_the_office_blocked_says_so_and_stays(act, db, school, url):
    block(
        school.actors["Sofie"],
        school.teachers["Vera"],
        school.evening_id,
        FIRST,
        FIRST + timedelta(minutes=10),
        now=NOW,
    )
    client = act("Vera")
    assert "blocked by the school" in client.get("/teaching").text
    client.post(url, data={"act": "free", "whole": "y"})
    assert blocked(db) == [(0, 1)]


def test_a_time_as_a_parent_elsewhere_says_so(act, book_one):
    book_one("Bart", "Lot", "Vera", 2)
    assert "as a parent" in act("Bart").get("/teaching").text


def test_nothing_is_to_be_ticked_once_the_round_does_not_allow_it(act, db, school, check, url):
    check(state="published", teachers_block_until=NOW)
    client = act("Vera")
    assert url not in client.get("/teaching").text
    client.post(url, data={"act": "block", "slots": [school.slots[0]]})
    assert blocked(db) == []


def test_an_evening_in_which_one_does_not_sit_is_not_found(act, db, school, check, url):
    check(state="draft")
    assert act("Vera").post(url, data={"act": "block", "whole": "y"}).status_code == 404
    assert act("Vera").post("/teaching/evenings/999/times", data={}).status_code == 404


@pytest.mark.parametrize("form", [{}, {"first": "x", "last": "1"}, {"slots": ["x"]}])
def test_what_cannot_be_read_changes_nothing(act, db, url, form):
    assert act("Vera").post(url, data={"act": "block", **form}).status_code == 303
    assert blocked(db) == []


def test_a_time_of_another_evening_is_not_found(act, school, url):
    form = {"act": "block", "slots": [school.student_slots[0]]}
    assert act("Vera").post(url, data=form).status_code == 404


# My times are right


def test_a_round_before_its_teachers_asks_them_until_when(act, school, check):
    check(teachers_block_until=NOW + timedelta(days=3))
    text = act("Vera").get("/teaching").text
    assert "Check your times until Sat 23 January" in text
    assert "checkbox" in text


def test_what_is_to_be_checked_further_down_is_said_on_top_until_it_is_done(act, db, school):
    db.get(Round, school.student_round_id).state = "check"
    db.commit()
    client = act("Vera")
    assert "Check your times for Leerlingcontact" in client.get("/teaching").text
    client.post(f"/teaching/rounds/{school.student_round_id}/right")
    assert "Check your times for" not in client.get("/teaching").text


def test_my_times_are_right_is_kept_once_and_shown(act, db, school, check):
    check()
    client = act("Vera")
    for _ in range(2):
        client.post(f"/teaching/rounds/{school.round_id}/right")
    rows = db.scalars(select(RoundCheck)).all()
    assert [(row.round_id, row.teacher_id) for row in rows] == [
        (school.round_id, school.teachers["Vera"])
    ]
    assert f"/teaching/rounds/{school.round_id}/right" not in client.get("/teaching").text


def test_a_round_that_is_published_has_nothing_to_check(act, db, school):
    assert act("Vera").post(f"/teaching/rounds/{school.round_id}/right").status_code == 409
    assert db.scalars(select(RoundCheck)).all() == []


def test_somebody_who_does_not_sit_there_has_nothing_to_say(act, db, school, check):
    check(state="draft")
    assert act("Vera").post(f"/teaching/rounds/{school.round_id}/right").status_code == 404
    assert db.get(Evening, school.evening_id) is not None


def test_what_came_of_it_stands_where_the_page_comes_back_to(act, school, url):
    client = act("Vera")
    answer = client.post(url, data={"act": "block"})
    page, _, place = answer.location.partition("#")
    _above, _at, told = client.get(page).text.partition(f'id="{place}"')
    message, _, _below = told.partition("</p>")
    assert "Tick the times first." in message
    assert 'tabindex="-1"' in message  # so it takes the focus, and is read out
    assert 'role="status"' in message


def test_what_was_blocked_and_freed_is_named_by_its_times(act, db, school, url):
    client = act("Vera")

    def told(act, **data):
        client.post(url, data={"act": act, **data})
        _above, _at, message = client.get("/teaching").text.partition('change-told"')
        return message.partition(">")[2].partition("<")[0]

    slots = school.slots
    times = "18:30–18:50, 19:00–19:10"
    ticked = [slots[0], slots[1], slots[3]]
    assert told("block", slots=ticked) == f"{times} blocked."
    page = " ".join(client.get("/teaching").text.split())
    assert f"{times} blocked by you" in page
    assert told("block", first=slots[5], last=slots[8]) == "19:20–20:10 blocked."
    assert told("free", slots=[slots[1], slots[0]]) == "18:30–18:50 free again."
    assert told("block", whole="y") == "18:30–20:40 blocked."


def test_nothing_to_tick_is_not_asked_for(act, school):
    client, ticked = act("Vera"), f'id="times-{school.evening_id}"'
    assert ticked in client.get("/teaching").text
    end = FIRST + timedelta(hours=4)
    block(school.actors["Sofie"], school.teachers["Vera"], school.evening_id, FIRST, end, now=NOW)
    assert ticked not in client.get("/teaching").text
