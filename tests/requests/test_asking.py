"""Families ask for talks without choosing a time; the maximum counts these with the booked ones."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.bookings import service
from app.bookings.attendees import GuardiansApart
from app.bookings.guards import RoundClosed
from app.bookings.models import BookingRequest
from app.bookings.rules import Choice, TooManyTalks
from app.core.errors import NotFoundError
from app.requests import asking, remarks
from app.requests.asking import Asked, AskedFor, BadAsking, NoRequests
from app.requests.models import NoTalkNeeded
from app.requests.queries import load_asking
from app.rounds.models import Offer, Round
from tests.small_school import NOW


@pytest.fixture(autouse=True)
def mode(db, school):
    """All rounds take requests beside bookings; mode("requests") for another way."""

    def mode_(mode, **more):
        db.execute(update(Round).values(mode=mode, **more))
        db.commit()

    mode_("both", max_per_child=2, long_talks=True)
    return mode_


@pytest.fixture
def asked(school):
    """What somebody's page says is asked for a child, dearest first."""

    def asked_(actor, student):
        page = load_asking(school.actors[actor], school.round_id, now=NOW)
        (it,) = [it for it in page.children if it.child.given_name == student]
        return [its.teacher for its in it.asked.values()]

    return asked_


@pytest.fixture
def book(school):
    def book_(actor, student, teacher, slot, submission="a-booking-of-this-test"):
        return service.book(
            school.actors[actor],
            school.round_id,
            school.students[student],
            [Choice(*school.choice(student, teacher, slot))],
            together=False,
            submission=submission,
            now=NOW,
        )

    return book_


VERA, BART, KADER = "mevr. De Vries", "dhr. Bakker", "mevr. Kaya"


def test_what_is_asked_stands_until_it_is_taken_back(ask, asked):
    ask("Alice", "Noor", "Vera", "Bart")
    assert asked("Alice", "Noor") == asked("Adam", "Noor") == [VERA, BART]
    ask("Adam", "Noor", "Bart", "Kader")
    assert asked("Alice", "Noor") == [BART, KADER]
    ask("Alice", "Noor")
    assert asked("Alice", "Noor") == []
    ask("Alice", "Noor", "Vera")
    assert asked("Alice", "Noor") == [VERA]


def test_asking_the_same_again_changes_nothing(db, ask):
    ask("Alice", "Noor", "Vera", long=("Vera",))
    before = db.execute(select(BookingRequest.__table__)).all()
    lines = len(db.scalars(select(AuditEntry.id)).all())
    ask("Alice", "Noor", "Vera", long=("Vera",))
    assert db.execute(select(BookingRequest.__table__)).all() == before
    assert len(db.scalars(select(AuditEntry.id)).all()) == lines


def test_the_maximum_counts_what_is_asked_and_what_is_booked(ask, asked, book):
    ask("Alice", "Noor", "Vera", "Bart")
    with pytest.raises(BadAsking):
        ask("Alice", "Noor", "Vera", "Bart", "Kader")
    assert asked("Alice", "Noor") == [VERA, BART]
    with pytest.raises(TooManyTalks):
        book("Alice", "Noor", "Kader", 0)
    ask("Alice", "Noor", "Vera")
    book("Alice", "Noor", "Kader", 0, "a-second-booking-of-this")
    with pytest.raises(BadAsking):
        ask("Alice", "Noor", "Vera", "Bart")


def test_a_time_that_is_chosen_after_all_is_what_was_asked_for(db, ask, asked, book):
    ask("Alice", "Noor", "Vera", "Bart")
    (talk,) = book("Alice", "Noor", "Vera", 0).booked
    assert asked("Alice", "Noor") == [BART]
    placed = db.scalars(select(BookingRequest).where(BookingRequest.booking_id == talk)).one()
    assert placed.withdrawn_at is None


def test_a_talk_that_is_cancelled_takes_its_request_along(db, school, ask, asked, book):
    ask("Alice", "Noor", "Vera")
    (talk,) = book("Alice", "Noor", "Vera", 0).booked
    service.cancel(school.actors["Alice"], talk, now=NOW)
    assert asked("Alice", "Noor") == []
    assert db.scalars(select(BookingRequest.withdrawn_at)).one() == NOW
    ask("Alice", "Noor", "Vera")
    assert asked("Alice", "Noor") == [VERA]


def test_no_talk_is_needed_and_needed_after_all(db, ask):
    ask("Alice", "Noor", none_needed=True)
    assert len(db.scalars(select(NoTalkNeeded.id)).all()) == 1
    ask("Adam", "Noor", none_needed=True)
    assert len(db.scalars(select(NoTalkNeeded.id)).all()) == 1
    ask("Alice", "Noor", "Vera")
    assert db.scalars(select(NoTalkNeeded.id)).all() == []


def test_talks_and_no_need_of_one_contradict_each_other(ask, asked, book):
    with pytest.raises(BadAsking):
        ask("Alice", "Noor", "Vera", none_needed=True)
    assert asked("Alice", "Noor") == []
    book("Alice", "Noor", "Vera", 0)
    with pytest.raises(BadAsking):
        ask("Alice", "Noor", none_needed=True)


