"""The offers of the sample school, held against what its makers know to be true."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.rounds import service
from app.rounds.models import Offer, OfferTeacher
from app.rounds.names import load_names
from app.school.models import GroupMember, Guardianship, Student, Teacher, TeachingGroup
from tests.small_school import NOW


@pytest.fixture
def truth(root):
    path = root / "tests" / "data" / "school-open" / "offers.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def report(sample_school, truth, plain_spec):
    classes = frozenset().union(*load_names().classes.values())
    spec = replace(plain_spec, home_class_ids=tuple(classes), reference_week=truth["week"])
    return service.create_round(spec, None, now=NOW)


@pytest.fixture
def offered(db, report):
    """Teachers by student number and subject, the first named first."""
    found = {}
    for number, subject, code in db.execute(
        select(Student.number, Offer.subject_code, Teacher.code)
        .join(Offer, Offer.student_id == Student.id)
        .join(OfferTeacher, OfferTeacher.offer_id == Offer.id)
        .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
        .where(Offer.round_id == report.round_id, Offer.offered)
        .order_by(Offer.id, OfferTeacher.position)
    ):
        found.setdefault((number, subject), []).append(code)
    return found


def chosen(group):
    """Whom the rules take of what the lessons of a group allow."""
    if group["wholly_substituted"]:
        left = set(group["regular"]) - set(group["wholly_substituted"])
        return left | set(group["substitutes"])
    return set(group["regular"])


def test_every_possible_talk_is_offered_with_possible_teachers(offered, truth):
    possible = {
        (number, subject): set(codes.split())
        for number, subjects in truth["possible_teachers"].items()
        for subject, codes in subjects.items()
    }
    assert set(offered) == set(possible)
    assert not [key for key, codes in offered.items() if not set(codes) <= possible[key]]


def test_where_lessons_leave_a_choice_the_rules_decide(db, offered, truth):
    for key, group in truth["groups_with_a_choice"].items():
        subject = key.rpartition(".")[2]
        numbers = db.scalars(
            select(Student.number)
            .join(GroupMember, GroupMember.student_id == Student.id)
            .join(TeachingGroup, TeachingGroup.id == GroupMember.group_id)
            .where(TeachingGroup.source_id == key)
        ).all()
        assert numbers
        for number in numbers:
            assert set(offered[number, subject]) == chosen(group), key


def test_the_office_hears_of_every_group_with_a_choice(report, truth):
    keys = {key.partition(".")[2] for key in truth["groups_with_a_choice"]}
    assert {group.name for group in report.doubtful} == keys


def test_what_cannot_be_offered_is_known_with_its_reason(db, report, truth):
    numbers = dict(db.execute(select(Student.id, Student.number)).all())
    found = {(numbers[one.student_id], one.subject_code, one.reason) for one in report.missing}
    assert found == {tuple(one) for one in truth["no_option"]}


def test_students_with_guardians_have_all_their_options(db, offered, truth):
    with_guardians = set(
        db.scalars(select(Student.number).join(Guardianship, Guardianship.student_id == Student.id))
    )
    options = [key for key in offered if key[0] in with_guardians]
    assert len(options) == truth["options_of_students_with_guardians"]
