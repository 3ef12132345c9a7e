"""Two parents, or two windows, at the same form: what one did not touch stays as the other left it."""

import re

import pytest
from sqlalchemy import select, update

from app.bookings.models import Booking, BookingRequest
from app.requests import following, remarks
from app.requests.models import AwayTime, NoTalkNeeded, Wishes
from app.requests.queries import load_asking
from app.rounds.models import Round
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def mode(db):
    def mode_(**values):
        db.execute(update(Round).values(**values))
        db.commit()

    mode_(mode="both", office_remarks=True)
    return mode_


@pytest.fixture
def path(school):
    return f"/rounds/{school.round_id}"


def form(page):
    """Return what a browser would send of a page's form, but for the token and the buttons."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = (re.search(rf'\b{it}="([^"]*)"', tag) for it in ("name", "value"))
        is_sent = " checked" in tag or not re.search(r'type="(checkbox|radio)"', tag)
        if name and is_sent and name[1] != "csrf_token":
            fields.setdefault(name[1], []).append(value[1] if value else "on")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        fields[name] = [text]
    return fields


def test_a_form_that_changes_nothing_leaves_what_the_other_parent_said(db, act, path):
    old = form(act("Adam").get(f"{path}/ask/when").text)
    new = form(act("Alice").get(f"{path}/ask/when").text)
    values = re.findall(r'name="away"\s+value="([^"]+)"', act("Alice").get(f"{path}/ask/when").text)
    act("Alice").post(
        f"{path}/ask/when",
        data=new | {"away": values[1:2], "remark": ["graag vroeg"], "preference": ["early"]},
    )
    act("Adam").post(f"{path}/ask/when", data=old)
    wishes = db.scalars(select(Wishes)).one()
    assert (wishes.remark, wishes.preference) == ("graag vroeg", "early")
    assert len(db.scalars(select(AwayTime)).all()) == 1


def test_and_changes_what_it_changes(db, act, path):
    page = act("Alice").get(f"{path}/ask/when").text
    values = re.findall(r'name="away"\s+value="([^"]+)"', page)
    act("Alice").post(f"{path}/ask/when", data=form(page) | {"away": values[1:2]})
    old = form(act("Adam").get(f"{path}/ask/when").text)
    new = form(act("Alice").get(f"{path}/ask/when").text)
    act("Alice").post(f"{path}/ask/when", data=new | {"away": values[1:3]})
    act("Adam").post(f"{path}/ask/when", data={**old, "away": []} | {"preference": ["late"]})
    (part,) = db.scalars(select(AwayTime))
    assert f"{part.evening_id}-{part.starts_at:%H%M}" == values[2]
    assert db.scalars(select(Wishes.preference)).one() == "late"


@pytest.mark.parametrize("button", [{}, {"up": True}])
def test_the_other_parents_remark_for_a_teacher_stays(db, act, ask, path, button):
    ask("Alice", "Noor", "Vera", "Bart")
    vera, bart = db.scalars(select(BookingRequest).order_by(BookingRequest.id))
    old = form(act("Adam").get(f"{path}/asked").text)
    new = form(act("Alice").get(f"{path}/asked").text)
    act("Alice").post(f"{path}/asked", data=new | {f"remark-{vera.id}": ["over lezen"]})
    sent = old | ({"up": [str(bart.id)]} if button else {})
    answer = act("Adam").post(f"{path}/asked", data=sent)
    assert answer.location.endswith(f"#request-{bart.id}" if button else "/asked")
    db.expire_all()
    assert vera.remark == "over lezen"


def test_a_refused_page_shows_what_the_other_parent_asked_for_meanwhile(
    db, act, school, ask, path, mode
):
    mode(max_per_child=2)
    noor = school.students["Noor"]
    ids = {name: school.offers["Noor", name] for name in ("Vera", "Bart", "Kader")}
    old = form(act("Adam").get(f"{path}/ask").text)
    ask("Alice", "Noor", "Vera")
    sent = old | {f"ask-{noor}": [ids["Bart"], ids["Kader"]]}
    page = act("Adam").post(f"{path}/ask", data=sent)
    assert page.status_code == 409
    assert {str(it) for it in ids.values()} == set(form(page.text)[f"ask-{noor}"])
    fixed = form(page.text) | {f"ask-{noor}": [ids["Bart"], ids["Kader"]]}
    assert act("Adam").post(f"{path}/ask", data=fixed).status_code == 303
    live = select(BookingRequest.offer_id).where(BookingRequest.withdrawn_at.is_(None))
    assert set(db.scalars(live)) == {ids["Bart"], ids["Kader"]}


def test_so_with_no_talk_needed(act, school, ask, path):
    noor = school.students["Noor"]
    old = form(act("Adam").get(f"{path}/ask").text)
    ask("Alice", "Noor", "Vera")
    page = act("Adam").post(f"{path}/ask", data=old | {f"none-{noor}": ["y"]})
    assert page.status_code == 409
    assert form(page.text)[f"ask-{noor}"] == [str(school.offers["Noor", "Vera"])]


def test_what_is_added_comes_after_what_stays(ask, asked, mode):
    mode(max_per_child=3)
    ask("Alice", "Noor", "Vera", "Bart", "Kader")
    ask("Alice", "Noor", "Kader")
    ask("Alice", "Noor", "Kader", "Vera")
    assert asked("Alice") == ["mevr. Kaya", "mevr. De Vries"]


def test_the_remark_for_the_teacher_goes_along_when_a_time_is_chosen(db, school, ask, book_one):
    ask("Alice", "Noor", "Vera")
    request = db.scalars(select(BookingRequest)).one()
    remarks.save(school.actors["Alice"], school.round_id, {request.id: "over lezen"}, now=NOW)
    talk = book_one("Adam", "Noor", "Vera", 0)
    assert db.get(Booking, talk).remark == "over lezen"


def test_that_no_talk_is_needed_ends_with_a_talk(db, school, ask, book_one):
    ask("Alice", "Noor", none_needed=True)
    ask("Alice", "Sem", none_needed=True)
    book_one("Alice", "Noor", "Vera", 0)
    following.follow(now=NOW)
    assert db.scalars(select(NoTalkNeeded.student_id)).all() == [school.students["Sem"]]


def test_a_line_break_counts_as_one_character(db, act, path):
    page = form(act("Alice").get(f"{path}/ask/when").text)
    text = "ab\r\n" * 166  # 498 characters with one sign for each break
    assert act("Alice").post(f"{path}/ask/when", data=page | {"remark": [text]}).status_code == 303
    assert db.scalars(select(Wishes.remark)).one() == ("ab\n" * 166).strip()


def test_after_closing_what_was_not_saved_says_so(db, act, school, ask, path, mode):
    ask("Alice", "Noor", "Vera")
    (request,) = db.scalars(select(BookingRequest))
    sent = form(act("Alice").get(f"{path}/asked").text) | {f"remark-{request.id}": ["te laat"]}
    when = form(act("Alice").get(f"{path}/ask/when").text) | {"remark": ["ook te laat"]}
    mode(closes_at=NOW)
    page = act("Alice").post(f"{path}/asked", data=sent)
    assert (page.status_code, "Not saved:" in page.text, "te laat" in page.text) == (
        409,
        True,
        True,
    )
    page = act("Alice").post(f"{path}/ask/when", data=when)
    assert (page.status_code, "Not saved:" in page.text, "ook te laat" in page.text) == (
        409,
        True,
        True,
    )
    assert "Not saved:" not in act("Alice").get(f"{path}/asked").text
    assert load_asking(school.actors["Alice"], school.round_id, now=NOW).remark == ""
