"""The three pages on which a family asks, without JavaScript; nothing typed is lost."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.bookings.models import BookingRequest
from app.bookings.rules import TooManyTalks
from app.requests.models import AwayTime, Wishes
from app.rounds.models import Round, Slot
from tests.markers import marker_in
from tests.signing_in import sign_in
from tests.small_school import NOW
from tests.talks import block

HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def mode(db, school):
    def mode_(mode, **more):
        db.execute(update(Round).values(mode=mode, **more))
        db.commit()

    mode_("requests", office_remarks=True, long_talks=True)
    return mode_


@pytest.fixture
def path(school):
    return f"/rounds/{school.round_id}"


@pytest.fixture
def whom(school):
    """The fields of the first page: whom(Noor=["Vera"], Sem=[])."""

    def whom_(**children):
        return {
            f"ask-{school.students[child]}": [school.offers[child, name] for name in teachers]
            for child, teachers in children.items()
        }

    return whom_


def test_a_family_asks_for_all_its_children_in_three_steps(db, act, path, whom):
    page = act("Alice").get(f"{path}/ask").text
    assert [name in page for name in ("Noor", "Sem", "mevr. De Vries", "extra long")] == [True] * 4
    answer = act("Alice").post(f"{path}/ask", data=whom(Noor=["Vera", "Bart"], Sem=["Kader"]))
    assert (answer.status_code, answer.location) == (303, f"{path}/ask/when")

    page = act("Alice").get(answer.location).text
    assert ["18:30–19:30" in page, "19:40–20:40" in page] == [True, True]
    first = page.partition('name="away"')[2].partition('value="')[2].partition('"')[0]
    sent = {"away": f"{first}-1730", "preference": "late", "remark": "graag na elkaar"}
    answer = act("Alice").post(f"{path}/ask/when", data=sent)
    assert (answer.status_code, answer.location) == (303, f"{path}/asked")

    page = act("Alice").get(answer.location).text
    assert "The school has your request for 3 talks." in page
    assert ["18:30–19:30" in page, "19:40–20:40" in page] == [True, False]
    wishes = db.scalars(select(Wishes)).one()
    assert (wishes.preference, wishes.remark) == ("late", "graag na elkaar")
    assert len(db.scalars(select(AwayTime.id)).all()) == 1


def test_what_is_not_right_is_said_at_the_child_and_nothing_is_lost(db, act, school, path, whom):
    both = whom(Noor=["Vera"], Sem=["Vera", "Bart", "Kader"])
    answer = act("Alice").post(f"{path}/ask", data=both)
    assert answer.status_code == 409
    sem = school.students["Sem"]
    assert f'id="child-{sem}-error"' in answer.text
    assert answer.text.count("checked") == 4
    assert db.scalars(select(BookingRequest.id)).all() == []


def test_a_text_that_is_too_long_comes_back(act, path):
    answer = act("Alice").post(f"{path}/ask/when", data={"remark": "x" * 501})
    assert (answer.status_code, "x" * 501 in answer.text) == (409, True)
    assert "too long" in answer.text


def test_the_other_parent_sees_the_same_and_another_family_nothing(act, path, whom):
    act("Alice").post(f"{path}/ask", data=whom(Noor=["Vera"]))
    assert "request for 1 talk." in act("Adam").get(f"{path}/asked").text
    assert "Nothing is asked" in act("Carol").get(f"{path}/asked").text


def test_the_table_of_a_round_without_times_is_the_page_of_asking(act, school, path, mode):
    table = f"{path}/children/{school.students['Noor']}"
    answer = act("Alice").get(table)
    assert (answer.status_code, answer.location) == (302, f"{path}/ask")
    mode("both")
    page = act("Alice").get(table)
    assert (page.status_code, f'href="{path}/ask"' in page.text) == (200, True)
    mode("times")
    assert f'href="{path}/ask"' not in act("Alice").get(table).text
    assert act("Alice").get(f"{path}/ask").status_code == 404


def test_the_overview_leads_there_and_says_how_many(act, path, whom):
    page = act("Alice").get("/talks").text
    assert f'href="{path}/ask"' in page
    act("Alice").post(f"{path}/ask", data=whom(Noor=["Vera"], Sem=["Bart"]))
    page = act("Alice").get("/talks").text
    assert "2 talks asked for" in page
    assert f'href="{path}/asked"' in page


@pytest.mark.parametrize("who", ["Vera", "Anna", "Noor"])
def test_it_is_for_families_to_whom_the_round_is_open(act, path, who):
    for page in ("ask", "ask/when", "asked"):
        assert act(who).get(f"{path}/{page}").status_code == 404


def test_after_closing_the_pages_can_be_read_and_change_nothing(db, client, school, path, whom):
    db.execute(update(Round).values(closes_at=NOW + timedelta(days=1)))
    db.commit()
    sign_in(client, school.people["Alice"], now=NOW)
    client.post(f"{path}/ask", data=whom(Noor=["Vera"]))
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        sign_in(client, school.people["Alice"], now=NOW + timedelta(days=2))
        assert client.get(f"{path}/asked").status_code == 200
        answer = client.post(f"{path}/ask", data=whom(Noor=["Bart"]))
    assert answer.status_code == 409
    assert db.scalars(select(BookingRequest.teacher_key)).all() == [str(school.teachers["Vera"])]


def test_odd_values_are_left_out(db, act, school, path):
    sent = {f"ask-{school.students['Noor']}": ["x", "-1", "99999999999", "0"]}
    assert act("Alice").post(f"{path}/ask", data=sent).status_code == 303
    sent = {"away": ["x", "1-9999"]}
    odd = sent | {"preference": "never"}
    assert act("Alice").post(f"{path}/ask/when", data=odd).status_code == 422
    assert act("Alice").post(f"{path}/ask/when", data=sent).status_code == 303
    assert db.scalars(select(BookingRequest.id)).all() == []


def test_what_one_parent_asks_is_in_no_byte_for_the_other_who_comes_apart(
    act, school, path, whom, mode
):
    mode("both", office_remarks=True, long_talks=True)
    table = f"{path}/children/{school.students['Tim']}"
    pages = ("/talks", "/talks/log", f"{path}/ask", f"{path}/ask/when", f"{path}/asked", table)

    def seen():
        texts = [act("Bea").get(page).text for page in pages]
        return [re.sub(r'(value|data-now|data-tab)="[^"]{16,}"', "", text) for text in texts]

    before = seen()
    act("Bob").post(f"{path}/ask", data=whom(Tim=["Vera", "Bart"]))
    act("Bob").post(f"{path}/ask/when", data={"remark": "liever niet met haar"})
    assert "request for 2 talks" in act("Bob").get(f"{path}/asked").text
    assert seen() == before


@pytest.fixture
def fill(db, school):
    """Let a teacher be away on the whole evening."""

    def fill_(name):
        slots = db.scalars(select(Slot).order_by(Slot.starts_at)).all()
        span = (school.evening_id, slots[0].starts_at, slots[-1].ends_at)
        block(school.actors[name], school.teachers[name], *span, now=NOW)

    return fill_


def test_the_card_of_a_teacher_without_a_free_time_leads_to_asking(act, school, mode, path, fill):
    mode("both")
    noor, vera = school.students["Noor"], school.offers["Noor", "Vera"]
    url = f"{path}/ask?teacher={vera}#child-{noor}"
    table = f"{path}/children/{noor}?view=list"
    assert url not in act("Alice").get(table).text
    fill("Vera")
    assert url in act("Alice").get(table).text
    page = act("Alice").get(url.partition("#")[0]).text
    (box,) = re.findall(r"<input[^>]* checked>", page)
    assert f'value="{vera}"' in box
    mode("times")
    assert "/ask" not in act("Alice").get(table).text


def test_a_card_that_fills_while_the_page_is_open_gets_the_link_too(act, school, mode, path, fill):
    mode("both")
    noor, vera = school.students["Noor"], school.offers["Noor", "Vera"]
    table = f"{path}/children/{noor}?view=list"
    marker = marker_in(act("Alice").get(table, headers=HTMX).text)
    fill("Vera")
    answer = act("Alice").get(f"{table}&marker={marker}", headers=HTMX)
    assert "#open-" in answer.text
    assert f"{path}/ask?teacher={vera}#child-{noor}" in answer.text


def test_a_teacher_of_another_child_is_not_ticked_by_an_address(act, school, path):
    page = act("Alice").get(f"{path}/ask?teacher={school.offers['Kim', 'Vera']}").text
    assert " checked" not in page


def test_after_closing_the_overview_still_leads_to_what_was_asked_for(act, mode, path, ask):
    ask("Alice", "Noor", "Vera")
    mode("requests", closes_at=NOW)
    page = act("Alice").get("/talks").text
    assert (f"{path}/asked" in page, "The school looks for times" in page) == (True, True)
    assert f"{path}/ask" not in act("Carol").get("/talks").text


def test_the_table_says_what_is_asked_for_and_counts_it(act, school, mode, path, ask):
    mode("both", max_per_child=2)
    table = f"{path}/children/{school.students['Noor']}?view=list"
    assert "For Noor you can still choose 2 talks." in act("Alice").get(table).text
    ask("Alice", "Noor", "Vera", "Bart")
    page = act("Alice").get(table).text
    assert "You asked for a talk with:" in page
    said = page.partition("You asked for a talk with:")[2].partition("</p>")[0]
    assert ("De Vries" in said, "Bakker" in said, "Kaya" in said) == (True, True, False)
    assert "you can still choose" not in page
    ask("Alice", "Noor", "Bart")
    assert "For Noor you can still choose 1 talk." in act("Adam").get(table).text
    noor, other = (f"/children/{school.students[it]}?" for it in ("Noor", "Kim"))
    assert noor in table
    kim = act("Carol").get(table.replace(noor, other))
    assert kim.status_code == 200
    assert "You asked for" not in kim.text


def test_a_time_at_somebody_else_is_refused_with_what_to_do(school, mode, ask, book_one):
    mode("both", max_per_child=1)
    ask("Alice", "Noor", "Vera")
    with pytest.raises(TooManyTalks) as refusal:
        book_one("Alice", "Noor", "Bart", 0)
    assert "Trek een aanvraag in" in refusal.value.message
    book_one("Alice", "Noor", "Vera", 0)


def test_a_teacher_who_is_not_offered_any_more_is_named(act, path, ask, withdraw):
    ask("Alice", "Noor", "Vera")
    withdraw("Noor", "Vera")
    page = act("Alice").get(f"{path}/asked").text
    assert "mevr. De Vries cannot be planned any more." in page
    assert "talk asked for" not in act("Alice").get("/talks").text


def test_a_hint_that_would_be_refused_is_not_ticked(act, school, mode, path, ask):
    mode("both", max_per_child=1)
    hint = f"{path}/ask?teacher={school.offers['Noor', 'Bart']}"
    ask("Alice", "Noor", none_needed=True)
    (box,) = re.findall(r"<input[^>]* checked>", act("Alice").get(hint).text)
    assert f'value="{school.offers["Noor", "Bart"]}"' in box
    ask("Alice", "Noor", "Vera")
    (box,) = re.findall(r"<input[^>]* checked>", act("Alice").get(hint).text)
    assert f'value="{school.offers["Noor", "Vera"]}"' in box


def test_who_cannot_ask_for_any_child_is_led_nowhere(act, mode, path):
    mode("both", apart_requests=False)
    assert f"{path}/ask" not in act("Bob").get("/talks").text
    page = act("Bob").get(f"{path}/ask").text
    assert ("Please call the school." in page, 'type="submit">Save' in page) == (True, False)
    for step in ("ask/when", "asked"):
        assert act("Bob").get(f"{path}/{step}").location == f"{path}/ask"