def test_a_fault_of_one_child_changes_nothing_of_the_others(school, asked):
    of = school.offers
    wanted = {
        school.students["Noor"]: AskedFor([Asked(of["Noor", "Vera"])]),
        school.students["Sem"]: AskedFor(
            [Asked(of["Sem", name]) for name in ("Vera", "Bart", "Kader")]
        ),
    }
    with pytest.raises(BadAsking) as refusal:
        asking.ask(school.actors["Alice"], school.round_id, wanted, now=NOW)
    assert refusal.value.student_id == school.students["Sem"]
    assert asked("Alice", "Noor") == []


@pytest.mark.parametrize("actor", ["Carol", "Vera", "Noor"])
def test_another_familys_child_does_not_exist(ask, actor):
    with pytest.raises(NotFoundError):
        ask(actor, "Tim", "Vera")


def test_an_offer_of_another_child_is_left_out(school, asked):
    wanted = {school.students["Noor"]: AskedFor([Asked(school.offers["Kim", "Vera"])])}
    asking.ask(school.actors["Alice"], school.round_id, wanted, now=NOW)
    assert asked("Alice", "Noor") == []


def test_parents_who_come_apart_ask_each_for_themselves_and_see_nothing_of_the_other(ask, asked):
    ask("Bob", "Tim", "Vera")
    assert asked("Bea", "Tim") == []
    ask("Bea", "Tim", "Vera", "Bart")
    ask("Bob", "Tim")
    assert (asked("Bob", "Tim"), asked("Bea", "Tim")) == ([], [VERA, BART])


def test_unless_the_round_takes_none_of_theirs(mode, school, ask, asked):
    mode("both", apart_requests=False)
    with pytest.raises(NoRequests):
        ask("Bob", "Tim", "Vera")
    ask("Alice", "Noor", "Vera")
    page = load_asking(school.actors["Bob"], school.round_id, now=NOW)
    assert "come to school apart" in str(page.children[0].why_not) or page.children[0].why_not


def test_a_student_cannot_ask_for_parents_who_come_apart(mode, db, ask):
    mode("both", open_to="both")
    with pytest.raises(GuardiansApart):
        ask("Tim", "Tim", "Vera")


@pytest.mark.parametrize("days", [-2, 90])
def test_before_opening_and_after_closing_nothing_can_be_asked(ask, days):
    with pytest.raises(RoundClosed):
        ask("Alice", "Noor", "Vera", now=NOW + timedelta(days=days))


def test_a_round_with_times_alone_takes_no_requests(mode, ask):
    mode("times")
    with pytest.raises(NotFoundError):
        ask("Alice", "Noor", "Vera")


def test_a_round_without_times_takes_no_bookings(mode, book, ask, asked):
    mode("requests")
    with pytest.raises(RoundClosed):
        book("Alice", "Noor", "Vera", 0)
    ask("Alice", "Noor", "Vera")
    assert asked("Alice", "Noor") == [VERA]


def test_what_is_not_offered_any_more_stays_until_the_office_looks(db, school, ask, asked):
    ask("Alice", "Noor", "Vera", "Bart")
    vera = Offer.id == school.offers["Noor", "Vera"]
    db.execute(update(Offer).where(vera).values(offered=False, in_package=False))
    db.commit()
    ask("Alice", "Noor", "Bart", "Kader")
    still = db.scalars(
        select(BookingRequest.teacher_key).where(BookingRequest.withdrawn_at.is_(None))
    )
    assert str(school.teachers["Vera"]) in set(still)


def test_the_order_is_the_familys_and_new_ones_come_last(db, school, ask, asked, mode):
    mode("both", max_per_child=3)
    ask("Alice", "Noor", "Bart", "Vera")
    last = db.scalars(
        select(BookingRequest.id).where(BookingRequest.teacher_key == str(school.teachers["Vera"]))
    ).one()
    assert asked("Alice", "Noor") == [BART, VERA]
    remarks.save(school.actors["Adam"], school.round_id, {last: "over lezen"}, up=last, now=NOW)
    assert asked("Alice", "Noor") == [VERA, BART]
    ask("Alice", "Noor", "Bart", "Vera", "Kader")
    assert asked("Alice", "Noor") == [VERA, BART, KADER]
    assert db.get_one(BookingRequest, last).remark == "over lezen"


def test_nobody_orders_or_remarks_for_another_family(db, school, ask, asked):
    ask("Alice", "Noor", "Bart", "Vera")
    ids = list(db.scalars(select(BookingRequest.id).order_by(BookingRequest.position)))
    remarks.save(
        school.actors["Carol"], school.round_id, dict.fromkeys(ids, "x"), up=ids[1], now=NOW
    )
    assert asked("Alice", "Noor") == [BART, VERA]
    assert set(db.scalars(select(BookingRequest.remark))) == {""}
