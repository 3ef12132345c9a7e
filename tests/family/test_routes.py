"""The family's pages over HTTP: with htmx, without JavaScript, and with other people's ids."""

import re
from datetime import timedelta

import pytest
import time_machine
from icalendar import Calendar
from sqlalchemy import select, update

from app.bookings import remarks, service
from app.bookings.models import Booking
from app.core.errors import DomainError
from app.rounds.models import Offer, Round
from app.school.models import Guardianship
from tests.html import without_secrets
from tests.markers import marker_in
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _evening_of_booking():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def act(client, school):
    """Be somebody: act("Alice").get("/talks")."""

    def act_(name):
        sign_in(client, school.people[name], now=NOW)
        return client

    return act_


@pytest.fixture
def table(school):
    def table_(student):
        return f"/rounds/{school.round_id}/children/{school.students[student]}"

    return table_


def form(school, student, *cells, **fields):
    values = ["-".join(map(str, school.choice(student, *cell))) for cell in cells]
    return {"cells": values, "submission": fields.pop("submission", "a-form-of-this-test")} | fields


def outcome_and_table(answer):
    """Return what an answer says of the last act, and the rest of it."""
    before, outcome, after = re.split(
        r'(<details class="outcome".*?</details>)', answer.text, flags=re.DOTALL
    )
    return outcome, before + after


def live(db):
    return db.scalars(select(Booking).where(Booking.cancelled_at.is_(None))).all()


def test_the_table_is_one_page_with_the_childs_teachers_and_no_others_name(act, table, choose):
    choose("Carol", "Kim", ("Vera", 0))
    page = act("Alice").get(table("Noor"))

    assert page.status_code == 200
    assert "mevr. De Vries" in page.text
    for name in ("Kim", "Carol", "Öztürk", "Smit", "Berg"):
        assert name not in without_secrets(page.text)


def test_booking_without_javascript_leads_to_the_table_with_the_message(act, db, school, table):
    client = act("Alice")
    answer = client.post(table("Noor"), data=form(school, "Noor", ("Vera", 0)))
    assert answer.status_code == 303

    page = client.get(answer.location)
    assert page.status_code == 200
    for word in ("De Vries", "Noor", "18.30", "B01"):  # teacher, child, time, room
        assert word in page.text
    assert len(live(db)) == 1


