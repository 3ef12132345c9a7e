"""What classes and departments are called, and who is at which branch."""

import pytest
from sqlalchemy import select, update

from app.school.branches import (
    CLASS_NAME,
    DEPARTMENT_NAME,
    GROUP_NAME,
    is_guardian_at,
    is_student_at,
    is_teacher_at,
    load_branches,
)
from app.school.models import (
    Branch,
    Department,
    Guardian,
    HomeClass,
    Student,
    Subject,
    Teacher,
    TeachingGroup,
)
from app.school.queries import child_of, children_named
from app.school.reading import STUDENTS
from tests.rounds.lessons import Lessons
from tests.small_school import NOW


@pytest.fixture
def called(db):
    def called_(column=CLASS_NAME, of=HomeClass):
        return list(db.scalars(select(column).order_by(of.id)))

    return called_


def branch(db, home_class_id, **values):
    db.execute(update(HomeClass).where(HomeClass.id == home_class_id).values(**values))
    db.commit()


def test_a_school_with_one_branch_reads_of_none(db, school, called):
    assert called() == ["h2a"]
    db.add(Branch(source="test", source_id="N", name="Noord"))
    db.flush()
    noord = db.query(Branch.id).scalar()
    db.execute(update(HomeClass).values(branch_id=noord))
    db.execute(update(Department).values(branch_id=noord))
    db.commit()
    assert called() == ["h2a"]
    assert called(DEPARTMENT_NAME, Department) == ["h2"]


def test_a_name_of_two_branches_has_the_branch_behind_it(two_branches, called):
    assert called() == ["h2a (Noord)", "h2a (Zuid)"]
    assert called(DEPARTMENT_NAME, Department) == ["h2 (Noord)", "h2 (Zuid)"]


def test_a_name_of_one_branch_stays_as_it_is(db, two_branches, called):
    branch(db, two_branches.classes["Zuid"], name="h2b")
    assert called() == ["h2a", "h2b"]


def test_the_own_branch_of_a_class_comes_before_that_of_its_department(db, two_branches, called):
    branch(db, two_branches.classes["Noord"], branch_id=two_branches.branches["Zuid"])
    assert called() == ["h2a", "h2a"]  # two classes of one branch: only the source can tell


def test_a_class_of_no_branch_is_called_as_it_is(db, two_branches, called):
    branch(db, two_branches.classes["Noord"], department_id=None)
    assert called() == ["h2a", "h2a (Zuid)"]


def test_groups_have_the_branch_of_their_department(db, two_branches, called):
    subject_id = db.query(Subject.id).first()[0]
    for department_id in two_branches.departments.values():
        row = TeachingGroup(source="test", source_id=f"{department_id}.ne", name="h2a.ne")
        row.department_id, row.subject_id = department_id, subject_id
        db.add(row)
    db.commit()
    assert called(GROUP_NAME, TeachingGroup) == ["h2a.ne (Noord)", "h2a.ne (Zuid)"]


def test_students_are_read_with_the_branch(db, school, two_branches):
    classes = {row.name.full: row.class_name for row in db.execute(STUDENTS)}
    assert classes["Kim Öztürk"] == "h2a (Zuid)"
    assert classes["Noor Jansen"] == "h2a (Noord)"
    today, kim = NOW.date(), school.students["Kim"]
    assert child_of(school.actors["Carol"], kim, today).class_name == "h2a (Zuid)"
    assert child_of(school.actors["Kim"], kim, today).class_name == "h2a (Zuid)"
    assert [child.class_name for child in children_named([kim])] == ["h2a (Zuid)"]


def test_a_student_without_a_class_is_called_so(db, school, two_branches):
    db.execute(update(Student).values(home_class_id=None))
    db.commit()
    assert {row.class_name for row in db.execute(STUDENTS)} == {None}


def test_only_branches_with_classes_are_offered(db, two_branches):
    db.add(Branch(source="test", source_id="X", name="Leeg"))
    db.commit()
    assert list(load_branches().values()) == ["Noord", "Zuid"]


def test_who_is_at_a_branch(db, school, two_branches):
    noord, zuid = two_branches.branches["Noord"], two_branches.branches["Zuid"]
    Lessons(db, school).all()
    group = db.query(TeachingGroup).first()  # of Vera
    group.department_id = two_branches.departments["Zuid"]
    db.get(HomeClass, two_branches.classes["Zuid"]).tutor_id = school.teachers["Bart"]
    db.commit()

    def keys(role, condition):
        return sorted(db.scalars(select(role.source_id).where(condition)))

    assert keys(Student, is_student_at(zuid)) == ["Kim"]
    assert keys(Student, is_student_at(noord)) == ["Lot", "Noor", "Sem", "Tim"]
    assert keys(Guardian, is_guardian_at(zuid)) == ["Carol"]
    assert keys(Teacher, is_teacher_at(zuid)) == ["Bart", "Vera"]
    assert keys(Teacher, is_teacher_at(noord)) == []


def test_a_student_without_a_class_is_at_the_branch_of_the_department(db, school, two_branches):
    tim = db.get(Student, school.students["Tim"])
    tim.home_class_id, tim.department_id = None, two_branches.departments["Zuid"]
    db.commit()
    ids = set(db.scalars(select(Student.id).where(is_student_at(two_branches.branches["Zuid"]))))
    assert ids == {school.students["Tim"], school.students["Kim"]}
