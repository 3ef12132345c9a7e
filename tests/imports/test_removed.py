"""Somebody removed by hand who is still in the source: back with the next import, as before."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from app.core.access import Actor, Role
from app.extensions import db
from app.people.removal import remove_person
from app.rounds.grid import EveningSpec
from app.rounds.models import Offer, OfferTeacher
from app.rounds.service import create_round
from app.rounds.spec import RoundSpec
from app.school.models import HomeClass, Lesson, Student, Teacher
from tests.imports.conftest import BASE, NOW, run

OFFICE = Actor(None, 0, "Anna", frozenset({Role.ADMINISTRATOR}))


@pytest.fixture
def app(imported_app):
    return imported_app


@pytest.fixture
def round_id():
    """A round to come of the whole school."""
    spec = RoundSpec(
        name="Oudercontact",
        home_class_ids=tuple(db.session.scalars(select(HomeClass.id))),
        evenings=(EveningSpec(date(2027, 3, 9), "18:30", "20:30"),),
        opens_at=NOW + timedelta(days=10),
        closes_at=datetime(2027, 3, 5, 23, 59, tzinfo=ZoneInfo("Europe/Amsterdam")),
        reference_week="2027-W05",
    )
    return create_round(spec, None, now=NOW).round_id


def remove(role):
    remove_person(OFFICE, role.person_id, reason="the wrong one", now=NOW)


def offers(*conditions):
    db.session.expire_all()
    return set(
        db.session.scalars(
            select(Offer.id)
            .join(OfferTeacher, OfferTeacher.offer_id == Offer.id)
            .where(Offer.offered, *conditions)
        )
    )


def one_of(teacher):
    return OfferTeacher.teacher_id == teacher.id


@pytest.fixture
def teacher(round_id):
    """Somebody who teaches."""
    return db.session.scalars(select(Teacher).join(Lesson, Lesson.teacher_id == Teacher.id)).first()


def test_a_teacher_is_offered_again(teacher):
    before = offers()
    assert offers(one_of(teacher))

    remove(teacher)
    assert offers(one_of(teacher)) == set()

    assert run(BASE).applied
    assert offers() == before


def test_a_student_is_offered_all_its_teachers_again(round_id):
    before = offers()
    student = db.session.scalars(
        select(Student).join(Offer, Offer.student_id == Student.id).where(Offer.offered)
    ).first()

    remove(student)
    assert offers(Offer.student_id == student.id) == set()

    run(BASE)
    assert offers() == before


def test_what_the_office_withdrew_by_hand_stays_so(teacher):
    by_hand = min(offers(one_of(teacher)))
    db.session.execute(update(Offer).where(Offer.id == by_hand).values(offered=False))
    db.session.commit()
    before = offers()

    remove(teacher)
    run(BASE)

    assert offers() == before


def test_the_other_teacher_of_a_duo_goes_on_alone_meanwhile(round_id):
    duo = db.session.scalars(
        select(Offer).where(Offer.offered, Offer.teacher_key.contains("-"))
    ).first()
    gone, stays = map(int, duo.teacher_key.split("-"))
    before = offers()

    remove(db.session.get(Teacher, gone))
    of_student = (Offer.student_id == duo.student_id, Offer.subject_code == duo.subject_code)
    keys = select(Offer.teacher_key).where(Offer.offered, *of_student)
    assert db.session.scalars(keys).all() == [str(stays)]

    run(BASE)
    assert offers() == before