def test_booking_with_htmx_answers_the_fresh_table(act, school, table):
    answer = act("Alice").post(table("Noor"), data=form(school, "Noor", ("Vera", 0)), headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<div")
    assert "<html" not in answer.text


def test_the_loser_is_answered_409_with_the_nearest_times(act, school, table, choose):
    choose("Carol", "Kim", ("Vera", 0))
    answer = act("Alice").post(table("Noor"), data=form(school, "Noor", ("Vera", 0)), headers=HTMX)
    assert answer.status_code == 409
    assert "18.40" in answer.text
    assert "Kim" not in without_secrets(answer.text)


def test_the_same_post_twice_answers_the_same_once(act, db, school, table):
    client = act("Alice")
    data = form(school, "Noor", ("Vera", 0))
    first = client.post(table("Noor"), data=data)
    assert client.post(table("Noor"), data=data).location == first.location
    assert len(live(db)) == 1


AGAIN = "Open deze pagina opnieuw, en kies nog een keer."
SENT = {"submission": "a-form-of-this-test", "cells": ["1-1"]}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cells": []}, "Kies ten minste één tijd."),
        ({"cells": ["1-1"] * 25}, "Kies ten hoogste 24 tijden."),
        ({"cells": ["nonsense"]}, AGAIN),
        ({"cells": ["1-1", "1-2-3"]}, AGAIN),
        ({"cells": ["1-1", ""]}, AGAIN),
        ({"cells": ["1-1234567890"]}, AGAIN),
        ({"submission": ""}, AGAIN),
        ({"submission": "too-short"}, AGAIN),
        ({"submission": "a-form-of-this-test\n"}, AGAIN),
        ({"submission": "x" * 65}, AGAIN),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_nonsense_is_answered_in_words_and_changes_nothing(act, db, table, changed, words, headers):
    answer = act("Alice").post(table("Noor"), data={**SENT, **changed}, headers=headers)
    assert answer.status_code == 422
    assert words in answer.text.partition('role="alert"')[2].partition("</")[0]
    assert live(db) == []


def test_what_was_ticked_stays_ticked_beside_the_words(act, db, school, table):
    data = form(school, "Noor", ("Vera", 0), submission="too-short")
    answer = act("Alice").post(table("Noor"), data=data, headers=HTMX)
    assert answer.status_code == 422
    assert re.findall(r'value="(\d+-\d+)"[^>]* checked', answer.text) == data["cells"]


@pytest.mark.parametrize(("together", "booked"), [({}, 1), ({"together": "y"}, 0)])
def test_all_or_none_if_it_is_ticked(act, db, school, table, withdraw, together, booked):
    withdraw("Noor", "Kader")
    data = form(school, "Noor", ("Vera", 0), ("Kader", 1), **together)
    assert act("Alice").post(table("Noor"), data=data, headers=HTMX).status_code == 409
    assert len(live(db)) == booked


def test_a_time_that_does_not_exist_is_answered_409(act, table):
    data = {"submission": "a-form-of-this-test", "cells": ["999999-999999"]}
    answer = act("Alice").post(table("Noor"), data=data)
    assert answer.status_code == 409
    assert "De tijden van deze ronde zijn veranderd" in answer.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_teacher_who_is_gone_is_named_above_the_fresh_table(
    act, db, school, table, withdraw, headers
):
    withdraw("Noor", "Kader")
    answer = act("Alice").post(
        table("Noor"), data=form(school, "Noor", ("Kader", 1)), headers=headers
    )
    assert answer.status_code == 409
    outcome, fresh = outcome_and_table(answer)
    assert "mevr. Kaya" in outcome
    assert "18.40" in outcome
    assert "niets gereserveerd" in outcome.lower()
    assert "mevr. Kaya" not in fresh
    assert "mevr. De Vries" in fresh
    assert live(db) == []


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_there_is_reserved_beside_a_teacher_who_is_gone(
    act, db, school, table, withdraw, headers
):
    withdraw("Noor", "Kader")
    data = form(school, "Noor", ("Kader", 1), ("Vera", 0))
    client = act("Alice")
    answer = client.post(table("Noor"), data=data, headers=headers)
    if not headers:
        answer = client.get(answer.location)
    outcome, _fresh = outcome_and_table(answer)
    assert answer.status_code == (409 if headers else 200)
    assert "mevr. De Vries" in outcome
    assert "mevr. Kaya" in outcome
    assert len(live(db)) == 1


def test_a_talk_in_a_column_that_is_gone_stays_where_it_is(act, db, school, withdraw, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    withdraw("Noor", "Vera")
    cell = "-".join(map(str, school.choice("Noor", "Vera", 1)))
    answer = act("Alice").post(
        f"/talks/{talk}/move",
        data={"submission": "a-form-of-this-test", "cell": cell},
        headers=HTMX,
    )
    assert answer.status_code == 409
    assert "Deze docent is zo niet meer te kiezen" in answer.text
    assert live(db)[0].starts_at == FIRST


def test_a_refused_choice_keeps_what_was_ticked(act, school, table):
    cells = (("Vera", 0), ("Bart", 1), ("Kader", 2))  # three, where two are allowed
    answer = act("Alice").post(table("Noor"), data=form(school, "Noor", *cells), headers=HTMX)
    assert answer.status_code == 409
    assert len(re.findall(r"\schecked", answer.text)) >= 3


@pytest.mark.parametrize("student", ["Kim", "Tim"])
def test_a_child_of_others_is_404_in_the_path_and_nobody_in_the_form(
    act, db, school, table, student
):
    client = act("Alice")
    assert client.get(table(student)).status_code == 404
    assert client.get(table(student), headers=HTMX).status_code == 404
    answer = client.post(table(student), data=form(school, student, ("Vera", 0)))
    assert answer.status_code == 404
    school.offers["Noor", "nobody"] = 999_999
    answers = [
        client.post(
            table("Noor"), data=form(school, *cell, submission=f"a-form-of-the-test-{cell[0]}")
        )
        for cell in ((student, ("Vera", 0)), ("Noor", ("nobody", 0)))
    ]
    assert [answer.status_code for answer in answers] == [409, 409]
    forged, nobody = (outcome_and_table(answer)[0] for answer in answers)
    assert re.sub('outcome-[^"]+', "", forged) == re.sub('outcome-[^"]+', "", nobody)
    assert live(db) == []


def test_a_talk_of_others_is_404_everywhere_and_says_nothing(act, db, choose, school):
    (talk,) = choose("Carol", "Kim", ("Vera", 0)).booked
    client = act("Alice")
    answers = [
        client.get(f"/talks/{talk}.ics"),
        client.get(f"/talks/{talk}/cancel"),
        client.post(f"/talks/{talk}/cancel"),
        client.get(f"/talks/{talk}/remark"),
        client.post(f"/talks/{talk}/remark", data={"remark": "hello"}),
        client.post(f"/talks/{talk}/move", data={"submission": "s" * 20, "cell": "1-1"}),
    ]
    nobody = client.get("/talks/99999/cancel")
    for answer in answers:
        assert answer.status_code == 404
        assert "Kim" not in without_secrets(answer.text)
    assert answers[1].text.replace(f"/talks/{talk}/", "") == nobody.text.replace(
        "/talks/99999/", ""
    )
    assert db.get(Booking, talk).remark == ""


def test_guardians_apart_see_nothing_of_each_other_in_any_byte(act, table, choose, school):
    (talk,) = choose("Bob", "Tim", ("Vera", 0)).booked
    remarks.set_remark(school.actors["Bob"], talk, "about the divorce", now=NOW)
    client = act("Bea")
    pages = [table("Tim"), "/talks", "/talks/log", f"/talks/{talk}.ics", f"/talks/{talk}/remark"]
    for path in pages:
        text = without_secrets(client.get(path).text)
        for word in ("Bob", "Smit, Bob", "divorce"):
            assert word not in text
    own = client.get(table("Tim")).text
    other = act("Alice").get(table("Noor")).text
    cell = r'<td[^>]*data-state="others"[^>]*>.*?</td>'
    assert re.search(cell, own, re.DOTALL).group() == re.search(cell, other, re.DOTALL).group()


def test_guardians_together_share_and_both_change(act, db, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    client = act("Adam")
    assert "De Vries" in client.get("/talks").text
    client.post(f"/talks/{talk}/cancel")
    assert live(db) == []


def test_a_talk_that_went_into_a_calendar_can_leave_it_by_the_same_address(act, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    client = act("Adam")
    (before,) = Calendar.from_ical(client.get(f"/talks/{talk}.ics").data).walk("VEVENT")
    service.cancel(school.actors["Alice"], talk, now=NOW)
    answer = client.get(f"/talks/{talk}.ics")
    (after,) = Calendar.from_ical(answer.data).walk("VEVENT")

    assert answer.status_code == 200
    assert (before["uid"], before["sequence"] + 1) == (after["uid"], after["sequence"])
    assert (before["status"], after["status"]) == ("CONFIRMED", "CANCELLED")
    assert before["dtstart"].dt == after["dtstart"].dt
    assert act("Carol").get(f"/talks/{talk}.ics").status_code == 404


def test_moving_is_one_form_and_keeps_the_old_time_when_lost(act, db, school, choose):
    choose("Carol", "Kim", ("Vera", 3))
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    client = act("Alice")

    def move(slot):
        cell = "-".join(map(str, school.choice("Noor", "Vera", slot)))
        data = {"submission": f"move-number-{slot}-here", "cell": cell}
        return client.post(f"/talks/{talk}/move", data=data, headers=HTMX)

    assert move(3).status_code == 409
    assert db.get(Booking, talk).starts_at == FIRST
    answer = move(4)
    assert answer.status_code == 200
    assert "19.10" in answer.text
    assert db.get(Booking, talk).starts_at == FIRST + timedelta(minutes=40)


def test_a_remark_is_kept_shown_and_too_long_is_said_beside_it(act, db, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    client = act("Alice")
    assert client.post(f"/talks/{talk}/remark", data={"remark": "leest graag"}).status_code == 303
    page = client.get("/talks").text
    assert "leest graag" in page
    assert "De opmerking is bewaard." in page
    answer = client.post(f"/talks/{talk}/remark", data={"remark": "x" * 501})
    assert answer.status_code == 422
    assert "x" * 501 in answer.text
    assert db.get(Booking, talk).remark == "leest graag"


def test_the_calendar_file_has_the_time_in_the_schools_zone_and_no_remark(act, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    remarks.set_remark(school.actors["Alice"], talk, "leest graag", now=NOW)
    answer = act("Adam").get(f"/talks/{talk}.ics")

    assert answer.mimetype == "text/calendar"
    assert b"leest" not in answer.data
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert event["dtstart"].dt == FIRST
    assert "De Vries" in event["summary"]
    assert b"TZID=Europe/Amsterdam:20270209T183000" in answer.data
    assert answer.data.count(b"BEGIN:STANDARD") == answer.data.count(b"BEGIN:DAYLIGHT") == 1


def test_the_log_says_who_of_the_household_did_what(act, school, choose):
    (talk,) = choose("Adam", "Noor", ("Vera", 0)).booked
    service.cancel(school.actors["Alice"], talk, now=NOW + timedelta(minutes=3))
    page = act("Alice").get("/talks/log").text
    assert "Adam Jansen" in page
    assert page.index("De Vries") < page.index("Adam Jansen")  # the latest, by Alice, comes first


def test_the_poll_answers_nothing_until_something_is_new(act, table, choose):
    client = act("Alice")
    page = client.get(table("Noor")).text
    marker = marker_in(page)
    assert client.get(f"{table('Noor')}?marker={marker}", headers=HTMX).status_code == 204
    choose("Carol", "Kim", ("Vera", 0))
    fresh = client.get(f"{table('Noor')}?marker={marker}", headers=HTMX)
    assert fresh.status_code == 200
    assert 'data-state="others"' in fresh.text


def test_before_opening_the_page_says_when_and_books_nothing(act, db, school, table):
    with time_machine.travel(NOW - timedelta(days=3), tick=False):
        sign_in(client := act("Alice"), school.people["Alice"])
        page = client.get(table("Noor"))
        assert page.status_code == 200
        assert 'name="cells"' not in page.text
        answer = client.post(table("Noor"), data=form(school, "Noor", ("Vera", 0)), headers=HTMX)
        assert answer.status_code == 409
    assert live(db) == []


def test_after_closing_own_talks_stay_and_nothing_can_be_chosen(act, school, table, choose):
    choose("Alice", "Noor", ("Vera", 0))
    with time_machine.travel(FIRST - timedelta(days=1, hours=1), tick=False):
        sign_in(client := act("Alice"), school.people["Alice"])
        page = client.get(table("Noor")).text
        assert "De Vries" in page
        assert 'name="cells"' not in page
        data = form(school, "Noor", ("Bart", 1))
        assert client.post(table("Noor"), data=data, headers=HTMX).status_code == 409


def test_a_student_books_in_the_own_round_and_sees_no_round_of_guardians(act, db, school, table):
    client = act("Noor")
    path = f"/rounds/{school.student_round_id}/children/{school.students['Noor']}"
    slot, offer = school.student_slots[0], school.student_offers["Noor", "Vera"]
    answer = client.post(
        path, data={"cells": [f"{slot}-{offer}"], "submission": "a-form-of-noor-herself"}
    )
    assert answer.status_code == 303
    assert [b.household_id for b in live(db)] == [None]
    assert client.get(table("Noor")).status_code == 404
    of_a_brother = f"/rounds/{school.student_round_id}/children/{school.students['Sem']}"
    assert client.get(of_a_brother).status_code == 404


def test_a_teacher_sees_who_comes_and_nobodys_address(act, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    choose("Carol", "Kim", ("Kader", 0))
    remarks.set_remark(school.actors["Alice"], talk, "leest graag", now=NOW)
    page = act("Vera").get("/teaching").text
    for word in ("Noor Jansen", "h2a", "Alice Jansen", "Adam Jansen", "leest graag", "18.30"):
        assert word in page
    for word in ("Kim", "@family.example"):
        assert word not in without_secrets(page)


def test_a_teacher_who_is_a_parent_has_both_lists_and_never_mixed(act, choose):
    choose("Alice", "Noor", ("Bart", 0))
    choose("Bart", "Lot", ("Vera", 1))
    client = act("Bart")
    teaching, talks = client.get("/teaching").text, client.get("/talks").text
    assert "Noor" in teaching
    assert "Lot" not in without_secrets(teaching)
    assert "Lot" in talks
    assert "Noor" not in talks
    assert 'href="/teaching"' in talks
    assert 'href="/talks"' in teaching


def test_a_link_that_is_removed_works_no_more_in_an_open_session(act, db, school, table):
    client = act("Alice")
    assert client.get(table("Noor")).status_code == 200
    link = db.scalar(
        select(Guardianship).where(
            Guardianship.student_id == school.students["Noor"],
            Guardianship.guardian_id == school.actors["Alice"].guardian_id,
        )
    )
    link.closed_reason = "school"
    db.commit()
    assert client.get(table("Noor")).status_code == 404
    assert client.get(table("Sem")).status_code == 200


def test_pages_with_people_are_never_kept_by_the_browser(act, table):
    client = act("Alice")
    for path in (table("Noor"), "/talks", "/talks/log", "/account"):
        assert client.get(path).headers["Cache-Control"] == "no-store"


def test_a_used_form_with_other_ticks_is_refused_and_says_so(act, db, school, table):
    """A page from the browser's memory: what was ticked now is not what was sent then."""
    client = act("Alice")
    client.post(table("Noor"), data=form(school, "Noor", ("Vera", 0)), headers=HTMX)
    answer = client.post(table("Noor"), data=form(school, "Noor", ("Bart", 1)), headers=HTMX)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert len(live(db)) == 1


def test_enter_in_the_table_never_presses_a_button_that_cancels(act, table, choose):
    choose("Alice", "Noor", ("Vera", 0))
    page = act("Alice").get(table("Noor")).text
    choose = page[page.index('id="choose"') : page.index("</form>", page.index('id="choose"'))]
    first = re.search(r'<button[^>]*type="submit"[^>]*>', choose).group()
    assert 'id="book"' in first


@pytest.mark.parametrize(
    "path",
    [
        "/talks/99999999999999999999/cancel",
        "/talks?moved=99999999999999999999",
        "/rounds/99999999999999999999/children/1",
    ],
)
def test_a_number_that_no_database_holds_is_no_fault(act, path):
    assert act("Alice").get(path).status_code in {200, 404}


def test_numbers_in_the_query_of_the_table_never_break_it(act, table):
    client = act("Alice")
    for query in ("move=99999999999999999999", "moved=-1", "done=%00", "move=x", "view=x"):
        assert client.get(f"{table('Noor')}?{query}").status_code == 200


def test_a_poll_after_the_session_ended_leaves_the_page_alone(client, school, table):
    answer = client.get(f"{table('Noor')}?marker=1", headers=HTMX)
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer.headers


def test_what_has_begun_is_neither_booked_nor_moved_nor_cancelled(act, db, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    round_ = db.get(Round, school.round_id)
    round_.closes_at = round_.cancel_until = FIRST + timedelta(hours=5)
    db.commit()
    now = FIRST + timedelta(minutes=5)
    with pytest.raises(DomainError):
        choose("Carol", "Kim", ("Vera", 0), now=now)
    with pytest.raises(DomainError):
        service.cancel(school.actors["Alice"], talk, now=now)
    assert len(choose("Carol", "Kim", ("Vera", 3), now=now).booked) == 1


@pytest.mark.parametrize("act_on", ["cancel", "remark"])
def test_what_another_window_cancelled_is_said_and_not_missing(act, school, choose, act_on):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    service.cancel(school.actors["Alice"], talk, now=NOW)
    answer = act("Alice").get(f"/talks/{talk}/{act_on}")
    assert answer.status_code == 409
    assert "Dit gesprek is al afgezegd." in answer.text
    assert act("Carol").get(f"/talks/{talk}/{act_on}").status_code == 404


def test_a_talk_that_another_window_cancelled_is_not_moved(act, school, choose, table, db):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    service.cancel(school.actors["Alice"], talk, now=NOW)
    cell = "{}-{}".format(*school.choice("Noor", "Vera", 3))
    data = {"cell": cell, "submission": "moved-too-late-by-one"}
    answer = act("Alice").post(f"/talks/{talk}/move", data=data, headers=HTMX)
    assert answer.status_code == 409
    assert "Dit gesprek is al afgezegd." in answer.text
    assert 'id="table"' in answer.text, "the table stays"
    assert live(db) == []


def test_a_withdrawn_offer_does_not_betray_the_other_guardians_talk(db, act, school, table, choose):
    choose("Bob", "Tim", ("Vera", 0))
    db.execute(update(Offer).where(Offer.id == school.offers["Tim", "Vera"]).values(offered=False))
    db.commit()
    assert "De Vries" not in act("Bea").get(table("Tim")).text
    assert "De Vries" in act("Bob").get(table("Tim")).text
    # Said of the teacher alone, as it would be without the other's talk.
    data = form(school, "Tim", ("Vera", 3))
    told = outcome_and_table(act("Bea").post(table("Tim"), data=data))[0]
    assert "mevr. De Vries" in told
    assert "18.30" not in told
    assert [talk.starts_at for talk in live(db)] == [FIRST]


def test_a_student_sees_nothing_of_a_round_for_guardians(act, school, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    remarks.set_remark(school.actors["Alice"], talk, "leest graag", now=NOW)
    client = act("Noor")
    for path in ("/talks", "/talks/log"):
        text = client.get(path).text
        assert "De Vries" not in text
        assert "Alice" not in text
        assert "leest" not in text
    for path in (f"/talks/{talk}.ics", f"/talks/{talk}/remark", f"/talks/{talk}/cancel"):
        assert client.get(path).status_code == 404


def test_a_round_without_remarks_asks_for_none(db, school, act, book_one):
    talk = book_one("Alice", "Noor", "Vera", 0)
    path = f"/talks/{talk}/remark"
    assert f'href="{path}"' in act("Alice").get("/talks").text
    db.execute(update(Round).values(teacher_remarks=False))
    db.commit()
    assert f'href="{path}"' not in act("Alice").get("/talks").text
    assert act("Alice").get(path).status_code == 404
