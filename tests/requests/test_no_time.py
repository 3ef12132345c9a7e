"""A talk that got no time from the plan: the family reads why, and takes a time that is left."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from app.bookings.models import Booking, BookingRequest
from app.planner import runs, settings
from app.planner.plan import TalkPlan, Unplaced
from app.planner.publishing import publish
from app.planner.settings import Planning
from app.planner.snapshot import load_snapshot
from app.requests import wishes
from app.requests.models import Preference
from app.rounds.models import Offer, OfferTeacher, Round
from tests.small_school import FIRST, NOW
from tests.talks import block

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def mode(db):
    def mode_(mode, **more):
        db.execute(update(Round).values(mode=mode, **more))
        db.commit()

    mode_("requests")
    return mode_


@pytest.fixture
def left(db, school):
    """Publish a plan that leaves all requests without a time; return their ids."""

    def left_():
        begun = runs.begin(school.round_id, now=NOW)
        snapshot = load_snapshot(school.round_id, now=NOW)
        without = [Unplaced(it.id) for it in snapshot.problem.wanted]
        runs.keep(begun.id, snapshot, TalkPlan("x", [], without, 0), {}, now=NOW)
        publish(school.actors["Sofie"], begun.id, now=NOW)
        return [int(it.request[1:]) for it in without]

    return left_


@pytest.fixture
def path(school):
    return f"/rounds/{school.round_id}/asked"


def said(page):
    """Return the reason and the times on a page."""
    part = page.partition('class="no-time"')[2]
    times = re.findall(r'name="time"\s+value="([^"]+)"', part)
    return " ".join(re.sub(r"<[^>]*>", "", part.partition("</p>")[0]).split()[1:]), times


def test_nothing_is_said_before_a_plan_is_published_and_then_all_times_are_true(
    act, school, path, ask, left
):
    ask("Alice", "Noor", "Vera")
    assert "No time yet." not in act("Alice").get(path).text
    left()
    why, times = said(act("Alice").get(path).text)
    assert why == "No time yet. There was no place beside the other talks. Now there is."
    assert len(times) == 3
    assert said(act("Adam").get(path).text)[1] == times
    assert "No time yet." not in act("Carol").get(path).text


def test_a_time_is_taken_with_one_tap_also_after_closing(db, act, school, path, mode, ask, left):
    ask("Alice", "Noor", "Vera")
    (request,) = left()
    mode("requests", closes_at=NOW)
    _why, times = said(act("Alice").get(path).text)
    answer = act("Alice").post(f"{path}/{request}", data={"time": times[0]})
    assert (answer.status_code, answer.location) == (303, "/talks")
    talk = db.scalars(select(Booking)).one()
    db.expire_all()
    assert db.get(BookingRequest, request).booking_id == talk.id
    assert talk.booked_by_id == school.people["Alice"]


def test_all_times_of_the_teacher_are_taken_and_a_colleague_is_free(
    db, act, school, path, ask, left, book_one, mode
):
    mode("both")
    ask("Alice", "Noor", "Vera")
    (request,) = left()
    for number, (actor, child) in enumerate((("Bob", "Tim"), ("Carol", "Kim"))):
        book_one(actor, child, "Vera", number)
    span = (school.evening_id, FIRST + timedelta(minutes=20), FIRST + timedelta(hours=3))
    block(school.actors["Vera"], school.teachers["Vera"], *span, now=NOW)
    kader = school.offers["Noor", "Kader"]  # whom Noor never had, and who teaches the same to Kim
    db.execute(delete(OfferTeacher).where(OfferTeacher.offer_id == kader))
    db.execute(delete(Offer).where(Offer.id == kader))
    same = [school.offers["Noor", "Vera"], school.offers["Kim", "Kader"]]
    db.execute(update(Offer).where(Offer.id.in_(same)).values(subject_code="ne"))
    db.commit()
    why, times = said(act("Alice").get(path).text)
    assert why == "No time yet. All 2 times of mevr. De Vries are taken."
    assert {time.partition("-")[2] for time in times} == {str(school.teachers["Kader"])}
    assert act("Alice").post(f"{path}/{request}", data={"time": times[0]}).status_code == 303
    db.expire_all()
    assert db.get(BookingRequest, request).withdrawn_at == NOW
    talk = select(Booking.teacher_key).where(Booking.student_id == school.students["Noor"])
    assert db.scalars(talk).all() == [str(school.teachers["Kader"])]


def test_the_teacher_is_free_only_when_the_family_cannot_come(act, school, path, ask, left):
    ask("Alice", "Noor", "Vera")
    left()
    span = (school.evening_id, FIRST + timedelta(minutes=70), FIRST + timedelta(hours=3))
    block(school.actors["Vera"], school.teachers["Vera"], *span, now=NOW)
    wishes.set_wishes(
        school.actors["Alice"],
        school.round_id,
        away=[(school.evening_id, FIRST)],
        preference=Preference.NONE,
        remark="",
        now=NOW,
    )
    why, times = said(act("Alice").get(path).text)
    assert why == "No time yet. mevr. De Vries is free only when you cannot come: Tue 9 February."
    assert len(times) == 3  # perhaps it can after all


def test_the_family_has_other_talks_then(act, school, path, mode, ask, left, book_one):
    mode("both")
    ask("Alice", "Noor", "Vera")
    left()
    book_one("Alice", "Noor", "Bart", 0)
    span = (school.evening_id, FIRST + timedelta(minutes=10), FIRST + timedelta(hours=3))
    block(school.actors["Vera"], school.teachers["Vera"], *span, now=NOW)
    why, times = said(act("Alice").get(path).text)
    assert why.endswith("At the times that mevr. De Vries has free, you have other talks.")
    assert times == []


def test_the_schools_sentence_stands_beside_it(act, school, path, ask, left):
    ask("Alice", "Noor", "Vera")
    left()
    planning = Planning(sentence="Mail the tutor for a talk in the week after.")
    settings.save_planning(school.actors["Sofie"], school.round_id, planning, now=NOW)
    assert "Mail the tutor" in act("Alice").get(path).text


def test_a_time_that_is_gone_is_said_and_changes_nothing(
    db, act, school, path, mode, ask, left, book_one
):
    mode("both")
    ask("Alice", "Noor", "Vera")
    (request,) = left()
    _why, times = said(act("Alice").get(path).text)
    book_one("Carol", "Kim", "Vera", 0)
    page = act("Alice").post(f"{path}/{request}", data={"time": times[0]})
    assert (page.status_code, "has just been taken" in page.text) == (409, True)
    assert times[0] not in said(page.text)[1]
    db.expire_all()
    assert db.get(BookingRequest, request).booking_id is None
    page = act("Alice").post(f"{path}/{request}", data={"time": "nonsense"})
    assert (page.status_code, "Choose a time." in page.text) == (422, True)


def test_nobody_takes_a_time_for_another_family_or_without_a_published_plan(
    db, act, school, path, ask, left
):
    ask("Alice", "Noor", "Vera")
    (request,) = db.scalars(select(BookingRequest.id))
    slot = school.choice("Noor", "Vera", 0)[0]
    time = f"{slot}-{school.teachers['Vera']}"
    assert act("Alice").post(f"{path}/{request}", data={"time": time}).status_code == 404
    left()
    for other in ("Carol", "Bea", "Vera", "Sofie"):
        assert act(other).post(f"{path}/{request}", data={"time": time}).status_code == 404
    stranger = f"{slot}-{school.teachers['Kader']}-99"
    assert act("Alice").post(f"{path}/{request}", data={"time": stranger}).status_code == 404
    assert db.scalars(select(Booking)).all() == []


def test_a_remark_that_is_too_long_is_refused_beside_a_time_too(db, act, path, mode, ask, left):
    mode("requests", teacher_remarks=True)
    ask("Alice", "Noor", "Vera")
    (request,) = left()
    _why, times = said(act("Alice").get(path).text)
    data = {"time": times[0], f"remark-{request}": "a" * 501}
    page = act("Alice").post(f"{path}/{request}", data=data)
    assert (page.status_code, "This text is too long" in page.text) == (409, True)
    assert db.scalars(select(Booking.id)).all() == []


def test_a_refused_time_keeps_what_the_page_had_shown(act, path, mode, ask, left):
    mode("requests", teacher_remarks=True)
    ask("Alice", "Noor", "Vera")
    (request,) = left()
    data = {f"remark-{request}": "mine", f"shown-remark-{request}": "as it was"}
    page = act("Alice").post(f"{path}/{request}", data=data)
    assert page.status_code == 422
    assert re.search(rf'name="shown-remark-{request}"\s+value="as it was"', page.text)
