"""Finding people of a school with two branches that both have a class h2a."""

import re

import pytest
from sqlalchemy import update

from app.people.search import Care, PersonKind, count_care, find, list_care
from app.school.models import HomeClass, Person
from tests.small_school import NOW

EVERYBODY_AT_ZUID = {
    PersonKind.STUDENTS: ["Kim Öztürk"],
    PersonKind.GUARDIANS: ["Carol Öztürk"],
    PersonKind.TEACHERS: ["Vera de Vries"],
}


@pytest.fixture
def zuid(db, school, two_branches):
    """The branch Zuid, whose h2a has Vera as its tutor."""
    db.execute(
        update(HomeClass)
        .where(HomeClass.id == two_branches.classes["Zuid"])
        .values(tutor_id=school.teachers["Vera"])
    )
    db.commit()
    return two_branches.branches["Zuid"]


def hits(groups, kind=PersonKind.STUDENTS):
    (group,) = [group for group in groups if group.kind is kind]
    return {hit.name: re.sub(r" · \d+$", "", hit.detail) for hit in group.hits}


def test_a_class_finds_both_and_shows_which_is_which(zuid):
    assert hits(find("h2a", by_mail=False, now=NOW)) == {
        "Lot Bakker": "h2a (Noord)",
        "Noor Jansen": "h2a (Noord)",
        "Sem Jansen": "h2a (Noord)",
        "Kim Öztürk": "h2a (Zuid)",
        "Tim Smit": "h2a (Noord)",
    }


@pytest.mark.parametrize("query", ["h2a (Zuid)", "H2A  (zuid)", "h2a (z"])
def test_a_class_is_found_as_the_site_writes_it(zuid, query):
    assert list(hits(find(query, by_mail=False, now=NOW))) == ["Kim Öztürk"]


def test_the_children_of_a_guardian_have_their_branch(zuid):
    (group,) = find("carol", by_mail=False, now=NOW, only=PersonKind.GUARDIANS)
    assert group.hits[0].children[0].detail.startswith("h2a (Zuid) · ")


@pytest.mark.parametrize("kind", PersonKind)
def test_a_branch_leaves_its_own_people(zuid, kind):
    found = find("", by_mail=False, now=NOW, branch=zuid)
    assert list(hits(found, kind)) == EVERYBODY_AT_ZUID[kind]
    assert list(hits(find("h2a", by_mail=False, now=NOW, branch=zuid))) == ["Kim Öztürk"]


def test_lists_and_their_counts_are_of_the_branch(db, school, two_branches, zuid):
    for name in ("Carol", "Alice"):
        db.execute(
            update(Person).where(Person.id == school.people[name]).values(email="", email_key="")
        )
    db.commit()
    today = NOW.date()
    (group,) = list_care(Care.WITHOUT_MAIL, today=today, branch=zuid)
    assert [hit.name for hit in group.hits] == ["Carol Öztürk"]
    assert count_care(today, zuid)[Care.WITHOUT_MAIL] == 1
    assert count_care(today)[Care.WITHOUT_MAIL] == 2
    assert count_care(today, two_branches.branches["Noord"])[Care.APART] == 1


def test_the_page_keeps_the_branch(office, zuid):
    page = office.get(f"/office/people?q=h2a&branch={zuid}").text
    assert f'<option value="{zuid}" selected>Zuid</option>' in page
    assert "Kim Öztürk" in page
    assert "Noor Jansen" not in page
    assert f"list=apart&amp;branch={zuid}" in page
    page = office.get(f"/office/people?list=apart&branch={zuid}").text
    assert '<input type="hidden" name="list" value="apart">' in page
    assert "There is nobody on this list" in page
    page = office.get(f"/office/people?branch={zuid}").text
    assert [name in page for name in ("Kim Öztürk", "Carol Öztürk", "Tim Smit")] == [
        True,
        True,
        False,
    ]
    assert "There is nobody at this branch" in office.get("/office/people?branch=999").text


def test_a_school_with_one_branch_has_no_such_choice(office, school):
    page = office.get("/office/people?q=h2a").text
    assert "Noor Jansen" in page
    assert 'name="branch"' not in page
    assert "h2a (" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/office/students/{kim}",
        "/office/students/{kim}/apart",
        "/office/students/{kim}/number",
        "/office/students/{kim}/guardians/{carol}",
        "/office/talks/{talk}/cancel",
        "/office/students/{kim}/rounds/{round_}",
    ],
)
def test_each_page_about_a_student_says_which_class(office, school, zuid, book, path):
    (talk,) = book("Carol", "Kim", ("Vera", 0))
    kim, carol = school.students["Kim"], school.actors["Carol"].guardian_id
    answer = office.get(path.format(kim=kim, carol=carol, talk=talk, round_=school.round_id))
    assert answer.status_code == 200
    assert "h2a (Zuid)" in answer.text


def test_the_page_of_a_guardian_says_which_class(office, school, zuid):
    alice = school.actors["Alice"].guardian_id
    assert office.get(f"/office/guardians/{alice}").text.count("h2a (Noord)") == 2
