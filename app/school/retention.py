"""Retention of people who left the school: who may be deleted, and deleting them."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, String, cast, delete, func, literal, or_, select, update

from app.core.purging import counted
from app.core.transaction import transaction
from app.extensions import db
from app.school.models import (
    Enrolment,
    GroupMember,
    Guardian,
    Guardianship,
    HomeClass,
    Household,
    HouseholdGuardian,
    HouseholdStudent,
    Lesson,
    Person,
    Student,
    Teacher,
)


def left_by(last: date) -> ColumnElement[bool]:
    """Return the condition for people who left, in every role, on this day or before.

    The one with the highest id in each table stays until there is a newer one: SQLite would reuse
    the id, and log entries name people by it. Merged people stay as long as the person they were
    merged into: the next import, and whoever splits the two, must find the row.
    """
    others = [
        Person.id.in_(select(Guardian.person_id).where(Guardian.same_as_id.is_not(None))),
        Person.id.in_(
            select(Guardian.former_person_id).where(Guardian.former_person_id.is_not(None))
        ),
    ]
    youngest = [
        Person.id == select(func.max(Person.id)).scalar_subquery(),
        *(
            Person.id.in_(
                select(role.person_id).where(role.id == select(func.max(role.id)).scalar_subquery())
            )
            for role in (Student, Teacher, Guardian)
        ),
    ]
    return (Person.ended_on <= last) & ~or_(*youngest, *others)


def forget(person_ids: Collection[int]) -> int:
    """Delete people with all dependent rows of this package; return the count.

    Delete what other packages keep of them first. Households stay without them, because past talks
    of people who are still here refer to them by id.
    """
    students = select(Student.id).where(Student.person_id.in_(person_ids))
    teachers = select(Teacher.id).where(Teacher.person_id.in_(person_ids))
    guardians = select(Guardian.id).where(Guardian.person_id.in_(person_ids))
    households = select(HouseholdGuardian.household_id).where(
        HouseholdGuardian.guardian_id.in_(guardians)
    )
    with transaction():
        for statement in (
            delete(GroupMember).where(GroupMember.student_id.in_(students)),
            delete(Enrolment).where(Enrolment.student_id.in_(students)),
            delete(Guardianship).where(
                or_(
                    Guardianship.student_id.in_(students),
                    Guardianship.guardian_id.in_(guardians),
                )
            ),
            # No set of guardians has this key, so nobody can join the household again.
            update(Household)
            .where(Household.id.in_(households))
            .values(guardian_key=literal("past-") + cast(Household.id, String)),
            delete(HouseholdStudent).where(
                or_(
                    HouseholdStudent.student_id.in_(students),
                    HouseholdStudent.household_id.in_(households),
                )
            ),
            delete(HouseholdGuardian).where(HouseholdGuardian.guardian_id.in_(guardians)),
            delete(Lesson).where(Lesson.teacher_id.in_(teachers)),
            update(Lesson).where(Lesson.replaces_id.in_(teachers)).values(replaces_id=None),
            update(HomeClass).where(HomeClass.tutor_id.in_(teachers)).values(tutor_id=None),
            update(Guardian).where(Guardian.same_as_id.in_(guardians)).values(same_as_id=None),
            delete(Student).where(Student.person_id.in_(person_ids)),
            delete(Teacher).where(Teacher.person_id.in_(person_ids)),
            delete(Guardian).where(Guardian.person_id.in_(person_ids)),
        ):
            counted(statement)
        deleted = counted(delete(Person).where(Person.id.in_(person_ids)))
        db.session.expire_all()
    return deleted
