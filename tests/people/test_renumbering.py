"""A student who got another number: everything stays, and the next import knows it."""

from html import unescape

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.errors import NotFoundError
from app.people.renumbering import NumberTaken, change_number
from app.people.student import load_family
from app.school.models import Student
from app.school.present import load_present
from app.school.rows import StudentRow
from tests.small_school import NOW


@pytest.fixture
def renumber(school):
    def renumber_(student, number, actor="Anna"):
        change_number(
            school.actors[actor],
            school.students[student],
            number,
            reason="moved to another branch",
            now=NOW,
        )

    return renumber_


def test_the_next_import_knows_the_student_by_the_new_number(school, book, renumber):
    (talk,) = book("Carol", "Kim", ("Vera", 0))
    renumber("Kim", "20279999")
    rows = load_present("test").rows[StudentRow]
    assert "20279999" in rows
    assert "Kim" not in rows
    page = load_family(school.students["Kim"], now=NOW)
    assert page.student.number == "20279999"
    assert [line.talk.booking_id for line in page.talks] == [talk]


def test_it_stands_in_the_log_with_both_numbers(db, school, renumber):
    before = db.get(Student, school.students["Kim"]).number
    renumber("Kim", "20279999")
    entry = db.scalars(select(AuditEntry)).one()
    assert (entry.details["before"], entry.details["after"]) == (before, "20279999")
    assert "20279999" in load_family(school.students["Kim"], now=NOW).log[0].text


def test_another_students_number_is_refused(db, school, renumber):
    with pytest.raises(NumberTaken):
        renumber("Kim", "Noor")  # the key of the other one in the source
    assert db.get(Student, school.students["Kim"]).source_id == "Kim"


def test_the_same_number_again_changes_nothing(db, renumber):
    renumber("Kim", "20279999")
    renumber("Kim", "20279999")
    assert len(db.scalars(select(AuditEntry)).all()) == 1


@pytest.mark.parametrize("actor", ["Sofie", "Vera", "Carol", "Kim"])
def test_only_an_administrator_changes_a_number(renumber, actor):
    with pytest.raises(NotFoundError):
        renumber("Kim", "20279999", actor=actor)


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(act, school):
    url = f"/office/students/{school.students['Kim']}/number"
    for form, status in (
        ({"number": "2 3", "reason": "x"}, 422),
        ({"number": "😀", "reason": "x"}, 422),
        ({"number": "&lt;b&gt;", "reason": "x"}, 422),
        ({"number": "Noor", "reason": "x"}, 409),
    ):
        page = act("Anna").post(url, data=form | {"number": unescape(form["number"])})
        assert (page.status_code, 'id="number-error"' in page.text) == (status, True)
        assert f'value="{form["number"]}"' in page.text
    answer = act("Anna").post(url, data={"number": "20279999", "reason": "x"})
    assert answer.location == f"/office/students/{school.students['Kim']}"


def test_the_number_that_an_import_saw_is_filled_in_already(act, school):
    path = f"/office/students/{school.students['Kim']}/number"
    assert 'value="20279999"' in act("Anna").get(f"{path}?number=20279999").text
    assert 'value="&#34;&gt;"' in act("Anna").get(f'{path}?number=">').text
