"""Apply a source's changes to people and structure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from app.core.i18n import local_day
from app.core.transaction import transaction
from app.extensions import db
from app.school import people, structure
from app.school.households import rebuild_households
from app.school.models import (
    Branch,
    Department,
    Enrolment,
    GroupMember,
    Guardian,
    HomeClass,
    Student,
    Subject,
    Teacher,
    TeachingGroup,
)
from app.school.queries import subject_ids
from app.school.rows import (
    BranchRow,
    Change,
    DepartmentRow,
    EnrolmentRow,
    GroupRow,
    GuardianRow,
    HomeClassRow,
    LessonRow,
    LinkRow,
    MemberRow,
    SchoolRow,
    StudentRow,
    SubjectRow,
    TeacherRow,
)

R = TypeVar("R", bound=SchoolRow)

Changes = Mapping[type[SchoolRow], Change]


def apply_school(source: str, changes: Changes, *, now: datetime) -> None:
    """Write a source's changes in bulk, and update households accordingly.

    People who are gone are ended, never deleted, because talks refer to them. Lessons and group
    members describe only today, so they are deleted.
    """
    with transaction():
        _structure(source, changes)
        _people(source, changes, now)
        _teaching(source, changes)
        db.session.expire_all()
        rebuild_households(today=local_day(now))


def _written(changes: Changes, table: type[R]) -> list[R]:
    change = changes.get(table, Change())
    return cast("list[R]", [*change.added, *change.changed])


def _gone(changes: Changes, table: type[R]) -> list[R]:
    return cast("list[R]", list(changes.get(table, Change()).gone))


def _structure(source: str, changes: Changes) -> None:
    structure.write_keyed(
        Branch, source, {row.key: {"name": row.name} for row in _written(changes, BranchRow)}
    )
    branches = structure.ids_of(Branch, source)
    structure.write_keyed(
        Department,
        source,
        {
            row.key: {
                "code": row.code,
                "branch_id": branches.get(row.branch),
                "year": row.year,
                "level": row.level,
            }
            for row in _written(changes, DepartmentRow)
        },
    )
    structure.write_rows(
        Subject,
        subject_ids(),
        {row.key: {"code": row.key, "name": row.name} for row in _written(changes, SubjectRow)},
    )


def _people(source: str, changes: Changes, now: datetime) -> None:
    today = local_day(now)
    teachers = _written(changes, TeacherRow)
    people.write_people(Teacher, source, teachers, {row.key: {"code": row.key} for row in teachers})
    people.end_people(Teacher, source, {row.key for row in _gone(changes, TeacherRow)}, today)
    _home_classes(source, changes)
    students = _written(changes, StudentRow)
    people.write_people(Student, source, students, _student_columns(source, students))
    people.end_people(Student, source, {row.key for row in _gone(changes, StudentRow)}, today)
    guardians = _written(changes, GuardianRow)
    phones = {row.key: {"phone": row.phone} for row in guardians}
    people.write_people(Guardian, source, guardians, phones)
    people.end_people(Guardian, source, {row.key for row in _gone(changes, GuardianRow)}, today)
    people.end_links_of(Student, source, now)
    people.end_links_of(Guardian, source, now)
    student_ids = structure.ids_of(Student, source)
    guardian_ids = structure.ids_of(Guardian, source)
    # End links first: one can disappear and return under another number of the same guardian.
    structure.end_links(_gone(changes, LinkRow), student_ids, guardian_ids, now)
    structure.write_links(_written(changes, LinkRow), student_ids, guardian_ids)
    people.settle_apart(source)
    people.settle_guardians(source, today)
    people.settle_people(today)


def _home_classes(source: str, changes: Changes) -> None:
    branches = structure.ids_of(Branch, source)
    departments = structure.ids_of(Department, source)
    teachers = structure.ids_of(Teacher, source)
    structure.write_keyed(
        HomeClass,
        source,
        {
            row.key: {
                "name": row.name,
                "department_id": departments.get(row.department),
                "branch_id": branches.get(row.branch),
                "tutor_id": teachers.get(row.tutor),
            }
            for row in _written(changes, HomeClassRow)
        },
    )


def _student_columns(source: str, rows: list[StudentRow]) -> dict[str, dict[str, Any]]:
    classes = structure.ids_of(HomeClass, source)
    departments = structure.ids_of(Department, source)
    return {
        row.key: {
            "number": row.key,
            "birth_date": row.birth_date,
            "home_class_id": classes.get(row.home_class),
            "department_id": departments.get(row.department),
            "said_apart": row.apart,
        }
        for row in rows
    }


def _teaching(source: str, changes: Changes) -> None:
    students = structure.ids_of(Student, source)
    subjects = subject_ids()
    departments = structure.ids_of(Department, source)
    structure.write_keyed(
        TeachingGroup,
        source,
        {
            row.key: {
                "name": row.name,
                "department_id": departments.get(row.department),
                "subject_id": subjects[row.subject],
            }
            for row in _written(changes, GroupRow)
        },
    )
    groups = structure.ids_of(TeachingGroup, source)

    def taken(row: EnrolmentRow) -> tuple[int, int]:
        return students[row.student], subjects[row.subject]

    def member(row: MemberRow) -> tuple[int, int]:
        return groups[row.group], students[row.student]

    structure.write_pairs(
        Enrolment.student_id,
        Enrolment.subject_id,
        [taken(row) for row in _written(changes, EnrolmentRow)],
        [taken(row) for row in _gone(changes, EnrolmentRow)],
    )
    structure.write_pairs(
        GroupMember.group_id,
        GroupMember.student_id,
        [member(row) for row in _written(changes, MemberRow)],
        [member(row) for row in _gone(changes, MemberRow)],
    )
    _lessons(source, changes, groups, subjects)


def _lessons(
    source: str, changes: Changes, groups: Mapping[str, int], subjects: Mapping[str, int]
) -> None:
    teachers = structure.ids_of(Teacher, source)

    def key(row: LessonRow) -> tuple[str, ...]:
        return (row.source_id, str(teachers[row.teacher]), row.from_week)

    structure.write_lessons(
        source,
        {
            key(row): {
                "source": source,
                "source_id": row.source_id,
                "group_id": groups[row.group],
                "subject_id": subjects[row.subject],
                "teacher_id": teachers[row.teacher],
                "replaces_id": teachers.get(row.replaces),
                "kind": row.kind,
                "from_week": row.from_week,
                "to_week": row.to_week,
                "hours": row.hours,
            }
            for row in _written(changes, LessonRow)
        },
        [key(row) for row in _gone(changes, LessonRow)],
    )
