"""People and structure, scoped by who asks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select

from app.core.access import Actor
from app.core.errors import found
from app.extensions import db
from app.school.models import (
    Guardianship,
    HomeClass,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
)
from app.school.names import full_name, initial

HUES = 6


@dataclass(frozen=True)
class Child:
    student_id: int
    given_name: str
    full_name: str
    initial: str
    hue: int
    class_name: str
    household_id: int | None


def is_open(today: date) -> ColumnElement[bool]:
    grown = today.replace(year=today.year - 18) if (today.month, today.day) != (2, 29) else today.replace(year=today.year - 18, day=28)
    return and_(
        Guardianship.ended_at.is_(None),
        or_(
            Guardianship.opened_at.is_not(None),
            and_(
                Guardianship.closed_reason == "",
                or_(Student.birth_date.is_(None), Student.birth_date > grown),
            ),
        ),
    )


def children_of(actor: Actor, today: date) -> tuple[Child, ...]:
    columns = (Student.id, Person.given_name, Person.prefix, Person.family_name, HomeClass.name)
    rows = []
    if actor.guardian_id is not None:
        rows = db.session.execute(
            select(*columns, HouseholdGuardian.household_id)
            .join(Person, Person.id == Student.person_id)
            .join(Guardianship, Guardianship.student_id == Student.id)
            .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
            .outerjoin(HouseholdStudent, HouseholdStudent.student_id == Student.id)
            .join(
                HouseholdGuardian,
                and_(
                    HouseholdGuardian.household_id == HouseholdStudent.household_id,
                    HouseholdGuardian.guardian_id == actor.guardian_id,
                ),
            )
            .where(Guardianship.guardian_id == actor.guardian_id, is_open(today))
            .order_by(Student.birth_date, Person.sort_key, Student.id)
        ).all()
    elif actor.student_id is not None:
        row = db.session.execute(
            select(*columns)
            .join(Person, Person.id == Student.person_id)
            .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
            .where(Student.id == actor.student_id)
        ).one()
        homes = db.session.scalars(select(HouseholdStudent.household_id).where(HouseholdStudent.student_id == actor.student_id)).all()
        rows = [(*row, homes[0] if len(homes) == 1 else None)]
    return tuple(
        Child(r[0], r[1], full_name(r[1], r[2], r[3]), initial(r[1] or r[3]), i % HUES, r[4] or "", r[5])
        for i, r in enumerate(rows)
    )


def child_of(actor: Actor, student_id: int, today: date) -> Child:
    return found(next((c for c in children_of(actor, today) if c.student_id == student_id), None))


def children_named(student_ids: Collection[int]) -> tuple[Child, ...]:
    """Return students as mails name them; who may read the mail is the caller's to know."""
    rows = db.session.execute(
        select(
            Student.id, Person.given_name, Person.prefix, Person.family_name, HomeClass.name
        )
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .where(Student.id.in_(student_ids))
        .order_by(Student.birth_date, Person.sort_key, Student.id)
    ).all()
    return tuple(
        Child(
            student_id,
            given,
            full_name(given, prefix, family),
            initial(given or family),
            number % HUES,
            class_name or "",
            None,
        )
        for number, (student_id, given, prefix, family, class_name) in enumerate(rows)
    )
