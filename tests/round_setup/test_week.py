"""A reference week that is odd: said while somebody fills it in, and on the page of the round."""

import re

import pytest

from app.rounds.models import Evening, Round, RoundClass
from app.rounds.service import refresh_offers
from app.school.models import HomeClass, Lesson
from tests.round_setup.test_form import latest
from tests.small_school import NOW

NOBODY = "Nobody has lessons in week "
NOT_THESE = "The classes that take part have no lessons in week "
OTHER_YEAR = " is in another school year than the evenings"


@pytest.mark.parametrize(
    ("week", "day", "says"),
    [
        ("2027-W05", "2027-03-09", None),
        ("2026-W35", "2027-07-01", None),
        ("1999-W05", "2027-03-09", NOBODY),
        ("1999-W05", "", NOBODY),
        ("2027-W05", "2027-10-05", OTHER_YEAR),
        ("2027-W05", "2026-03-10", OTHER_YEAR),
        ("week 5", "2027-03-09", None),
        ("2027-W05", "morgen", None),
    ],
)
def test_what_is_odd_is_said_while_one_fills_the_form_in(office, paper, week, day, says):
    sent = paper(reference_week=week, evenings__0__day=day)
    page = office.post("/office/rounds/week", data=sent)
    assert page.status_code == 200
    assert "<html" not in page.text
    doubt = re.search(r'class="doubt">\s*(.*?)\s*</p>', page.text, re.DOTALL)
    assert bool(doubt) is bool(says)
    assert (says or "") in page.text


def test_a_round_in_a_week_without_lessons_is_made_and_its_page_says_what_to_do(db, office, paper):
    answer = office.post("/office/rounds/new", data=paper(reference_week="1999-W05"))
    assert answer.status_code == 303
    page = office.get(answer.location).text
    assert f"{NOBODY}1999-W05, so no teacher can be chosen." in page
    assert f'href="/office/rounds/{latest(db)}/settings#reference_week"' in page
    assert NOBODY in office.get(f"{answer.location}/settings").text


def test_a_round_for_classes_without_lessons_says_so(db, office, round_id):
    other = HomeClass(source="test", source_id="h2b", name="h2b")
    db.add(other)
    db.flush()
    db.query(RoundClass).filter_by(round_id=round_id).update({"home_class_id": other.id})
    db.commit()
    refresh_offers(round_id, None, now=NOW)
    assert NOT_THESE in office.get(f"/office/rounds/{round_id}").text


def test_a_round_whose_week_is_of_another_year_says_so_until_families_choose(
    db, office, school, round_id
):
    page = f"/office/rounds/{round_id}"
    assert 'class="notice"' not in office.get(page).text
    evening = db.get(Evening, school.evening_id)
    evening.day = evening.day.replace(year=2028)
    db.commit()
    assert OTHER_YEAR in office.get(page).text
    row = db.get(Round, round_id)
    row.state, row.opens_at = "published", NOW
    db.commit()
    assert OTHER_YEAR not in office.get(page).text


def test_teachers_who_were_offered_by_hand_need_no_lessons(db, office, round_id):
    db.query(Lesson).delete()
    db.commit()
    assert NOBODY not in office.get(f"/office/rounds/{round_id}").text
