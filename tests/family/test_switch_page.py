"""The page on which a family chooses where a talk is."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.bookings.models import Booking
from app.rounds.models import EveningRoom, Round, new_times_key
from app.school.models import Room
from tests.signing_in import sign_in
from tests.small_school import FIRST

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def _hybrid(db, school):
    db.execute(update(Round).values(modalities="site,teams,phone"))
    db.commit()


@pytest.fixture
def talk(book_one):
    return book_one("Alice", "Noor", "Vera", 0)


@pytest.fixture
def how(db):
    def how_(talk):
        db.rollback()
        return db.scalar(select(Booking.modality).where(Booking.id == talk))

    return how_


@pytest.mark.parametrize("page", ["/talks", "table?view=list", "table?view=table"])
def test_the_talk_has_a_link_to_it_wherever_the_family_sees_it(act, school, talk, page):
    table = f"/rounds/{school.round_id}/children/{school.students['Noor']}"
    text = act("Alice").get(page.replace("table", table, 1)).text
    assert f'href="/talks/{talk}/where"' in text


def test_one_choice_makes_it_online_and_the_overview_says_so(act, talk, how):
    page = act("Alice").get(f"/talks/{talk}/where").text
    assert [word in page for word in ("At school", "Online (Teams)", "By phone")] == [True] * 3
    answer = act("Alice").post(f"/talks/{talk}/where", data={"modality": "teams"})
    assert (answer.status_code, answer.location, how(talk)) == (303, "/talks", "teams")
    after = act("Alice").get("/talks").text
    assert "Your talk is now: online (Teams)." in after
    assert "B01" not in after


@pytest.mark.parametrize("value", ["", "meet", "nowhere", "site,teams"])
def test_what_is_not_offered_is_refused_beside_the_field(act, talk, how, value):
    answer = act("Alice").post(f"/talks/{talk}/where", data={"modality": value})
    assert (answer.status_code, how(talk)) == (422, "site")
    assert 'id="modality-error"' in answer.text


def test_a_room_that_is_taken_is_said(act, db, school, talk, how, book_one):
    act("Alice").post(f"/talks/{talk}/where", data={"modality": "teams"})
    room = db.scalars(select(Room.id).order_by(Room.id)).first()
    db.execute(update(EveningRoom).values(room_id=room))
    db.execute(update(Room).values(exclusive=True))
    db.execute(update(Round).values(times_key=new_times_key()))
    db.commit()
    book_one("Carol", "Kim", "Bart", 0)
    answer = act("Alice").post(f"/talks/{talk}/where", data={"modality": "site"})
    assert (answer.status_code, how(talk)) == (409, "teams")
    assert "another talk is in the room" in answer.text


def test_within_the_hour_the_link_is_gone_and_an_old_page_is_answered(act, school, talk, how):
    client, near = act("Alice"), FIRST - timedelta(hours=1)
    table = f"/rounds/{school.round_id}/children/{school.students['Noor']}"
    with time_machine.travel(near, tick=False):
        sign_in(client, school.people["Alice"], now=near)
        for page in ("/talks", table):
            assert "/where" not in client.get(page).text
        answer = client.post(f"/talks/{talk}/where", data={"modality": "teams"})
        assert (answer.status_code, how(talk)) == (409, "site")
        assert "until an hour before" in answer.text


def test_a_page_that_is_remembered_loses_the_link_with_the_clock(act, school, talk):
    """Nothing moves but the clock."""
    table = f"/rounds/{school.round_id}/children/{school.students['Noor']}"
    client, near = act("Alice"), FIRST - timedelta(hours=1)
    before = near - timedelta(seconds=2)
    with time_machine.travel(before, tick=False):
        sign_in(client, school.people["Alice"], now=before)
        assert "/where" in client.get(table).text
    with time_machine.travel(near, tick=False):
        assert "/where" not in client.get(table).text


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["Carol", "Bart"])
def test_another_familys_talk_does_not_exist(act, talk, how, name, method):
    answer = getattr(act(name), method)(f"/talks/{talk}/where", data={"modality": "teams"})
    assert (answer.status_code, how(talk)) == (404, "site")


def test_without_a_choice_there_is_no_page(act, db, school, talk):
    db.execute(update(Round).values(modalities="site"))
    db.commit()
    client = act("Alice")
    assert "/where" not in client.get("/talks").text
    assert client.get(f"/talks/{talk}/where").status_code == 404


def test_what_the_round_no_longer_offers_can_stay_or_change(act, db, talk, how):
    act("Alice").post(f"/talks/{talk}/where", data={"modality": "phone"})
    db.execute(update(Round).values(modalities="site"))
    db.commit()
    page = act("Alice").get(f"/talks/{talk}/where")
    assert "By phone" in page.text
    act("Alice").post(f"/talks/{talk}/where", data={"modality": "site"})
    assert how(talk) == "site"


@pytest.mark.parametrize(("modalities", "tight"), [("site,teams", True), ("teams", False)])
def test_between_talks_nobody_walks_to_there_is_no_time_to_walk(
    act, db, school, talk, modalities, tight
):
    db.execute(update(Round).values(modalities=modalities))
    db.commit()
    page = act("Alice").get(f"/rounds/{school.round_id}/children/{school.students['Noor']}").text
    assert ("tight</small>" in page) == tight
    assert ("between two talks, to walk" in page) == tight
