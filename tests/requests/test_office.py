"""The office sees what is asked, which teachers have too few times, and what is said to it."""

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select, update

from app.bookings.models import BookingRequest
from app.bookings.regrouping import follow_households
from app.evenings.asked import load_requests
from app.requests import remarks, wishes
from app.requests.models import Preference, Wishes
from app.rounds.models import Offer, Round
from app.school.models import Student, Teacher
from tests.small_school import FIRST, NOW
from tests.talks import block

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def _both(db, school):
    values = {"mode": "both", "office_remarks": True, "long_talks": True}
    db.execute(update(Round).values(**values))
    db.commit()


@pytest.fixture
def remark(school):
    def remark_(actor, text):
        wishes.set_wishes(
            school.actors[actor],
            school.round_id,
            away=(),
            preference=Preference.NONE,
            remark=text,
            now=NOW,
        )

    return remark_


@pytest.fixture
def page(act, school):
    return lambda who="Sofie": act(who).get(f"/office/rounds/{school.round_id}/requests")


def test_each_request_is_a_line_and_parents_apart_are_two(school, ask):
    ask("Alice", "Noor", "Bart", "Vera", long=("Vera",))
    ask("Bob", "Tim", "Vera")
    ask("Bea", "Tim", "Vera")
    rows = load_requests(school.round_id).rows
    assert [(row.student, row.order, row.teacher, row.is_long, row.family) for row in rows] == [
        ("Noor Jansen", 1, "dhr. Bakker", False, ()),
        ("Noor Jansen", 2, "mevr. De Vries", True, ()),
        ("Tim Smit", 1, "mevr. De Vries", False, ("Bob Smit",)),
        ("Tim Smit", 1, "mevr. De Vries", False, ("Bea van den Berg",)),
    ]


def test_the_order_counts_what_each_household_asks_for_and_has_no_gaps(db, school, ask):
    db.execute(update(Round).values(max_per_child=3))
    db.commit()
    ask("Bob", "Tim", "Vera", "Bart", "Kader")
    ask("Bea", "Tim", "Kader", "Vera")
    ask("Bob", "Tim", "Vera", "Kader")
    rows = load_requests(school.round_id).rows
    assert [(row.family[0], row.order, row.teacher) for row in rows] == [
        ("Bob Smit", 1, "mevr. De Vries"),
        ("Bob Smit", 2, "mevr. Kaya"),
        ("Bea van den Berg", 1, "mevr. Kaya"),
        ("Bea van den Berg", 2, "mevr. De Vries"),
    ]


def test_a_student_who_comes_without_parents_is_named_as_such(db, school, page, ask):
    ask("Alice", "Noor", "Vera")
    assert "the student alone" not in page().text
    db.execute(update(BookingRequest).values(household_id=None))
    db.commit()
    assert "the student alone" in page().text
    db.execute(update(Round).values(participants="student"))
    db.commit()
    assert "the student alone" not in page().text


def test_who_of_parents_apart_needs_no_talk_is_said(school, page, ask):
    ask("Bea", "Tim", none_needed=True)
    (said,) = load_requests(school.round_id).none_needed
    assert (said.student, said.family) == ("Tim Smit", ("Bea van den Berg",))
    assert "Bea van den Berg" in page().text


def test_what_is_written_to_a_teacher_is_shown_with_its_request(db, school, page, ask):
    ask("Alice", "Noor", "Vera")
    (request_id,) = db.scalars(select(BookingRequest.id))
    remarks.save(school.actors["Alice"], school.round_id, {request_id: "over lezen"}, now=NOW)
    assert "over lezen" in page().text


def test_a_remark_names_the_children_it_can_be_about(db, school, page, remark):
    remark("Alice", "Graag na zeven uur")
    links = [f'href="/office/students/{school.students[name]}"' for name in ("Noor", "Sem", "Kim")]
    assert [link in page().text for link in links] == [True, True, False]
    db.execute(
        update(Offer).where(Offer.student_id == school.students["Sem"]).values(offered=False)
    )
    db.commit()
    assert [link in page().text for link in links] == [True, False, False]


def test_what_a_parent_says_alone_is_about_the_children_of_both_households(school, remark, regroup):
    regroup("Sem", ["Alice"], ["Adam"])
    remark("Alice", "Graag na zeven uur")
    (alone,) = load_requests(school.round_id).remarks
    assert (alone.family, [name for _id, name in alone.children]) == (
        ("Alice Jansen",),
        ["Noor Jansen", "Sem Jansen"],
    )


def test_demand_counts_long_talks_twice_and_free_times_without_talks_and_absences(
    school, ask, book_one
):
    ask("Alice", "Noor", "Vera", long=("Vera",))
    ask("Carol", "Kim", "Vera")
    (vera,) = load_requests(school.round_id).demand
    assert (vera.wanted, vera.free, vera.lacks) == (3, 12, 0)
    book_one("Bob", "Tim", "Vera", 0)
    late = FIRST + timedelta(minutes=20)
    block(
        school.actors["Vera"],
        school.teachers["Vera"],
        school.evening_id,
        late,
        FIRST + timedelta(minutes=130),
        now=NOW,
    )
    (vera,) = load_requests(school.round_id).demand
    assert (vera.wanted, vera.free, vera.lacks) == (3, 1, 2)


