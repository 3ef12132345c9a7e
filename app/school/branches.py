"""What classes and departments are called, and who belongs to which branch.

A class is called as the source calls it. Where another branch has a class of the same name, the
branch follows: "h2a (Zuid)"; so do departments and teaching groups. A school with one branch never
reads about branches, and no name stands for two classes. The columns are part of the statement that
reads the class, so telling branches apart costs no statement of its own.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Label, and_, case, distinct, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.extensions import db
from app.school.models import (
    Branch,
    Department,
    Guardian,
    Guardianship,
    HomeClass,
    Lesson,
    Student,
    Teacher,
    TeachingGroup,
)


def _of_department(table: Any) -> ColumnElement[Any]:
    department = aliased(Department)
    return (
        select(department.branch_id)
        .where(department.id == table.department_id)
        .correlate(table)
        .scalar_subquery()
    )


def _of_class(table: Any) -> ColumnElement[Any]:
    return func.coalesce(table.branch_id, _of_department(table))


def _called(
    name: InstrumentedAttribute[str], branch_of: Callable[[Any], ColumnElement[Any]], label: str
) -> Label[str]:
    """Return the column of a name, with the branch where another branch has the same name."""
    table = name.class_
    other, branch = aliased(table), aliased(Branch)
    own, others = branch_of(table), getattr(other, name.key)
    # Names of several branches, found once for a whole statement rather than for each row.
    shared = (
        select(others)
        .group_by(others)
        .having(func.count(distinct(func.coalesce(branch_of(other), 0))) > 1)
        .correlate(None)
    )
    of_branch = (
        select(" (" + branch.name + ")").where(branch.id == own).correlate(table).scalar_subquery()
    )
    return case((name.in_(shared), name + func.coalesce(of_branch, "")), else_=name).label(label)


CLASS_BRANCH = _of_class(HomeClass)
"""The id of a class's branch, or else of its department's, for a query that has HomeClass."""

CLASS_NAME = _called(HomeClass.name, _of_class, "class_name")
"""What a class is called, for a query that has HomeClass; None if an outer join found no class."""

DEPARTMENT_NAME = _called(Department.code, lambda table: table.branch_id, "department_name")
"""What a department is called, for a query that has Department."""

GROUP_NAME = _called(TeachingGroup.name, _of_department, "group_name")
"""What a teaching group is called, for a query that has TeachingGroup."""


def load_branches() -> dict[int, str]:
    """Return the names of the branches that have classes by id, in the order of their names."""
    rows = db.session.execute(
        select(Branch.id, Branch.name)
        .where(Branch.id.in_(select(CLASS_BRANCH).select_from(HomeClass)))
        .order_by(Branch.name, Branch.id)
    )
    return {id_: name for id_, name in rows}  # noqa: C416  (mypy knows rows this way)


def is_student_at(branch_id: int) -> ColumnElement[bool]:
    """Return the condition that a student's class, or else the department, is of a branch."""
    home_class, department = aliased(HomeClass), aliased(Department)
    return or_(
        Student.home_class_id.in_(select(home_class.id).where(_of_class(home_class) == branch_id)),
        and_(
            Student.home_class_id.is_(None),
            Student.department_id.in_(
                select(department.id).where(department.branch_id == branch_id)
            ),
        ),
    )


def is_guardian_at(branch_id: int) -> ColumnElement[bool]:
    """Return the condition that a guardian has a child at a branch."""
    return Guardian.id.in_(
        select(Guardianship.guardian_id)
        .join(Student, Student.id == Guardianship.student_id)
        .where(Guardianship.ended_at.is_(None), is_student_at(branch_id))
        .correlate(None)
    )


def is_teacher_at(branch_id: int) -> ColumnElement[bool]:
    """Return the condition that a teacher teaches at a branch, or is tutor of one of its classes."""
    home_class = aliased(HomeClass)
    lessons = (
        select(Lesson.teacher_id)
        .join(TeachingGroup, TeachingGroup.id == Lesson.group_id)
        .where(_of_department(TeachingGroup) == branch_id)
    )
    classes = select(home_class.tutor_id).where(_of_class(home_class) == branch_id)
    return or_(Teacher.id.in_(lessons), Teacher.id.in_(classes))
