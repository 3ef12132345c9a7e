"""Two branches with a class of the same name: filters, evening and lists tell them apart."""

import re

import pytest
from sqlalchemy import update

from app.evenings import lists
from app.evenings.filters import Filter, load_choices
from app.evenings.queries import load_evening, silent
from app.rounds.models import Offer, RoundClass
from app.school.models import Student
from tests.small_school import NOW


@pytest.fixture
def ids(two_branches):
    """The ids of "branch", "department" and "home_class", by branch."""
    return {
        "branch": two_branches.branches,
        "department": two_branches.departments,
        "home_class": two_branches.classes,
    }


@pytest.fixture
def without_talk(db, school):
    by_id = {id_: name for name, id_ in school.students.items()}
    return lambda **chosen: {
        by_id[id_] for id_ in db.scalars(silent(school.round_id, Filter(**chosen)))
    }


@pytest.mark.parametrize("what", ["branch", "department", "home_class"])
def test_each_filter_is_of_one_branch(db, school, ids, without_talk, what):
    assert without_talk(**{what: ids[what]["Zuid"]}) == {"Kim"}
    assert without_talk(**{what: ids[what]["Noord"]}) == {"Noor", "Sem", "Tim", "Lot"}
    kader = str(school.teachers["Kader"])
    only_kim = (Offer.teacher_key == kader) & (Offer.student_id != school.students["Kim"])
    db.execute(update(Offer).where(only_kim).values(offered=False))
    db.commit()
    north = load_evening(school.round_id, Filter(**{what: ids[what]["Noord"]}), now=NOW)
    names = {line.teacher.id for line in north.matrix.lines}
    assert names == {school.teachers["Vera"], school.teachers["Bart"]}
    south = load_evening(school.round_id, Filter(**{what: ids[what]["Zuid"]}), now=NOW)
    assert len(south.matrix.lines) == 3
    assert (north.figures.silent, south.figures.silent) == (4, 1)


@pytest.mark.parametrize("what", ["branch", "department", "home_class"])
def test_the_list_of_talks_is_of_one_branch(school, ids, book, what):
    book("Alice", "Noor", ("Vera", 0))
    book("Carol", "Kim", ("Vera", 1))
    page = lists.load_talks(school.round_id, Filter(**{what: ids[what]["Zuid"]}), 1)
    assert [(row.student, row.class_name) for row in page.rows] == [("Kim Öztürk", "h2a (Zuid)")]


def test_the_filters_offer_each_branch(school, two_branches):
    choices = load_choices(school.round_id)
    of = two_branches
    assert choices.branches == ((of.branches["Noord"], "Noord"), (of.branches["Zuid"], "Zuid"))
    assert choices.departments == {
        "Noord": ((of.departments["Noord"], "h2 (Noord)"),),
        "Zuid": ((of.departments["Zuid"], "h2 (Zuid)"),),
    }
    assert choices.classes == {
        "Noord": ((of.classes["Noord"], "h2a (Noord)"),),
        "Zuid": ((of.classes["Zuid"], "h2a (Zuid)"),),
    }


def test_a_round_of_one_branch_offers_no_branches(db, school, two_branches):
    db.query(RoundClass).filter_by(home_class_id=two_branches.classes["Zuid"]).delete()
    db.commit()
    choices = load_choices(school.round_id)
    assert choices.branches == ()
    assert choices.classes == {"": ((two_branches.classes["Noord"], "h2a (Noord)"),)}
    assert choices.departments == {"": ((two_branches.departments["Noord"], "h2 (Noord)"),)}


def test_a_school_of_one_branch_reads_of_none(act, school):
    choices = load_choices(school.round_id)
    assert list(choices.classes) == list(choices.departments) == [""]
    text = act("Anna").get(f"/office/rounds/{school.round_id}/evening").text
    assert "optgroup" not in text
    assert "filter-branch" not in text
    assert "h2a (" not in text


@pytest.mark.parametrize("page", ["evening", "talks", "silent"])
def test_the_page_shows_the_choices_by_branch(act, school, two_branches, page):
    zuid = two_branches.branches["Zuid"]
    text = act("Anna").get(f"/office/rounds/{school.round_id}/{page}?branch={zuid}").text
    assert text.count('<optgroup label="Noord">') == 2
    assert re.search(rf'<option value="{zuid}" selected>Zuid</option>', text)
    assert "h2a (Zuid)</option>" in text


def test_the_evening_leads_to_the_students_without_a_talk_of_the_branch(act, school, two_branches):
    zuid = two_branches.branches["Zuid"]
    text = act("Anna").get(f"/office/rounds/{school.round_id}/evening?branch={zuid}").text
    assert f"/office/rounds/{school.round_id}/silent?branch={zuid}" in text


def test_the_evening_and_the_lists_tell_which_class(act, school, two_branches, book):
    book("Carol", "Kim", ("Vera", 1))
    evening = load_evening(school.round_id, Filter(), now=NOW)
    vera = next(it for it in evening.matrix.lines if it.teacher.id == school.teachers["Vera"])
    assert [talk.class_name for cell in vera.cells if (talk := cell.talk)] == ["h2a (Zuid)"]
    (row,) = lists.load_talks(school.round_id, Filter(), 1).rows
    assert row.class_name == "h2a (Zuid)"
    assert "h2a (Zuid)" in act("Anna").get(f"/office/rounds/{school.round_id}/evening").text


def test_students_without_a_talk_stand_class_by_class(db, school, two_branches):
    db.execute(
        update(Student)
        .where(Student.id == school.students["Lot"])
        .values(home_class_id=two_branches.classes["Zuid"])
    )
    db.commit()
    rows = lists.load_silent(school.round_id, Filter(), 1, now=NOW).rows
    assert [(row.class_name, row.student) for row in rows] == [
        ("h2a (Noord)", "Noor Jansen"),
        ("h2a (Noord)", "Sem Jansen"),
        ("h2a (Noord)", "Tim Smit"),
        ("h2a (Zuid)", "Lot Bakker"),
        ("h2a (Zuid)", "Kim Öztürk"),
    ]
