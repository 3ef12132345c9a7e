"""The office chooses where a talk is, for a family that calls."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.bookings.models import Booking
from app.rounds.models import EveningRoom, Round, new_times_key
from app.school.models import Room
from tests.signing_in import sign_in
from tests.small_school import FIRST

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def _hybrid(db, school):
    db.execute(update(Round).values(modalities="site,teams,phone"))
    db.commit()


@pytest.fixture
def talk(book_one):
    return book_one("Alice", "Noor", "Vera", 0)


@pytest.fixture
def switch(act, talk):
    def switch_(to, reason="ill at home", *, by="Sofie"):
        form = {"modality": to, "reason": reason}
        return act(by).post(f"/office/talks/{talk}/where", data=form, headers=ENGLISH)

    return switch_


@pytest.fixture
def how(db, talk):
    def how_():
        db.rollback()
        row = db.execute(select(Booking.modality, Booking.sequence).where(Booking.id == talk)).one()
        return tuple(row)

    return how_


def test_the_student_page_leads_to_it_and_says_where_the_talk_is_then(
    act, school, talk, switch, how, delivered
):
    student = f"/office/students/{school.students['Noor']}"
    assert f'href="/office/talks/{talk}/where"' in act("Sofie").get(student).text
    page = act("Sofie").get(f"/office/talks/{talk}/where", headers=ENGLISH).text
    assert [word in page for word in ("At school", "Online (Teams)", "By phone")] == [True] * 3
    delivered()
    answer = switch("phone")
    assert (answer.status_code, answer.location, how()) == (303, student, ("phone", 1))
    after = act("Sofie").get(student, headers=ENGLISH).text
    assert "The talk is now: by phone. The family gets a mail." in after
    assert "ill at home" in after
    again = act("Sofie").get(f"/office/talks/{talk}/where").text
    assert ["B01" in text for text in (page, after, again)] == [True, False, False]
    assert {mail.split(":")[0] for mail in delivered()} >= {"alice", "adam"}


def test_within_the_last_hour_the_office_still_can_until_the_talk_begins(client, school, talk, how):
    def answer(at, to):
        with time_machine.travel(at, tick=False):
            sign_in(client, school.people["Sofie"], now=at)
            form = {"modality": to, "reason": "ill at home"}
            return client.post(f"/office/talks/{talk}/where", data=form, headers=ENGLISH)

    assert answer(FIRST - timedelta(minutes=1), "phone").status_code == 303
    late = answer(FIRST, "site")
    assert (late.status_code, how()) == (409, ("phone", 1))
    assert "This talk has begun." in late.text


def test_without_a_reason_nothing_changes_and_the_choice_stays(switch, how):
    answer = switch("phone", "")
    assert (answer.status_code, how()) == (422, ("site", 0))
    assert 'id="reason-error"' in answer.text
    assert 'checked id="modality-2"' in answer.text


@pytest.mark.parametrize("value", ["", "meet", "nowhere", "site,teams"])
def test_what_cannot_be_chosen_is_a_sentence_beside_the_choice(switch, how, value):
    answer = switch(value)
    assert (answer.status_code, how()) == (422, ("site", 0))
    assert 'id="modality-error"' in answer.text
    assert 'value="ill at home"' in answer.text


def test_a_room_that_another_talk_has_is_said(db, switch, how, book_one):
    room = db.scalars(select(Room.id).order_by(Room.id)).first()
    db.execute(update(EveningRoom).values(room_id=room))
    db.execute(update(Room).where(Room.id == room).values(exclusive=True))
    db.execute(update(Round).values(times_key=new_times_key()))
    db.commit()
    switch("phone")
    book_one("Carol", "Kim", "Bart", 0)
    answer = switch("site")
    assert (answer.status_code, how()) == (409, ("phone", 1))
    assert "another talk is in the room" in answer.text


def test_where_there_is_nothing_to_choose_there_is_no_page(db, act, school, talk):
    db.execute(update(Round).values(modalities="site"))
    db.commit()
    student = f"/office/students/{school.students['Noor']}"
    assert "/where" not in act("Sofie").get(student).text
    assert act("Sofie").get(f"/office/talks/{talk}/where").status_code == 404


@pytest.mark.parametrize("who", ["Alice", "Vera", "Noor"])
def test_it_is_the_offices_alone(switch, how, who):
    assert (switch("phone", by=who).status_code, how()) == (404, ("site", 0))


def test_a_cancelled_talk_stays_cancelled(act, talk, switch, how):
    form = {"reason": "called"}
    act("Sofie").post(f"/office/talks/{talk}/cancel", data=form)
    answer = switch("phone")
    assert (answer.status_code, how()) == (409, ("site", 1))
