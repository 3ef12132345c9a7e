"""A booked time becomes a request and back; teachers read who asked for them."""

import pytest
from sqlalchemy import select, update

from app.bookings import service
from app.bookings.guards import RoundClosed
from app.bookings.models import Booking, BookingRequest, Claim
from app.bookings.rules import Choice
from app.bookings.talks import TalkCancelled
from app.core.errors import NotFoundError
from app.evenings.filters import Filter
from app.evenings.queries import silent
from app.requests import remarks
from app.requests.instead import ask_instead
from app.rounds.models import Round
from tests.small_school import FIRST, NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def _both(db, school):
    db.execute(update(Round).values(mode="both"))
    db.commit()


def test_a_time_that_is_given_back_is_a_request_and_free_for_others(db, school, asked, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    ask_instead(school.actors["Adam"], talk, now=NOW)
    assert asked("Alice") == ["mevr. De Vries"]
    assert db.get_one(Booking, talk).cancelled_at == NOW
    assert db.scalars(select(Claim.id)).all() == []
    book_one("Carol", "Kim", "Vera", 0)
    with pytest.raises(TalkCancelled):
        ask_instead(school.actors["Alice"], talk, now=NOW)


def test_there_and_back_and_there_again(school, asked, book_one):
    for slot in (0, 3):
        talk = book_one("Alice", "Noor", "Vera", slot)
        assert asked("Alice") == []
        ask_instead(school.actors["Alice"], talk, now=NOW)
        assert asked("Alice") == ["mevr. De Vries"]


def test_at_the_maximum_it_still_goes_both_ways(school, asked, ask, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    ask("Alice", "Noor", "Bart")  # two are the most
    ask_instead(school.actors["Alice"], talk, now=NOW)
    assert asked("Alice") == ["dhr. Bakker", "mevr. De Vries"]
    book_one("Alice", "Noor", "Vera", 1)
    assert asked("Alice") == ["dhr. Bakker"]


@pytest.mark.parametrize("actor", ["Carol", "Vera", "Noor"])
def test_nobody_else_gives_it_back(db, school, book_one, actor):
    talk = book_one("Alice", "Noor", "Vera", 0)
    with pytest.raises(NotFoundError):
        ask_instead(school.actors[actor], talk, now=NOW)
    assert db.get_one(Booking, talk).cancelled_at is None


def test_a_round_without_requests_takes_none_back(db, school, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    db.execute(update(Round).values(mode="times"))
    db.commit()
    with pytest.raises(NotFoundError):
        ask_instead(school.actors["Alice"], talk, now=NOW)


def test_after_closing_it_stays(db, school, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    with pytest.raises(RoundClosed):
        ask_instead(school.actors["Alice"], talk, now=FIRST)
    assert db.get_one(Booking, talk).cancelled_at is None


def test_the_overview_leads_to_a_page_that_asks_first(db, act, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    path = f"/talks/{talk}/ask-instead"
    assert f'href="{path}"' in act("Alice").get("/talks").text
    assert "Let the school plan this talk?" in act("Alice").get(path).text
    assert act("Carol").get(path).status_code == 404
    assert act("Alice").post(path).status_code == 303
    db.rollback()
    assert db.get_one(Booking, talk).cancelled_at is not None


def test_who_asked_or_needs_no_talk_is_not_silent(db, school, ask):
    def names():
        ids = set(db.scalars(silent(school.round_id, Filter())))
        return sorted(name for name, id_ in school.students.items() if id_ in ids)

    assert names() == ["Kim", "Lot", "Noor", "Sem", "Tim"]
    ask("Alice", "Noor", "Vera")
    ask("Carol", "Kim", none_needed=True)
    assert names() == ["Lot", "Sem", "Tim"]
    ask("Alice", "Noor")
    assert names() == ["Lot", "Noor", "Sem", "Tim"]


def test_a_teacher_reads_who_asked_with_the_remark_and_no_names_while_they_are_hidden(
    db, school, act, ask
):
    ask("Alice", "Noor", "Vera", "Bart")
    row = db.scalars(
        select(BookingRequest).where(BookingRequest.teacher_key == str(school.teachers["Vera"]))
    ).one()
    remarks.save(school.actors["Alice"], school.round_id, {row.id: "over lezen"}, now=NOW)
    page = act("Vera").get("/teaching").text
    assert ["1 talk asked for" in page, "Noor Jansen" in page, "over lezen" in page] == [True] * 3
    assert "over lezen" not in act("Bart").get("/teaching").text
    assert "asked for" not in act("Kader").get("/teaching").text
    db.execute(update(Round).values(timetable_visible=False))
    db.commit()
    page = act("Vera").get("/teaching").text
    assert ["1 talk asked for" in page, "Noor Jansen" in page, "over lezen" in page] == [
        True,
        False,
        False,
    ]


def test_booking_at_the_maximum_counts_what_is_asked_of_others(school, ask, book_one):
    ask("Alice", "Noor", "Vera", "Bart")
    result = service.book(
        school.actors["Alice"],
        school.round_id,
        school.students["Noor"],
        [Choice(*school.choice("Noor", "Bart", 2))],
        together=False,
        submission="a-booking-of-this-test",
        now=NOW,
    )
    assert len(result.booked) == 1
