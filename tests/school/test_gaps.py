"""What the administration leaves open: no address, no parent, no class."""

import pytest
from sqlalchemy import update

from app.extensions import db
from app.school.gaps import (
    GuardianGap,
    StudentGap,
    guardians_without_address,
    students_without_class,
    students_without_guardian,
)
from app.school.models import Guardianship, Person, Student
from tests.school.conftest import NOW


def names(gaps):
    return [gap.name for gap in gaps]


def link_of(student_id, **values):
    db.session.execute(
        update(Guardianship).where(Guardianship.student_id == student_id).values(**values)
    )
    db.session.commit()


def test_nothing_is_missing_in_the_small_school(school):
    assert guardians_without_address() == ()
    assert students_without_guardian() == ()
    assert students_without_class() == ()


def test_a_guardian_without_an_address_is_named(families):
    families.come("alice noor", "bob tim vader", "carol kim")
    db.session.execute(update(Person).where(Person.given_name != "Alice").values(email_key=""))
    db.session.commit()

    bob = families.actor("bob").guardian_id
    assert guardians_without_address()[0] == GuardianGap(bob, "Bob Smit")
    assert names(guardians_without_address()) == ["Bob Smit", "Carol Smit"]
    families.leave("kim")
    assert names(guardians_without_address()) == ["Bob Smit"]


def test_a_student_without_a_guardian_is_named_with_class_and_number(school):
    tim = school.students["Tim"]
    link_of(tim, ended_at=NOW)

    number = db.session.get(Student, tim).number
    assert students_without_guardian() == (StudentGap(tim, "Tim Smit", "h2a", number),)


@pytest.mark.parametrize("reason", ["no_authority", "relative", "school"])
def test_a_student_with_closed_links_only_says_so(school, reason):
    link_of(school.students["Tim"], closed_reason=reason)

    (gap,) = students_without_guardian()
    assert gap.name == "Tim Smit"
    assert gap.only_closed


@pytest.mark.parametrize("opened", [{"opened_at": NOW}, {"opened_of_age": True}])
def test_a_link_that_the_school_opened_is_a_guardian(school, opened):
    link_of(school.students["Tim"], closed_reason="relative", **opened)

    assert students_without_guardian() == ()


def test_a_student_of_18_has_guardians(families):
    families.come("alice noor", born=NOW.date().replace(year=2000))

    assert students_without_guardian() == ()


def test_a_student_without_a_class_is_named(families):
    families.come("alice noor", "bob tim vader")
    noor = families.student("noor")

    assert students_without_class()[0] == StudentGap(noor, "Noor Smit", "", "noor")
    assert names(students_without_class()) == ["Noor Smit", "Tim Smit"]


def test_who_has_left_is_missing_nothing(families):
    families.come("alice noor")
    families.leave("noor")

    assert students_without_class() == ()
    assert students_without_guardian() == ()


def test_each_is_one_statement(school, statements):
    for gaps in (guardians_without_address, students_without_guardian, students_without_class):
        assert statements(gaps) <= 2  # with the savepoint of the test
