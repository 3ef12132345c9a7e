"""Comparing what a source brings with what is there: namesakes, doubles, and what only we know."""

import pytest
from sqlalchemy import select

from app.imports.diff import differences, drop_doubles, propose
from app.imports.service import MOST_GONE, MOST_GONE_SHARE, _too_many_gone
from app.school.models import Person, Teacher
from app.school.rows import Change, GuardianRow, LinkRow, Present, StudentRow
from tests.imports.conftest import BASE, run
from tests.school.conftest import TODAY


def student(number, born=TODAY):
    return StudentRow(number, "Noor", "", "Smit", "", born, "", "", apart=False)


def link(guardian, number):
    return LinkRow(guardian, number, "moeder", authority=True)


def keyed(*rows):
    return {row.key: row for row in rows}


def proposals(before, incoming):
    """What is proposed when these students, all of Alice, are there and these ones come."""
    links = [keyed(*(link("alice", row.key) for row in rows)) for rows in (before, incoming)]
    present = Present({StudentRow: keyed(*before), LinkRow: links[0]})
    found = propose({StudentRow: keyed(*incoming), LinkRow: links[1]}, present)
    return [(one.old, one.new) for one in found]


def test_a_student_who_was_there_already_is_nobodys_new_number():
    assert proposals([student("1")], [student("2")]) == [("1", "2")]
    assert proposals([student("1"), student("2")], [student("2")]) == []


def test_without_a_birth_date_nobody_is_recognised():
    assert proposals([student("1", born=None)], [student("2", born=None)]) == []


@pytest.mark.parametrize("numbers", [("1a", "1b"), ("1b", "1a")])
def test_of_two_links_to_one_person_the_one_that_is_there_stays(numbers):
    rows = {LinkRow: keyed(*(link(number, "9") for number in numbers))}
    there = link("1b", "9")
    drop_doubles(rows, Present({LinkRow: keyed(there)}, same={"1b": "1a"}))
    assert list(rows[LinkRow]) == [there.key]


def test_a_guardian_whose_other_row_is_there_has_not_gone():
    one, other = (GuardianRow(key, "Alice", "", "Jansen", "", "") for key in ("1a", "1b"))
    present = Present({GuardianRow: keyed(one)}, childless=keyed(other), same={"1b": "1a"})
    assert differences({GuardianRow: keyed(other)}, present)[GuardianRow].gone == []
    assert differences({GuardianRow: {}}, present)[GuardianRow].gone == [one]


@pytest.mark.parametrize(
    ("gone", "there", "many"),
    [
        (MOST_GONE, MOST_GONE * MOST_GONE_SHARE, False),
        (MOST_GONE + 1, 10_000, True),
        (2, 2 * MOST_GONE_SHARE, False),
        (2, 2 * MOST_GONE_SHARE - 1, True),
    ],
)
def test_so_many_students_are_not_gone_in_one_night(gone, there, many):
    change = Change(gone=[student(str(number)) for number in range(gone)])
    assert bool(_too_many_gone(change, there)) is many


@pytest.mark.usefixtures("there")
def test_a_salutation_that_the_source_does_not_have_is_no_change(db):
    assert not run(BASE).changes
    teacher = select(Person).join(Teacher, Teacher.person_id == Person.id).order_by(Person.id)
    db.scalars(teacher.limit(1)).one().salutation = "mevr."
    db.commit()
    assert not run(BASE).changes
