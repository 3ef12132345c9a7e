"""The office asks for talks for a family that calls."""

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.bookings.models import BookingRequest
from app.bookings.office import RoundClosed
from app.core.errors import NotFoundError
from app.requests import office
from app.requests.asking import Asked, AskedFor, BadAsking
from app.rounds.models import Round, RoundState
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def _both(db):
    db.execute(update(Round).values(mode="both"))
    db.commit()


@pytest.fixture
def ask_for(school):
    def ask_for_(of, student, *teachers, actor="Sofie", reason="", **how):
        talks = [Asked(school.offers[student, name]) for name in teachers]
        office.ask_for(
            school.actors[actor],
            school.round_id,
            school.students[student],
            school.households[of],
            AskedFor(talks, **how),
            reason=reason,
            now=NOW,
        )

    return ask_for_


def test_the_family_sees_what_the_office_asked_and_can_change_it(db, ask, asked, ask_for):
    ask_for("Alice", "Noor", "Vera", "Bart", reason="rang us")
    assert asked("Alice") == asked("Adam") == ["mevr. De Vries", "dhr. Bakker"]
    lines = db.scalars(select(AuditEntry).where(AuditEntry.action == "request.asked")).all()
    assert {(line.actor_role, line.details["reason"]) for line in lines} == {
        ("scheduler", "rang us")
    }
    assert set(db.scalars(select(BookingRequest.asked_by_id))) == {None}
    ask("Adam", "Noor", "Bart")
    assert asked("Alice") == ["dhr. Bakker"]


def test_for_one_of_two_who_come_apart_also_where_they_cannot_ask_themselves(
    db, asked, ask_for, school
):
    db.execute(update(Round).values(apart_requests=False))
    db.commit()
    ask_for("Bob", "Tim", "Vera")
    (row,) = db.scalars(select(BookingRequest))
    assert row.household_id == school.households["Bob"]
    assert asked("Bea") == []


def test_the_maximum_and_none_needed_hold_for_the_office_too(db, ask_for):
    db.execute(update(Round).values(max_per_child=1))
    db.commit()
    with pytest.raises(BadAsking):
        ask_for("Alice", "Noor", "Vera", "Bart")
    with pytest.raises(BadAsking):
        ask_for("Alice", "Noor", "Vera", none_needed=True)
    assert db.scalars(select(BookingRequest)).all() == []


def test_after_closing_it_still_can_but_not_when_the_round_is_a_draft(db, asked, ask_for):
    db.execute(update(Round).values(closes_at=NOW))
    db.commit()
    ask_for("Alice", "Noor", "Vera")
    assert asked("Alice") == ["mevr. De Vries"]
    db.execute(update(Round).values(state=RoundState.DRAFT))
    db.commit()
    with pytest.raises(RoundClosed):
        ask_for("Alice", "Noor", "Bart")


@pytest.mark.parametrize("who", ["Vera", "Alice", "Carol"])
def test_it_is_the_offices_alone(act, db, school, ask_for, who):
    with pytest.raises(NotFoundError):
        ask_for("Alice", "Noor", "Vera", actor=who)
    noor = school.students["Noor"]
    path = f"/office/students/{noor}/rounds/{school.round_id}/ask"
    assert act(who).get(path).status_code in {403, 404}
    assert db.scalars(select(BookingRequest)).all() == []


def test_another_familys_household_and_a_round_with_times_alone_are_not_found(db, ask_for):
    with pytest.raises(NotFoundError):
        ask_for("Carol", "Noor", "Vera")
    db.execute(update(Round).values(mode="times"))
    db.commit()
    with pytest.raises(NotFoundError):
        ask_for("Alice", "Noor", "Vera")


def test_the_page_keeps_what_was_ticked_and_leads_back_to_the_student(act, db, school):
    db.execute(update(Round).values(max_per_child=1))
    db.commit()
    noor, sofie = school.students["Noor"], act("Sofie")
    path = f"/office/students/{noor}/rounds/{school.round_id}/ask"
    assert path in sofie.get(f"/office/students/{noor}").text
    vera, bart = school.offers["Noor", "Vera"], school.offers["Noor", "Bart"]
    sent = {"household": school.households["Alice"], "reason": "rang us"}
    page = sofie.post(path, data=sent | {f"ask-{noor}": [vera, bart]})
    assert page.status_code == 409
    assert page.text.count(" checked") == 2
    assert "rang us" in page.text
    page = sofie.post(path, data=sent | {f"ask-{noor}": [vera]})
    assert page.headers["Location"] == f"/office/students/{noor}"
    page = sofie.get(f"{path}?household={school.households['Alice']}")
    assert page.text.count(" checked") == 1
