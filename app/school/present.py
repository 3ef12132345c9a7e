"""Load what is stored from a source, in the form of its rows, with few queries."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.extensions import db
from app.school.models import (
    Branch,
    Department,
    Enrolment,
    GroupMember,
    Guardian,
    Guardianship,
    HomeClass,
    Lesson,
    Person,
    Student,
    Subject,
    Teacher,
    TeachingGroup,
)
from app.school.people import Role, led_people, students_decided
from app.school.rows import (
    BranchRow,
    DepartmentRow,
    EnrolmentRow,
    GroupRow,
    GuardianRow,
    HomeClassRow,
    Key,
    LessonRow,
    LinkRow,
    MemberRow,
    Present,
    SchoolRow,
    StudentRow,
    SubjectRow,
    TeacherRow,
)

Statement: TypeAlias = Select[*tuple[Any, ...]]
Statements: TypeAlias = Mapping[type[SchoolRow], Statement]

PERSON = (Person.given_name, Person.prefix, Person.family_name, Person.email)

# Keys of what may be absent; nothing is an empty text.
BRANCH = func.coalesce(Branch.source_id, "")
DEPARTMENT = func.coalesce(Department.source_id, "")


def load_present(source: str) -> Present:
    """Return the stored rows of a source, with those of people and links that ended set apart."""
    structure, teaching = _by_table(_structure(source)), _by_table(_teaching(source))
    return Present(
        rows={**structure, **_by_table(_people(source, ended=False)), **teaching},
        ended=_by_table(_people(source, ended=True)),
        led={GuardianRow: _led(Guardian, source), StudentRow: _led(Student, source)},
        same=_same(source),
        decided=students_decided(source),
    )


def _by_table(statements: Statements) -> dict[type[SchoolRow], dict[Key, SchoolRow]]:
    return {table: _by_key(table, statement) for table, statement in statements.items()}


def _by_key(table: Callable[..., SchoolRow], statement: Statement) -> dict[Key, SchoolRow]:
    rows = (table(*columns) for columns in db.session.execute(statement))
    return {row.key: row for row in rows}


def _structure(source: str) -> Statements:
    return {
        BranchRow: select(Branch.source_id, Branch.name).where(Branch.source == source),
        DepartmentRow: select(
            Department.source_id, Department.code, BRANCH, Department.year, Department.level
        )
        .outerjoin(Branch, Branch.id == Department.branch_id)
        .where(Department.source == source),
        SubjectRow: select(Subject.code, Subject.name),
        HomeClassRow: select(
            HomeClass.source_id,
            HomeClass.name,
            DEPARTMENT,
            BRANCH,
            func.coalesce(Teacher.source_id, ""),
        )
        .outerjoin(Department, Department.id == HomeClass.department_id)
        .outerjoin(Branch, Branch.id == HomeClass.branch_id)
        .outerjoin(Teacher, Teacher.id == HomeClass.tutor_id)
        .where(HomeClass.source == source),
    }


def _people(source: str, *, ended: bool) -> Statements:
    def which(end: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return end.is_not(None) if ended else end.is_(None)

    return {
        TeacherRow: select(Teacher.source_id, *PERSON, Person.salutation)
        .join(Person, Person.id == Teacher.person_id)
        .where(Teacher.source == source, which(Teacher.ended_on)),
        StudentRow: select(
            Student.source_id,
            *PERSON,
            Student.birth_date,
            func.coalesce(HomeClass.source_id, ""),
            DEPARTMENT,
            Student.said_apart,
        )
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .outerjoin(Department, Department.id == Student.department_id)
        .where(Student.source == source, which(Student.ended_on)),
        GuardianRow: select(Guardian.source_id, *PERSON, Person.language, Guardian.phone)
        .join(Person, Person.id == Guardian.person_id)
        .where(Guardian.source == source, which(Guardian.ended_on)),
        LinkRow: select(
            Guardian.source_id,
            Student.source_id,
            Guardianship.relation,
            Guardianship.legal_authority,
            Guardianship.said_apart,
        )
        .join(Guardian, Guardian.id == Guardianship.in_source())
        .join(Student, Student.id == Guardianship.student_id)
        .where(Guardian.source == source, Student.source == source, which(Guardianship.ended_at)),
    }


def _teaching(source: str) -> Statements:
    replaced = aliased(Teacher)
    return {
        EnrolmentRow: select(Student.source_id, Subject.code)
        .select_from(Enrolment)
        .join(Student, Student.id == Enrolment.student_id)
        .join(Subject, Subject.id == Enrolment.subject_id)
        .where(Student.source == source),
        GroupRow: select(TeachingGroup.source_id, TeachingGroup.name, DEPARTMENT, Subject.code)
        .join(Subject, Subject.id == TeachingGroup.subject_id)
        .outerjoin(Department, Department.id == TeachingGroup.department_id)
        .where(TeachingGroup.source == source),
        MemberRow: select(TeachingGroup.source_id, Student.source_id)
        .select_from(GroupMember)
        .join(TeachingGroup, TeachingGroup.id == GroupMember.group_id)
        .join(Student, Student.id == GroupMember.student_id)
        .where(TeachingGroup.source == source, Student.source == source),
        LessonRow: select(
            Lesson.source_id,
            TeachingGroup.source_id,
            Subject.code,
            Teacher.source_id,
            Lesson.kind,
            func.coalesce(replaced.source_id, ""),
            Lesson.from_week,
            Lesson.to_week,
            Lesson.hours,
        )
        .join(TeachingGroup, TeachingGroup.id == Lesson.group_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .join(Teacher, Teacher.id == Lesson.teacher_id)
        .outerjoin(replaced, replaced.id == Lesson.replaces_id)
        .where(Lesson.source == source),
    }


def _led(role: Role, source: str) -> frozenset[Key]:
    people = led_people(role)
    rows = db.session.execute(select(role.source_id, role.person_id).where(role.source == source))
    return frozenset(key for key, person_id in rows if person_id in people)


def _same(source: str) -> dict[Key, Key]:
    other = aliased(Guardian)
    rows = db.session.execute(
        select(Guardian.source_id, other.source_id)
        .join(other, other.id == Guardian.same_as_id)
        .where(Guardian.source == source)
    )
    return {key: same_as for key, same_as in rows}  # noqa: C416  (mypy knows rows this way)
