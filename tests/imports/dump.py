"""All that an import may write, without our ids, to compare before and after."""

from sqlalchemy import select

from app.extensions import db
from app.school.models import (
    Guardian,
    Guardianship,
    Household,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
    Teacher,
)
from app.school.present import load_present


def dump():
    present = load_present("csv")
    people = {
        role.__tablename__: sorted(
            map(
                tuple,
                db.session.execute(
                    select(
                        role.source_id,
                        Person.sort_key,
                        Person.search_key,
                        role.ended_on,
                        Person.ended_on,
                        Person.email_key,
                    ).join(Person, Person.id == role.person_id)
                ),
            ),
            key=repr,
        )
        for role in (Student, Teacher, Guardian)
    }
    links = sorted(
        map(
            tuple,
            db.session.execute(
                select(
                    Student.source_id,
                    Guardian.source_id,
                    Guardianship.closed_reason,
                    Guardianship.ended_at,
                )
                .select_from(Guardianship)
                .join(Student, Student.id == Guardianship.student_id)
                .join(Guardian, Guardian.id == Guardianship.guardian_id)
            ),
        ),
        key=repr,
    )
    return present.rows, present.ended, people, links, homes()


def homes():
    """Return for each student number the sets of guardian codes with which it comes."""
    rows = db.session.execute(
        select(Student.source_id, Household.id, Guardian.source_id)
        .select_from(HouseholdStudent)
        .join(Household, Household.id == HouseholdStudent.household_id)
        .join(Student, Student.id == HouseholdStudent.student_id)
        .join(HouseholdGuardian, HouseholdGuardian.household_id == Household.id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
    )
    by_home = {}
    for student, household, guardian in rows:
        by_home.setdefault((student, household), set()).add(guardian)
    result = {}
    for (student, _household), guardians in by_home.items():
        result.setdefault(student, set()).add(frozenset(guardians))
    return result
