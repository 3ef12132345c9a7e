"""The page on which a round is led, and the list of all of them."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.outbox.models import OutboxMessage
from app.outbox.worker import take_up_again
from app.rounds.models import Offer, Round, RoundState
from app.rounds.service import set_state
from app.school.models import Student
from app.settings.models import School
from app.settings.service import SchoolSpec, save_school
from tests.round_setup.post import deliver, promised
from tests.small_school import NOW

DRAFT, CHECK, PUBLISHED, ARCHIVED = RoundState
WEEK = timedelta(weeks=1)


def test_the_page_leads_through_the_life_of_a_round(sent, office, school, round_id, state):
    page = office.get(f"/office/rounds/{round_id}")
    assert "Send to 3 teachers" in page.text
    answer = office.post(f"/office/rounds/{round_id}/state", data={"state": "check"})
    assert (answer.status_code, state()) == (303, CHECK)
    page = office.get(f"/office/rounds/{round_id}")
    for words in (
        "0 of 3 checked",
        "3 mails are still to go",
        "Remind 3 teachers",
        "Bart Bakker",
        "send 6 invitations",
    ):
        assert words in page.text, words
    deliver()
    assert "still to go" not in office.get(f"/office/rounds/{round_id}").text
    office.post(f"/office/rounds/{round_id}/remind")
    assert "Teachers reminded" in office.get(f"/office/rounds/{round_id}").text
    assert office.post(f"/office/rounds/{round_id}/remind").status_code == 409
    office.post(f"/office/rounds/{round_id}/state", data={"state": "published"})
    page = office.get(f"/office/rounds/{round_id}")
    assert "Choosing opens by itself Sat 23 January, 19:00." in page.text
    assert "6 mails are still to go" in page.text
    assert (
        office.post(f"/office/rounds/{round_id}/state", data={"state": "draft"}).status_code == 409
    )
    assert office.post(f"/office/rounds/{round_id}/state", data={"state": "x"}).status_code == 422


def test_families_of_a_round_that_the_shell_published_can_be_invited(
    db, office, school, round_id, state
):
    set_state(round_id, PUBLISHED, None, now=NOW)
    url = f"/office/rounds/{round_id}"
    assert "Send 6 invitations" in office.get(url).text
    office.post(f"{url}/state", data={"state": "published"})
    assert len(promised(db)) == 6
    assert "Send 6" not in office.get(url).text


def test_the_page_warns_when_families_could_choose_at_once(db, office, round_id, take):
    take(CHECK)
    url = f"/office/rounds/{round_id}"
    assert "They can choose at once" not in office.get(url).text
    db.get(Round, round_id).opens_at = NOW - timedelta(hours=1)
    db.commit()
    assert "They can choose at once" in office.get(url).text


def test_the_page_says_who_has_nobody_to_talk_to(db, office, school, round_id):
    url = f"/office/rounds/{round_id}"
    assert "nobody to talk to" not in office.get(url).text
    for offer in db.scalars(select(Offer).where(Offer.student_id == school.students["Kim"])):
        offer.offered = False
    db.commit()
    page = office.get(url).text
    assert "5 students take part" in page
    assert "1 of them has nobody to talk to" in page


def test_a_mail_that_failed_for_good_is_counted(db, office, round_id, take):
    take(CHECK)
    row = db.scalars(select(OutboxMessage).limit(1)).one()
    row.failed_at = NOW
    db.commit()
    page = office.get(f"/office/rounds/{round_id}")
    assert "1 mail could not be delivered" in page.text
    assert "2 mails are still to go" in page.text


def test_a_mail_that_cannot_be_written_is_told_at_once_and_sent_when_that_is_mended(
    db, sent, office, round_id, take
):
    save_school(SchoolSpec("Het Baken"), None, now=NOW)
    db.execute(update(School).values(accent="teal"))  # no page can make it so
    take(CHECK)
    deliver()
    db.execute(update(School).values(accent="#0f5c5c"))
    page = office.get(f"/office/rounds/{round_id}").text
    assert "3 mails could not be delivered" in page
    assert "This site cannot write it" in page
    assert "still to go" not in page
    take_up_again(now=NOW)
    deliver()
    assert len(sent) == 3
    assert "could not be delivered" not in office.get(f"/office/rounds/{round_id}").text


def test_the_page_says_why_mails_wait(db, office, round_id, take):
    take(CHECK)
    deliver()  # to no server
    page = office.get(f"/office/rounds/{round_id}").text
    assert "3 mails are still to go. No mail server is set." in " ".join(page.split())


@pytest.mark.parametrize(
    ("state", "opens", "closes", "current"),
    [
        (DRAFT, 3, 9, "Draft"),
        (CHECK, 3, 9, "Teachers check"),
        (PUBLISHED, 3, 9, "Announced"),
        (PUBLISHED, -1, 9, "Open"),
        (PUBLISHED, -3, -1, "Closed"),
        (ARCHIVED, -3, -1, "Archived"),
    ],
)
def test_the_line_marks_where_the_round_stands(db, office, round_id, state, opens, closes, current):
    row = db.get(Round, round_id)
    row.state = state
    row.opens_at, row.closes_at = NOW + timedelta(days=opens), NOW + timedelta(days=closes)
    db.commit()
    page = office.get(f"/office/rounds/{round_id}").text
    here = page.split('aria-current="step"')
    assert len(here) == 2
    assert current in here[1].split("</li>")[0]


def test_the_list_shows_what_is_to_come_first_and_leads_to_each_round(db, office, school):
    db.get(Round, school.student_round_id).state = ARCHIVED
    db.commit()
    page = office.get("/office/rounds").text
    assert page.index('id="coming"') < page.index("Oudercontact 2") < page.index('id="archived"')
    assert page.index('id="archived"') < page.index("Leerlingcontact")
    assert 'id="past"' not in page
    assert f'href="/office/rounds/{school.round_id}"' in page


def test_the_list_counts_students_who_are_still_at_the_school(db, office, school, book):
    book("Alice", "Noor", ("Vera", 0))
    book("Carol", "Kim", ("Vera", 1))
    assert "2 of 5 students" in office.get("/office/rounds").text
    db.get(Student, school.students["Kim"]).ended_on = NOW.date()
    db.commit()
    page = office.get("/office/rounds").text
    assert "1 of 4 students" in page
    assert "2 talks" in page  # that of who left stands until the office decides


def test_the_list_counts_talks_once_there_can_be_any(db, office, school):
    card = office.get("/office/rounds").text.split("Oudercontact 2")[1].split("</li>")[0]
    assert "<meter" in card
    db.get(Round, school.round_id).state = "check"
    db.commit()
    card = office.get("/office/rounds").text.split("Oudercontact 2")[1].split("</li>")[0]
    assert "<meter" not in card


def test_pages_ask_as_many_statements_for_many_rounds_as_for_few(
    db, office, school, statements, paper
):
    def count(url):
        return statements(lambda: office.get(url))

    pages = [
        "/office/rounds",
        "/office/rounds/new",
        f"/office/rounds/{school.round_id}",
        f"/office/rounds/{school.round_id}/settings",
    ]
    for url in pages:
        office.get(url)
    few = [count(url) for url in pages]
    for number in range(4):
        office.post("/office/rounds/new", data=paper(name=f"Ronde {number}"))
    for url in pages:
        office.get(url)
    assert [count(url) for url in pages] == few


def test_the_button_says_what_it_does_where_nobody_was_ever_asked(db, office, round_id, take):
    url = f"/office/rounds/{round_id}"
    db.query(Offer).update({"offered": False})
    db.commit()
    page = office.get(url).text
    assert "There is no teacher to ask yet" in page
    assert "Begin the check without mails" in page
    take(CHECK)
    assert "There is nobody to invite yet" in office.get(url).text
    take(DRAFT)
    db.query(Offer).update({"offered": True})
    db.commit()
    assert "Send to 3 teachers" in office.get(url).text
    take(CHECK)
    assert len(promised(db)) == 3
    take(DRAFT)
    page = office.get(url).text
    assert "They were asked before, and get no second mail." in page
    assert "Let teachers check again" in page
