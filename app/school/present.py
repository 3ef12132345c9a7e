"""Load what is stored from a source, in the form of its rows, with few queries."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import aliased

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
from app.school.people import Role, led_people
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

PERSON = (Person.given_name, Person.prefix, Person.family_name, Person.email)


def load_present(source: str) -> Present:
    """Return the stored rows of a source, without people and links that ended."""
    guardians, childless = _guardians(source)
    return Present(
        rows={
            BranchRow: _by_key(_branches(source)),
            DepartmentRow: _by_key(_departments(source)),
            SubjectRow: _by_key(_subjects()),
            TeacherRow: _by_key(_teachers(source)),
            HomeClassRow: _by_key(_home_classes(source)),
            StudentRow: _by_key(_students(source)),
            GuardianRow: guardians,
            LinkRow: _by_key(_links(source)),
            EnrolmentRow: _by_key(_enrolments(source)),
            GroupRow: _by_key(_groups(source)),
            MemberRow: _by_key(_members(source)),
            LessonRow: _by_key(_lessons(source)),
        },
        childless=childless,
        led={
            GuardianRow: _led(Guardian, source),
            StudentRow: _led(Student, source),
        },
        same=_same(source),
    )


def _by_key(rows: Iterable[SchoolRow]) -> dict[Key, SchoolRow]:
    return {row.key: row for row in rows}


def _branches(source: str) -> Iterable[SchoolRow]:
    rows = db.session.execute(
        select(Branch.source_id, Branch.name).where(Branch.source == source)
    ).all()
    return (BranchRow(key, name) for key, name in rows)


def _departments(source: str) -> Iterable[SchoolRow]:
    rows = db.session.execute(
        select(
            Department.source_id,
            Department.code,
            Branch.source_id,
            Department.year,
            Department.level,
        )
        .outerjoin(Branch, Branch.id == Department.branch_id)
        .where(Department.source == source)
    ).all()
    return (
        DepartmentRow(key, code, branch or "", year, level)
        for key, code, branch, year, level in rows
    )


def _subjects() -> Iterable[SchoolRow]:
    rows = db.session.execute(select(Subject.code, Subject.name)).all()
    return (SubjectRow(code, name) for code, name in rows)


def _teachers(source: str) -> Iterable[SchoolRow]:
    rows = db.session.execute(
        select(Teacher.source_id, *PERSON, Person.salutation)
        .join(Person, Person.id == Teacher.person_id)
        .where(Teacher.source == source, Teacher.ended_on.is_(None))
    ).all()
    return (TeacherRow(*row) for row in rows)


def _led(role: Role, source: str) -> frozenset[Key]:
    people = led_people(role)
    rows = db.session.execute(
        select(role.source_id, role.person_id).where(role.source == source)
    ).all()
    return frozenset(key for key, person_id in rows if person_id in people)


def _home_classes(source: str) -> Iterable[SchoolRow]:
    rows = db.session.execute(
        select(
            HomeClass.source_id,
            HomeClass.name,
            Department.source_id,
            Branch.source_id,
            Teacher.source_id,
        )
        .outerjoin(Department, Department.id == HomeClass.department_id)
        .outerjoin(Branch, Branch.id == HomeClass.branch_id)
        .outerjoin(Teacher, Teacher.id == HomeClass.tutor_id)
        .where(HomeClass.source == source)
    ).all()
    return (
        HomeClassRow(key, name, department or "", branch or "", tutor or "")
        for key, name, department, branch, tutor in rows
    )


def _students(source: str) -> Iterable[SchoolRow]:
    rows = db.session.execute(
        select(
            Student.source_id,
            *PERSON,
            Student.birth_date,
            HomeClass.source_id,
            Department.source_id,
            Student.apart_in_source,
        )
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .outerjoin(Department, Department.id == Student.department_id)
        .where(Student.source == source, Student.ended_on.is_(None))
    ).all()
    return (StudentRow(*row[:5], row[5], row[6] or "", row[7] or "", row[8]) for row in rows)


def _guardians(source: str) -> tuple[dict[Key, SchoolRow], dict[Key, SchoolRow]]:
    rows = db.session.execute(
        select(Guardian.source_id, *PERSON, Person.language, Guardian.ended_on)
        .join(Person, Person.id == Guardian.person_id)
        .where(Guardian.source == source)
    ).all()
    live: dict[Key, SchoolRow] = {}
    childless: dict[Key, SchoolRow] = {}
    for *columns, ended_on in rows:
        row = GuardianRow(*columns)
        (live if ended_on is None else childless)[row.key] = row
    return live, childless


def _same(source: str) -> dict[Key, Key]:
    other = aliased(Guardian)
    rows = db.session.execute(
        select(Guardian.source_id, other.source_id)
        .join(other, other.id == Guardian.same_as_id)
        .where(Guardian.source == source)
    ).all()
    return {key: same_as for key, same_as in rows}  # noqa: C416  (mypy knows rows this way)


def _links(source: str) -> Iterable[SchoolRow]:
    rows = db.session.execute(
        select(
            Guardian.source_id,
            Student.source_id,
            Guardianship.relation,
            Guardianship.legal_authority,
        )
        .join(Guardian, Guardian.id == Guardianship.in_source())
        .join(Student, Student.id == Guardianship.student_id)
        .where(
            Guardian.source == source,
            Student.source == source,
            Guardianship.ended_at.is_(None),
        )
    ).all()
    return (LinkRow(*row) for row in rows)


def _enrolments(source: str) -> Iterable[SchoolRow]:
    rows = db.session.execute(
        select(Student.source_id, Subject.code)
        .select_from(Enrolment)
        .join(Student, Student.id == Enrolment.student_id)
        .join(Subject, Subject.id == Enrolment.subject_id)
        .where(Student.source == source)
    ).all()
    return (EnrolmentRow(*row) for row in rows)


def _groups(source: str) -> Iterable[SchoolRow]:
    rows = db.session.execute(
        select(TeachingGroup.source_id, TeachingGroup.name, Department.source_id, Subject.code)
        .join(Subject, Subject.id == TeachingGroup.subject_id)
        .outerjoin(Department, Department.id == TeachingGroup.department_id)
        .where(TeachingGroup.source == source)
    ).all()
    return (
        GroupRow(key, name, department or "", subject) for key, name, department, subject in rows
    )


def _members(source: str) -> Iterable[SchoolRow]:
    rows = db.session.execute(
        select(TeachingGroup.source_id, Student.source_id)
        .select_from(GroupMember)
        .join(TeachingGroup, TeachingGroup.id == GroupMember.group_id)
        .join(Student, Student.id == GroupMember.student_id)
        .where(TeachingGroup.source == source, Student.source == source)
    ).all()
    return (MemberRow(*row) for row in rows)


def _lessons(source: str) -> Iterable[SchoolRow]:
    replaced = aliased(Teacher)
    rows = db.session.execute(
        select(
            Lesson.source_id,
            TeachingGroup.source_id,
            Subject.code,
            Teacher.source_id,
            Lesson.kind,
            replaced.source_id,
            Lesson.from_week,
            Lesson.to_week,
            Lesson.hours,
        )
        .join(TeachingGroup, TeachingGroup.id == Lesson.group_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .join(Teacher, Teacher.id == Lesson.teacher_id)
        .outerjoin(replaced, replaced.id == Lesson.replaces_id)
        .where(Lesson.source == source)
    ).all()
    return (
        LessonRow(key, group, subject, teacher, kind, replaces or "", start, end, hours)
        for key, group, subject, teacher, kind, replaces, start, end, hours in rows
    )
