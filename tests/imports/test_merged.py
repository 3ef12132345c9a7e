"""One guardian whom the source lists twice, and what the next imports make of that."""

from datetime import date

import pytest
from sqlalchemy import select

from app.core.access import Actor, Role
from app.extensions import db
from app.people.merging import merge_guardians
from app.people.splitting import split_guardians
from app.school import retention
from app.school.models import (
    Guardian,
    Guardianship,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
)
from app.school.queries import children_of
from tests.imports.conftest import BASE, NOW, run
from tests.imports.dump import dump

ONE, OTHER = "ouder00136", "ouder00224"
CHILD_OF_ONE, CHILD_OF_OTHER = "20260002", "20260001"
OFFICE = Actor(None, 0, "Anna", frozenset({Role.ADMINISTRATOR}))


@pytest.fixture
def app(imported_app):
    return imported_app


@pytest.fixture
def merged():
    """The office has found out that the two are one mother: the first row holds."""
    one, other = guardian(ONE), guardian(OTHER)
    people = [db.session.get(Person, row.person_id) for row in (one, other)]
    people[1].sort_key = people[0].sort_key  # as the school wrote both the same
    db.session.commit()
    merge_guardians(OFFICE, one.id, other.id, reason="her passport", now=NOW)
    return one.id


def guardian(key):
    db.session.expire_all()
    return db.session.scalars(select(Guardian).where(Guardian.source_id == key)).one()


def children(key):
    row = guardian(key)
    actor = Actor(None, row.person_id, key, frozenset({Role.GUARDIAN}), guardian_id=row.id)
    ids = [child.student_id for child in children_of(actor, NOW.date())]
    numbers = select(Student.source_id).where(Student.id.in_(ids))
    return set(db.session.scalars(numbers))


def comes(key, number):
    return db.session.scalar(
        select(HouseholdStudent.household_id)
        .join(HouseholdGuardian, HouseholdGuardian.household_id == HouseholdStudent.household_id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .join(Student, Student.id == HouseholdStudent.student_id)
        .where(Guardian.source_id == key, Student.source_id == number)
    )


def test_night_after_night_the_children_of_both_rows_are_the_ones(merged):
    before = children(ONE)
    assert before >= {CHILD_OF_ONE, CHILD_OF_OTHER}
    state = dump()
    assert run(BASE).changes == 0
    assert dump() == state
    assert children(ONE) == before
    assert children(OTHER) == set()


def test_a_row_that_changes_brings_nobody_back(merged, files):
    files.replace("ouders.csv", f"{OTHER},", f"{OTHER},X")
    assert run(files.folder).changes == 1
    assert run(files.folder).changes == 0
    assert guardian(OTHER).ended_on == NOW.date()
    assert children(ONE) >= {CHILD_OF_ONE, CHILD_OF_OTHER}


def test_a_new_child_of_the_other_row_is_the_ones(merged, files):
    files.add("ouder_leerling.csv", f"{OTHER},20260010,moeder,J,N")
    run(files.folder)
    assert "20260010" in children(ONE)
    assert comes(ONE, "20260010")
    assert run(files.folder).changes == 0
    split_guardians(OFFICE, guardian(OTHER).id, reason="sisters", now=NOW)
    assert children(OTHER) >= {CHILD_OF_OTHER, "20260010"}
    assert children(ONE) & {CHILD_OF_OTHER, "20260010"} == set()
    assert run(files.folder).changes == 0


def test_a_child_of_both_rows_is_linked_once_and_stays_when_one_link_goes(merged, files):
    files.add("ouder_leerling.csv", f"{OTHER},{CHILD_OF_ONE},moeder,J,N")
    assert run(files.folder).changes == 0
    files.remove_lines("ouder_leerling.csv", f"{ONE},{CHILD_OF_ONE},")
    run(files.folder)
    assert CHILD_OF_ONE in children(ONE)
    assert run(files.folder).changes == 0
    files.remove_lines("ouder_leerling.csv", f"{OTHER},{CHILD_OF_ONE},")
    run(files.folder)
    assert CHILD_OF_ONE not in children(ONE)


def test_when_the_row_that_holds_goes_the_children_of_the_other_stay(merged, files):
    files.remove_lines("ouders.csv", f"{ONE},")
    files.remove_lines("ouder_leerling.csv", f"{ONE},")
    run(files.folder)
    assert guardian(ONE).ended_on is None
    assert CHILD_OF_OTHER in children(ONE)
    assert CHILD_OF_ONE not in children(ONE)
    assert run(files.folder).changes == 0


def test_when_the_other_row_goes_its_children_go(merged, files):
    files.remove_lines("ouders.csv", f"{OTHER},")
    files.remove_lines("ouder_leerling.csv", f"{OTHER},")
    run(files.folder)
    assert CHILD_OF_OTHER not in children(ONE)
    assert CHILD_OF_ONE in children(ONE)
    assert run(files.folder).changes == 0


def test_two_again_the_files_change_nothing_more(merged):
    split_guardians(OFFICE, guardian(OTHER).id, reason="sisters", now=NOW)
    assert CHILD_OF_OTHER in children(OTHER)
    assert CHILD_OF_OTHER not in children(ONE)
    run(BASE)  # the name that the test changed
    assert run(BASE).changes == 0
    assert (
        db.session.scalars(select(Guardianship.via_id).where(Guardianship.via_id > 0)).all() == []
    )


def test_the_other_row_is_not_purged_before_the_one_that_holds(merged):
    other = guardian(OTHER).person_id
    left = select(Person.id).where(retention.left_by(date(2030, 7, 31)))
    assert other not in db.session.scalars(left).all()
    retention.forget([guardian(ONE).person_id])
    assert guardian(OTHER).same_as_id is None
    assert other in db.session.scalars(left).all()
