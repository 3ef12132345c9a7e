"""A change that touches hundreds of talks: one answer for all, and cards by teacher."""

import re
from collections import Counter
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from app.bookings.models import Booking, Claim
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.rounds.models import Slot
from tests.rescheduling.many import administrator, five_minutes_later, school_with_talks
from tests.round_setup.test_conflict_page import sent
from tests.signing_in import sign_in

FEW, MANY = 60, 984
LIGHT = 150 * 1024  # bytes of the page


@pytest.fixture(params=[FEW, pytest.param(MANY, marks=pytest.mark.long)])
def number(request):
    return request.param


@pytest.fixture
def round_id(db, number):
    return school_with_talks(number)


@pytest.fixture
def office(client, round_id):
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    sign_in(client, administrator())
    return client


@pytest.fixture
def url(round_id):
    return f"/office/rounds/{round_id}/settings"


@pytest.fixture
def page(office, round_id, url):
    """The question when no talk fits any more, and the evening is shorter too."""
    return office.post(url, data=five_minutes_later(round_id, end=65))


def live(db):
    db.expire_all()
    return db.scalars(select(Booking).where(Booking.cancelled_at.is_(None))).all()


def figures(page, rest):
    """What the page says becomes of the talks, such as {"move": 50, "called": 10}."""
    text = re.search(rf'value="{rest}"[^>]*>.*?<span class="muted">([^<]*)<', page.text, re.DOTALL)
    words = re.findall(r"(\d+) (?:is |are )?(\w+)", text[1])
    return {word.removesuffix("s"): int(count) for count, word in words}


def test_the_question_is_light_and_says_what_comes_of_each_answer(db, page, number):
    assert page.status_code == 200
    assert f"This change touches {number} talks" in page.text
    assert len(page.data) < LIGHT
    assert "resolution-" not in page.text
    fields = sent(page)
    assert len(fields) < 1000
    assert len(urlencode(fields)) < 100_000
    for rest, becomes in (("move", "stay"), ("move-or-cancel", "called")):
        of_rest = figures(page, rest)
        assert of_rest["move"] + of_rest[becomes] == number
        assert of_rest["move"] > 0 < of_rest[becomes]
    assert (figures(page, "keep")["stay"], figures(page, "cancel")["called"]) == (number, number)
    assert ("rest", "move") in fields
    rows = re.findall(r'value="open:\d+"', page.text)
    assert len(set(rows)) == len(rows) == len({talk.teacher_key for talk in live(db)})


@pytest.mark.parametrize("rest", ["move", "move-or-cancel"])
def test_one_answer_moves_all_that_can_and_everybody_is_told_once(
    db, office, page, url, number, rest
):
    before = {talk.id: talk.starts_at for talk in live(db)}
    said = figures(page, rest)
    answer = office.post(url, data=dict(sent(page)) | {"rest": rest, "do": "confirm"})
    assert answer.status_code == 303
    moved = {talk.id for talk in live(db) if talk.starts_at != before[talk.id]}
    assert len(moved) == said["move"]
    assert number - len(live(db)) == said.get("called", 0)
    slots = set(db.scalars(select(Slot.starts_at)))
    assert {talk.starts_at for talk in live(db) if talk.id in moved} <= slots
    for talk in live(db):
        ticks = db.scalars(select(Claim.tick).where(Claim.booking_id == talk.id)).all()
        assert min(ticks) * 300 == talk.starts_at.timestamp()
    told = Counter(
        row.payload["booking_id"]
        for row in db.scalars(select(OutboxMessage))
        if row.kind in {Promise.MOVED, Promise.CALLED_OFF}
    )
    assert set(told.values()) == {1}
    assert len(told) == said["move"] + said.get("called", 0)
    letters = select(func.count()).where(OutboxMessage.kind == Promise.TEACHER_MAIL)
    assert db.scalar(letters) == said["to"]


def test_the_talks_of_one_teacher_can_have_other_answers_which_are_carried_along(
    db, office, page, url, number
):
    key = re.search(r'value="open:(\d+)"', page.text)[1]
    its = {talk.id for talk in live(db) if talk.teacher_key == key}
    cards = office.post(url, data=dict(sent(page)) | {"rest": "cancel", "do": f"open:{key}"})
    asked = re.findall(r'name="(resolution-(\d+)-0)"\s+value=""\s+checked', cards.text)
    assert {int(booking_id) for _name, booking_id in asked} == its
    name, booking_id = asked[0]

    back = office.post(url, data=dict(sent(cards)) | {name: "keep", "do": "review"})
    assert "1 chosen" in back.text
    assert (name, "keep") in sent(back)
    assert ("rest", "cancel") in sent(back)
    assert figures(back, "cancel") == figures(back, "cancel") | {"called": number - 1, "stay": 1}

    assert office.post(url, data=dict(sent(back)) | {"do": "confirm"}).status_code == 303
    assert [talk.id for talk in live(db)] == [int(booking_id)]


def test_of_a_teacher_without_such_talks_all_are_shown(office, page, url):
    for key in ("", "0", "x" * 300):
        again = office.post(url, data=dict(sent(page)) | {"do": f"open:{key}"})
        assert "What becomes of all these talks" in again.text