def test_demand_counts_offers_of_several_times_and_a_teachers_own_talks_as_a_parent(
    db, school, ask, book_one
):
    """Bart teaches Noor, and is the father of Lot."""
    offer = Offer.id == school.offers["Noor", "Bart"]
    db.execute(update(Offer).where(offer).values(slots=2))
    db.commit()
    ask("Alice", "Noor", "Bart", long=("Bart",))
    book_one("Bart", "Lot", "Vera", 0)
    (bart,) = load_requests(school.round_id).demand
    assert (bart.wanted, bart.free) == (4, 11)


def test_the_page_says_it(page, ask, remark):
    assert "No family has asked for a talk yet." in page().text
    ask("Alice", "Noor", "Vera")
    ask("Carol", "Kim", none_needed=True)
    remark("Alice", "Graag na zeven uur")
    text = unescape(page().text)
    for words in ("1 request", "Noor Jansen", "No talk needed", "Kim Öztürk", "Graag na zeven uur"):
        assert words in text
    assert "Alice Jansen" in text


def test_a_remark_is_ticked_off_and_comes_back_with_a_new_text(db, act, page, remark):
    remark("Alice", "Graag na zeven uur")
    row = db.scalars(select(Wishes)).one()
    for handled, is_handled in (("1", True), ("1", True), ("0", False), ("1", True)):
        answer = act("Sofie").post(f"/office/wishes/{row.id}/handled", data={"handled": handled})
        assert answer.status_code == 303
        db.expire_all()
        assert (row.handled_at is not None) == is_handled
    remark("Adam", "Of later")
    db.expire_all()
    assert row.handled_at is None


@pytest.mark.parametrize("who", ["Alice", "Vera", "Noor"])
def test_it_is_the_offices_alone(db, act, page, remark, who):
    remark("Alice", "Graag na zeven uur")
    row = db.scalars(select(Wishes)).one()
    assert page(who).status_code == 404
    answer = act(who).post(f"/office/wishes/{row.id}/handled", data={"handled": "1"})
    assert answer.status_code == 404
    db.expire_all()
    assert row.handled_at is None


def test_the_tab_is_there_for_rounds_with_requests(db, act, school, page):
    path = f"/office/rounds/{school.round_id}"
    assert f'href="{path}/requests"' in act("Sofie").get(path).text
    db.execute(update(Round).values(mode="times"))
    db.commit()
    assert f'href="{path}/requests"' not in act("Sofie").get(path).text
    assert page().status_code == 404


@pytest.mark.parametrize("gone", ["teacher", "lesson", "student"])
def test_what_cannot_be_planned_any_more_is_listed_until_the_office_withdraws_it(
    db, school, act, page, ask, gone
):
    ask("Alice", "Noor", "Vera", "Bart")
    today = NOW.date()
    if gone == "teacher":
        db.execute(
            update(Teacher).where(Teacher.id == school.teachers["Vera"]).values(ended_on=today)
        )
    elif gone == "lesson":
        offer = Offer.id == school.offers["Noor", "Vera"]
        db.execute(update(Offer).where(offer).values(offered=False, in_package=False))
    else:
        db.execute(
            update(Student).where(Student.id == school.students["Noor"]).values(ended_on=today)
        )
    db.commit()
    rows = load_requests(school.round_id).hindered
    both = ["dhr. Bakker", "mevr. De Vries"]
    assert sorted(row.teacher for row in rows) == (both if gone == "student" else both[1:])
    text = unescape(page().text)
    assert [words in text for words in ("What cannot be planned", "you cannot undo it")] == [
        True,
        True,
    ]
    assert ("the student left the school" in text) == (gone == "student")
    for row in rows:
        answer = act("Sofie").post(f"/office/requests/{row.id}/withdraw")
        assert answer.status_code == 303
        assert act("Vera").post(f"/office/requests/{row.id}/withdraw").status_code == 404
    assert load_requests(school.round_id).hindered == ()
    assert len(load_requests(school.round_id).rows) == (0 if gone == "student" else 1)


def test_who_comes_back_is_asked_for_as_before(db, school, ask):
    ask("Alice", "Noor", "Vera")
    noor = Student.id == school.students["Noor"]
    for ended_on, hindered in ((NOW.date(), 1), (None, 0)):
        db.execute(update(Student).where(noor).values(ended_on=ended_on))
        db.commit()
        assert len(load_requests(school.round_id).hindered) == hindered
    (vera,) = load_requests(school.round_id).demand
    assert vera.wanted == 1


@pytest.mark.parametrize("both_say", [False, True])
def test_the_times_that_a_family_likes_stand_at_the_children_of_both_households(
    school, ask, regroup, both_say
):
    ask("Alice", "Noor", "Vera")
    ask("Alice", "Sem", "Vera")
    regroup("Sem", ["Alice"], ["Adam"])
    follow_households(now=NOW)
    for who, likes in (("Alice", Preference.EARLY), ("Adam", Preference.LATE))[: 1 + both_say]:
        wishes.set_wishes(
            school.actors[who], school.round_id, away=(), preference=likes, remark="", now=NOW
        )
    noor, sem = (row.preference for row in load_requests(school.round_id).rows)
    assert (noor == Preference.NONE, sem) == (False, Preference.EARLY)
