"""One person with two roles, whom the source knows under two keys."""

import pytest
from sqlalchemy import select

from app.core.access import Actor, Role
from app.extensions import db
from app.people.parting import part_people
from app.school.models import Guardian, Person, Teacher
from tests.imports.conftest import BASE, NOW, run
from tests.imports.dump import dump

TEACHER, GUARDIAN = "men", "ouder00001"


@pytest.fixture
def app(imported_app):
    return imported_app


@pytest.fixture
def joined():
    """The office has found out that this teacher is that parent."""
    teacher = db.session.scalars(select(Teacher).where(Teacher.source_id == TEACHER)).one()
    guardian = db.session.scalars(select(Guardian).where(Guardian.source_id == GUARDIAN)).one()
    guardian.person_id = teacher.person_id
    db.session.commit()
    return teacher.person_id


def name_of(person_id):
    db.session.expire_all()
    person = db.session.get(Person, person_id)
    return person.given_name, person.family_name, person.email


def test_is_named_by_the_teachers_row_night_after_night(joined, files):
    before = dump()
    assert run(BASE).changes == 0
    files.replace("ouders.csv", "ouder00001,Noor,,Jansen,noor.jansen1", "ouder00001,N,,Jans,new")

    assert run(files.folder).changes == 0

    assert dump() == before
    assert name_of(joined) == ("Raphaël", "Berge", "men@school.example")


def test_is_named_by_the_guardians_row_once_the_teacher_has_gone(joined):
    teacher = db.session.scalars(select(Teacher).where(Teacher.source_id == TEACHER)).one()
    teacher.ended_on = NOW.date()
    db.session.commit()

    run(BASE)  # the teacher comes back, in the same night

    assert name_of(joined)[2] == "men@school.example"
    db.session.get(Teacher, teacher.id).source = "another"
    db.session.get(Teacher, teacher.id).ended_on = NOW.date()
    db.session.commit()
    run(BASE)
    assert name_of(joined) == ("Noor", "Jansen", "noor.jansen1@ouder.example")
    assert run(BASE).changes == 0


def test_parted_again_is_named_by_the_own_row_after_the_next_import(joined):
    teacher = db.session.scalars(select(Teacher).where(Teacher.source_id == TEACHER)).one()
    office = Actor(None, 0, "Anna", frozenset({Role.ADMINISTRATOR}))
    part_people(office, teacher.id, reason="two people", now=NOW)
    guardian = db.session.scalars(select(Guardian).where(Guardian.source_id == GUARDIAN)).one()
    assert name_of(guardian.person_id) == ("Raphaël", "Berge", "")
    run(BASE)
    assert name_of(guardian.person_id) == ("Noor", "Jansen", "noor.jansen1@ouder.example")
    assert name_of(joined) == ("Raphaël", "Berge", "men@school.example")
    assert run(BASE).changes == 0
